"""From a request to its response: route, deadline, controller, and the error of any of them."""

import logging
import time
import traceback
from collections.abc import Mapping
from typing import Any

from model_lambda.observability import begin_facts, printable
from model_lambda.prediction import refuse_if_late
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request, Response
from model_lambda.web_api.problems import INTERNAL_ERROR, problem_of
from model_lambda.web_api.routes import allowed_methods, error_renderer, find_route

_logger = logging.getLogger(__name__)


class Application:
    """Answers every request; nothing that a client sends makes it raise."""

    def __init__(self, services: Services) -> None:
        self.services = services
        origin = services.settings.cors_allow_origin
        self._common_headers = {
            "Access-Control-Allow-Origin": origin,
            "X-Content-Type-Options": "nosniff",
        }

    def respond(self, request: Request) -> Response:
        """Answer one request and log that it was answered."""
        started = time.perf_counter()
        facts = begin_facts() if _logger.isEnabledFor(logging.INFO) else None
        try:
            response = self._dispatch(request)
        except Exception as error:  # the last fence: the function itself must not fail
            _log_refusal(error, request)
            response = error_renderer(request.path)(error, request)
        if facts is not None:
            _log_answer(request, response.status, started, facts)
        return self._finished(request, response)

    def _dispatch(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return self._preflight(request)
        route, parameters = find_route(request.method, request.path)
        refuse_if_late(request.remaining_ms, self.services.settings.deadline_reserve_ms)
        return route.controller(request, parameters, self.services)

    def _preflight(self, request: Request) -> Response:
        return Response(
            204,
            headers={
                "Access-Control-Allow-Methods": ", ".join(allowed_methods(request.path)),
                "Access-Control-Allow-Headers": "Content-Type, X-Api-Key",
                "Access-Control-Max-Age": "600",
            },
        )

    def _finished(self, request: Request, response: Response) -> Response:
        body = "" if request.method == "HEAD" else response.body
        return Response(response.status, body, {**self._common_headers, **response.headers})


def _log_refusal(error: Exception, request: Request) -> None:
    if problem_of(error).status == INTERNAL_ERROR.status:
        # With its causes, which Lambda's JSON log leaves out of an exception that it is given.
        report = printable("".join(traceback.format_exception(error)))
        fields = {"path": printable(request.path), "request_id": request.request_id}
        _logger.error("request failed\n%s", report, extra=fields)
    else:
        reason = printable(f"{type(error).__name__}: {error}")
        _logger.info("request refused", extra={"reason": reason, "request_id": request.request_id})


def _log_answer(request: Request, status: int, started: float, facts: Mapping[str, Any]) -> None:
    fields = {
        **_printed(facts),
        "method": printable(request.method),
        "path": printable(request.path),
        "status": status,
        "duration_ms": round((time.perf_counter() - started) * 1000, 3),
        # What a client was told as the instance of its problem.
        "request_id": request.request_id,
    }
    _logger.info("request answered", extra=fields)


def _printed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they are logged, a model by its name and version."""
    printed = dict(facts)
    if model := printed.get("model"):
        printed |= {"model": model.qualified_name, "model_version": model.version}
    return printed
