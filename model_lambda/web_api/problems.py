"""The one table from an error to what the client sees: problem details of RFC 9457."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from model_lambda.errors import (
    DeadlineError,
    FieldError,
    InvalidParameterError,
    MalformedJsonError,
    MethodNotAllowedError,
    ModelNotFoundError,
    PayloadTooLargeError,
    PredictionError,
    RouteNotFoundError,
    SchemaError,
    UnsupportedMediaTypeError,
)
from model_lambda.web_api.json_body import write_json
from model_lambda.web_api.messages import Request, Response

MEDIA_TYPE = "application/problem+json"
MOST_BYTES = 2048
_RETRY_AFTER_SECONDS = "1"


class Problem(NamedTuple):
    """A kind of problem: its status, the last part of its ``type``, and its title."""

    status: int
    name: str
    title: str

    @property
    def type(self) -> str:
        """The stable relative reference that names this kind."""
        return f"/problems/{self.name}"


INTERNAL_ERROR = Problem(500, "internal-error", "The function failed.")
PROBLEMS: Mapping[type[Exception], Problem] = {
    MalformedJsonError: Problem(400, "malformed-json", "The body is not strict JSON."),
    SchemaError: Problem(400, "schema-error", "The body does not fit the schema."),
    InvalidParameterError: Problem(400, "invalid-parameter", "A query parameter is not valid."),
    ModelNotFoundError: Problem(404, "model-not-found", "There is no such model."),
    RouteNotFoundError: Problem(404, "not-found", "There is nothing at this path."),
    MethodNotAllowedError: Problem(405, "method-not-allowed", "The path has other methods."),
    PayloadTooLargeError: Problem(413, "payload-too-large", "The body is too large."),
    UnsupportedMediaTypeError: Problem(415, "unsupported-media-type", "The body is not JSON."),
    PredictionError: Problem(500, "prediction-error", "The model failed."),
    DeadlineError: Problem(503, "out-of-time", "Too little time was left."),
}


def problem_of(error: Exception) -> Problem:
    """Find the kind of an error: that of the nearest of its classes, or an internal error."""
    return next((PROBLEMS[cls] for cls in type(error).__mro__ if cls in PROBLEMS), INTERNAL_ERROR)


def detail_of(error: Exception) -> str:
    """What the client may know of an error: our own words, nothing of the input."""
    problem = problem_of(error)
    if problem.status >= 500:
        return "Nothing was wrong with the request. It may be sent again."
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def headers_of(error: Exception) -> dict[str, str]:
    """The headers that a status asks for: Allow with 405, Retry-After with 503."""
    if isinstance(error, MethodNotAllowedError):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, DeadlineError):
        return {"Retry-After": _RETRY_AFTER_SECONDS}
    return {}


def problem_response(error: Exception, request: Request) -> Response:
    """Render an error of /api: ``application/problem+json``, ASCII, at most 2 KB."""
    problem = problem_of(error)
    document: dict[str, Any] = {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": detail_of(error),
    }
    if request.request_id:
        document["instance"] = request.request_id
    if isinstance(error, SchemaError):
        document["errors"] = []
        document["errors"] = _as_many_as_fit(error.errors, MOST_BYTES - len(write_json(document)))
    headers = {"Content-Type": MEDIA_TYPE, **headers_of(error)}
    return Response(problem.status, write_json(document), headers)


def _as_many_as_fit(errors: Sequence[FieldError], room: int) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = []
    for error in errors:
        entry = {"pointer": error.pointer, "detail": error.detail}
        room -= len(write_json(entry)) + len(", ")
        if room < 0:
            break
        listed.append(entry)
    return listed
