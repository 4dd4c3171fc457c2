"""Which controller answers which method and path, and all that is said of it elsewhere.

From this table are written the OpenAPI document, the events of ``serverless.yml`` and the README's
list of requests (``make openapi``).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from model_lambda.errors import MethodNotAllowedError, RouteNotFoundError
from model_lambda.web_api.card import get_card
from model_lambda.web_api.controllers import (
    Controller,
    get_metadata,
    get_models,
    post_predict,
    post_predictions,
)
from model_lambda.web_api.documentation import get_docs, get_openapi
from model_lambda.web_api.messages import Request, Response
from model_lambda.web_api.open_inference import (
    error_response,
    get_model_metadata,
    get_model_ready,
    get_server_live,
    get_server_metadata,
    get_server_ready,
    post_infer,
)
from model_lambda.web_api.problems import problem_response

RenderError = Callable[[Exception, Request], Response]


class Route(NamedTuple):
    """One row of the table.

    Attributes:
        path: with parameters in braces, as in OpenAPI.
        operation_id: names the operation in the OpenAPI document.
        tag: the group in that document.
        errors: the statuses below 500 that the controller answers with besides 200.
        is_public: answered without an API key.
        render_error: how an error of this route looks.
    """

    method: str
    path: str
    operation_id: str
    controller: Controller
    tag: str
    errors: Sequence[int] = ()
    is_public: bool = False
    render_error: RenderError = problem_response

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches a request's path; a parameter is one segment."""
        return _pattern(self.path)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def _inference(
    method: str, path: str, operation_id: str, controller: Controller, errors: Sequence[int] = ()
) -> Route:
    tag = "Open Inference"
    return Route(method, path, operation_id, controller, tag, errors, render_error=error_response)


_MODEL = "/api/models/{qualified_name}"
_V2_MODEL = "/v2/models/{model_name}"
_V2_VERSION = f"{_V2_MODEL}/versions/{{model_version}}"

_NO_MODEL = (404,)
_NO_ROWS = (400, 404, 413, 415)

ROUTES: Sequence[Route] = (
    Route("GET", "/api/models", "listModels", get_models, "Models"),
    Route("GET", f"{_MODEL}/metadata", "getModelMetadata", get_metadata, "Models", _NO_MODEL),
    Route("GET", f"{_MODEL}/card", "getModelCard", get_card, "Models", _NO_MODEL),
    Route("POST", f"{_MODEL}/predict", "predict", post_predict, "Predictions", _NO_ROWS),
    Route(
        "POST", f"{_MODEL}/predictions", "predictBatch", post_predictions, "Predictions", _NO_ROWS
    ),
    _inference("GET", "/v2", "getServerMetadata", get_server_metadata),
    _inference("GET", "/v2/health/live", "getServerLive", get_server_live),
    _inference("GET", "/v2/health/ready", "getServerReady", get_server_ready),
    _inference("GET", _V2_MODEL, "getInferenceModel", get_model_metadata, _NO_MODEL),
    _inference("GET", _V2_VERSION, "getInferenceModelVersion", get_model_metadata, _NO_MODEL),
    _inference("GET", f"{_V2_MODEL}/ready", "getInferenceModelReady", get_model_ready, _NO_MODEL),
    _inference(
        "GET", f"{_V2_VERSION}/ready", "getInferenceModelVersionReady", get_model_ready, _NO_MODEL
    ),
    _inference("POST", f"{_V2_MODEL}/infer", "infer", post_infer, _NO_ROWS),
    _inference("POST", f"{_V2_VERSION}/infer", "inferVersion", post_infer, _NO_ROWS),
    # A browser opens a page without a key. Both describe the API and hold no secret.
    Route("GET", "/api/openapi.json", "getOpenApi", get_openapi, "Documentation", is_public=True),
    Route("GET", "/api/docs", "getDocs", get_docs, "Documentation", is_public=True),
)


def find_route(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """Find the route and its path parameters; HEAD is found as GET.

    Raises:
        RouteNotFoundError: no route has this path.
        MethodNotAllowedError: routes have this path, but not with this method.
    """
    wanted = "GET" if method == "HEAD" else method
    for route in ROUTES:
        if route.method == wanted and (match := route.pattern.fullmatch(path)):
            return route, match.groupdict()
    raise MethodNotAllowedError(allowed_methods(path))


def allowed_methods(path: str) -> tuple[str, ...]:
    """All methods that a path answers to.

    Raises:
        RouteNotFoundError: no route has this path.
    """
    methods = [route.method for route in _routes_at(path)]
    if not methods:
        raise RouteNotFoundError("no route has this path")
    return with_implied_methods(methods)


def with_implied_methods(methods: Sequence[str]) -> tuple[str, ...]:
    """Add what every path answers besides: HEAD wherever there is GET, and OPTIONS."""
    head = ("HEAD",) if "GET" in methods else ()
    return (*methods, *head, "OPTIONS")


def error_renderer(path: str) -> RenderError:
    """How the errors of a path look: as its routes say, or, where there is none, those beside it.

    Beside it are the routes that begin with the same segment.
    """
    routes = _routes_at(path) or [
        route for route in ROUTES if _first_segment(route.path) == _first_segment(path)
    ]
    return routes[0].render_error if routes else problem_response


def _routes_at(path: str) -> list[Route]:
    return [route for route in ROUTES if route.pattern.fullmatch(path)]


def _first_segment(path: str) -> str:
    return f"{path}/".split("/")[1]
