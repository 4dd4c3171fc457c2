"""The answers that operations share: what the function refuses, and what the gateway does."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from deploy.documents.api_examples import Example, as_examples
from deploy.documents.api_operations import (
    ERROR_FORMATS,
    INFERENCE_ERROR,
    PROBLEM,
    ErrorFormat,
    Operation,
)
from deploy.documents.gateway_problems import GATEWAY_PROBLEMS
from model_lambda.errors import InvalidParameterError, RouteNotFoundError
from model_lambda.web_api.problems import INTERNAL_ERROR, PROBLEMS, Problem
from model_lambda.web_api.routes import Route

Response = dict[str, Any]

_NEEDS_KEY = {403}
# The gateway has a limit of its own.
_TOO_LARGE = 413
_NAMES = {
    400: "BadRequest",
    403: "Forbidden",
    404: "NotFound",
    413: "TooLarge",
    415: "UnsupportedMediaType",
    429: "TooManyRequests",
    500: "InternalError",
    502: "BadGateway",
    503: "OutOfTime",
    504: "GatewayTimeout",
}
_WAIT = {
    "Retry-After": {
        "description": "Seconds to wait.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    }
}
_HEADERS = {429: _WAIT, 503: _WAIT}
_GATEWAY = (403, 429, 502, 504)
# What the function may answer on any path.
_ANY_ROUTE = (500, 503)


def responses_of(route: Route, operation: Operation, examples: Sequence[Example]) -> Response:
    """Every answer of an operation by its status; the errors refer to the components.

    Args:
        route: what is described.
        operation: its words and schemas.
        examples: good requests with their answers.
    """
    schemas = {operation.media_type: operation.answer, **operation.also}
    content = {
        media_type: {"schema": schema, **_answers_in(media_type, examples)}
        for media_type, schema in schemas.items()
    }
    function = {str(s): _component_name(error_format, s) for error_format, s in _errors_of(route)}
    skipped = _NEEDS_KEY if route.is_public else set()
    gateway = {str(s): _component_name(PROBLEM, s) for s in _GATEWAY if s not in skipped}
    errors = sorted((function | gateway).items())
    return {"200": {"description": operation.description, "content": content}, **dict(errors)}


def _errors_of(route: Route) -> list[tuple[ErrorFormat, int]]:
    error_format = ERROR_FORMATS[route.render_error]
    return [(error_format, status) for status in (*route.errors, *_ANY_ROUTE)]


def _answers_in(media_type: str, examples: Sequence[Example]) -> Response:
    return as_examples({e.name: e.response_body for e in examples if e.media_type == media_type})


def shared_responses(routes: Iterable[Route], examples: Sequence[Example]) -> dict[str, Response]:
    """The components that ``responses_of`` refers to, by name."""
    used = {error for route in routes for error in _errors_of(route)}
    function = {
        _component_name(error_format, status): _function_error(error_format, status, examples)
        for error_format, status in sorted(used, key=lambda pair: (pair[0].name, pair[1]))
    }
    gateway = {_component_name(PROBLEM, status): _gateway_error(status) for status in _GATEWAY}
    return function | gateway


def _function_error(
    error_format: ErrorFormat, status: int, examples: Sequence[Example]
) -> Response:
    kinds = [kind for kind in _documented_problems(error_format) if kind.status == status]
    lines = [f"* `{kind.type}`: {kind.title}" for kind in kinds]
    if error_format is INFERENCE_ERROR:
        lines = [kind.title for kind in kinds]
    content = _content(error_format, _examples_of(error_format, status, examples))
    if status == _TOO_LARGE:
        gateway = {"request_too_large": GATEWAY_PROBLEMS["REQUEST_TOO_LARGE"].example()}
        content = _content(PROBLEM, gateway) | content
    return _with_headers(status, {"description": "\n".join(lines), "content": content})


def _documented_problems(error_format: ErrorFormat) -> list[Problem]:
    """Every kind of problem that a path of this part of the document can answer with."""
    never: set[type[Exception]] = {RouteNotFoundError}
    if error_format is INFERENCE_ERROR:
        # The protocol has no query parameters.
        never.add(InvalidParameterError)
    return [*(kind for error, kind in PROBLEMS.items() if error not in never), INTERNAL_ERROR]


def _gateway_error(status: int) -> Response:
    answers = {name: one for name, one in GATEWAY_PROBLEMS.items() if one.kind.status == status}
    lines = dict.fromkeys(f"* `{one.kind.type}`: {one.kind.title}" for one in answers.values())
    examples = {name.lower(): one.example() for name, one in answers.items()}
    content = _content(PROBLEM, examples)
    return _with_headers(status, {"description": "\n".join(lines), "content": content})


def _content(error_format: ErrorFormat, examples: Mapping[str, Any]) -> dict[str, Any]:
    return {error_format.media_type: {"schema": error_format.schema, **as_examples(examples)}}


def _examples_of(
    error_format: ErrorFormat, status: int, examples: Sequence[Example]
) -> dict[str, Any]:
    key = (status, error_format.media_type)
    return {one.name: one.response_body for one in examples if (one.status, one.media_type) == key}


def _with_headers(status: int, response: Response) -> Response:
    return response | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


def _component_name(error_format: ErrorFormat, status: int) -> str:
    return error_format.name + _NAMES[status]
