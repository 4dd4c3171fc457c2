"""The expected answers, written from the contract."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from events.stored import read_event, read_response
from model_lambda.config import Settings

REQUEST_ID: str = read_event("list_models")["requestContext"]["requestId"]
ALL_ORIGINS = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
IRIS: dict[str, Any] = json.loads(read_response("list_models")["body"])["models"][0]
METADATA: dict[str, Any] = json.loads(read_response("metadata")["body"])

Answer = Mapping[str, Any]

REQUIRED = "Missing data for required field."
NOT_A_NUMBER = "Not a valid number."
NULL = "Field may not be null."
# The largest body, in bytes.
CAP = Settings().max_body_bytes
NOT_FINITE = "Special numeric values (nan or infinity) are not permitted."
TOO_LARGE = "Number too large."
OUT_OF_RANGE = "Must be greater than or equal to 0.1 and less than or equal to 15.0."
UNKNOWN = "Unknown field."
NOT_AN_OBJECT = "Not an object."
NOT_A_LIST = "Not a list."


def ok(document: Any) -> Answer:
    """200 with a document."""
    return answer(200, json.dumps(document), {"Content-Type": "application/json"})


def species(name: str) -> Answer:
    """200 with a prediction."""
    return ok({"species": name})


def answer(status: int, body: str, headers: Mapping[str, str]) -> Answer:
    """The proxy result that the handler returns."""
    return {
        "statusCode": status,
        "headers": {**ALL_ORIGINS, **headers},
        "body": body,
        "isBase64Encoded": False,
    }


def preflight(methods: str) -> Answer:
    """204: what a browser asks before it sends a request to another origin."""
    return answer(
        204,
        "",
        {
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": "Content-Type, X-Api-Key",
            "Access-Control-Max-Age": "600",
        },
    )


def problem(
    status: int,
    name: str,
    title: str,
    detail: str,
    *,
    errors: Sequence[tuple[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An error in the form of RFC 9457."""
    document: dict[str, Any] = {
        "type": f"/problems/{name}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": REQUEST_ID,
    }
    if errors is not None:
        document["errors"] = [{"pointer": where, "detail": why} for where, why in errors]
    media_type = {"Content-Type": "application/problem+json"}
    return answer(status, json.dumps(document), {**media_type, **(headers or {})})


def without_body(full: Answer) -> Answer:
    """What HEAD gets where GET gets ``full``."""
    return {**full, "body": ""}


def malformed(detail: str = "The body is not a JSON document.") -> Answer:
    """400: the body is no strict JSON."""
    return problem(400, "malformed-json", "The body is not strict JSON.", detail)


def schema_error(detail: str, *errors: tuple[str, str]) -> Answer:
    """400: JSON, but not what the schema asks for."""
    title = "The body does not fit the schema."
    return problem(400, "schema-error", title, detail, errors=errors)


def row_error(*errors: tuple[str, str]) -> Answer:
    """400: the one row of a request is refused."""
    return schema_error("The row is not valid.", *errors)


def invalid_parameter() -> Answer:
    """400: ``probabilities`` is neither true nor false."""
    title = "A query parameter is not valid."
    return problem(400, "invalid-parameter", title, "Probabilities is either true or false.")


def model_not_found() -> Answer:
    """404: no such model."""
    detail = "No model has this qualified name."
    return problem(404, "model-not-found", "There is no such model.", detail)


def not_found() -> Answer:
    """404: no such path."""
    return problem(404, "not-found", "There is nothing at this path.", "No route has this path.")


def method_not_allowed(methods: str) -> Answer:
    """405, with the methods that the path has."""
    return problem(
        405,
        "method-not-allowed",
        "The path has other methods.",
        f"The path answers to {methods}.",
        headers={"Allow": methods},
    )


def too_large() -> Answer:
    """413: over the cap."""
    detail = f"The body is larger than {CAP} bytes."
    return problem(413, "payload-too-large", "The body is too large.", detail)


def not_json() -> Answer:
    """415: declared as something other than JSON."""
    detail = "The body is declared as something other than JSON."
    return problem(415, "unsupported-media-type", "The body is not JSON.", detail)


def compressed() -> Answer:
    """415: a compressed body."""
    detail = "A compressed body is not read."
    return problem(415, "unsupported-media-type", "The body is not JSON.", detail)


def out_of_time() -> Answer:
    """503: too little time is left."""
    return problem(
        503,
        "out-of-time",
        "Too little time was left.",
        "Nothing was wrong with the request. It may be sent again.",
        headers={"Retry-After": "1"},
    )
