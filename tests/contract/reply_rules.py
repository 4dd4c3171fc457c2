"""What every reply of the function keeps, whatever was asked.

Stricter than API Gateway, which answers 502 to some of these and passes the rest on as they are.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn
from unittest import mock

from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

from events.limits import RESPONSE_BYTES
from model_lambda.web_api.problems import MOST_BYTES

FIELDS = {"statusCode": int, "headers": dict, "body": str, "isBase64Encoded": bool}
PROBLEM = "application/problem+json"
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")
_PROBLEM_TYPE = re.compile(r"/problems/[a-z0-9-]+")
_POINTER = re.compile(r"(/[ -~]*)?")

# From python3.12 on, the runtime client writes characters as they are: the harder case.
with mock.patch.dict(os.environ, {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"}):
    _marshaller = LambdaMarshaller()


def encoded(reply: Any) -> bytes:
    """The bytes that AWS's runtime client sends for a reply."""
    text, media_type = _marshaller.marshal_response(reply)
    assert media_type == "application/json"
    return bytes(text.encode("utf-8"))


def broken_rules(reply: Any) -> list[str]:
    """The rules that a reply breaks, in words."""
    return list(_broken_rules(reply))


def _broken_rules(reply: Any) -> Iterator[str]:
    if type(reply) is not dict or {name: type(value) for name, value in reply.items()} != FIELDS:
        yield f"a proxy result has the fields {FIELDS} and no others"
        return
    status, headers, body = reply["statusCode"], reply["headers"], reply["body"]
    if not 200 <= status <= 599:
        yield "statusCode is an integer from 200 to 599"
    if reply["isBase64Encoded"]:
        yield "the body is text"
    yield from _broken_by_header_texts(headers)
    yield from _broken_by_header_names(status, headers)
    if body:  # none with 204, nor in an answer to HEAD
        yield from _broken_by_body(status, headers.get("Content-Type"), body)
    if len(encoded(reply)) > RESPONSE_BYTES:
        yield "a reply has at most 6 MB"


def _broken_by_header_texts(headers: dict[Any, Any]) -> Iterator[str]:
    for name, value in headers.items():
        if type(name) is not str or not _HEADER_NAME.fullmatch(name):
            yield "a header's name is a token in ASCII"
        if type(value) is not str or not _HEADER_VALUE.fullmatch(value):
            yield f"{name} is printable ASCII"


def _broken_by_header_names(status: int, headers: dict[str, str]) -> Iterator[str]:
    if len({name.lower() for name in headers}) != len(headers):
        yield "no header stands twice"
    for name, holds in {
        "Allow": status == 405,
        "Retry-After": status == 503,
        "Access-Control-Allow-Methods": status == 204,
        "Content-Type": status != 204,
    }.items():
        if (name in headers) != holds:
            yield f"{name} stands where it belongs and only there"


def _broken_by_body(status: int, media_type: str | None, body: str) -> Iterator[str]:
    if status == 204:
        yield "204 has no body"
    if status >= 400 and len(body) > MOST_BYTES:
        yield "an error has at most 2 KB"
    if media_type in ("application/json", PROBLEM):
        yield from _broken_by_json(status, media_type, body)
    elif status >= 400:
        yield "an error is JSON"


def _broken_by_json(status: int, media_type: str, body: str) -> Iterator[str]:
    if not body.isascii():
        yield "JSON is written in ASCII"
    try:
        document = json.loads(body, parse_constant=_no_constant)
    except ValueError as error:
        yield f"the body is strict JSON: {error}"
        return
    if media_type == PROBLEM:
        yield from _broken_by_problem(status, document)
    elif status >= 400 and {name: type(value) for name, value in document.items()} != {
        "error": str
    }:
        yield "an error is a problem or has the one member error"


def _broken_by_problem(status: int, document: Any) -> Iterator[str]:
    required = {"type", "title", "status", "detail"}
    if not required <= document.keys() <= {*required, "instance", "errors"}:
        yield "a problem has the members of RFC 9457, and errors"
        return
    if document["status"] != status:
        yield "a problem repeats the status"
    if not _PROBLEM_TYPE.fullmatch(document["type"]):
        yield "a problem's type is a relative reference"
    if ("errors" in document) != (document["type"] == "/problems/schema-error"):
        yield "a schema error lists its errors, and nothing else does"
    if not all(_is_field_error(error) for error in document.get("errors", ())):
        yield "an error has a pointer and a detail"


def _is_field_error(error: Any) -> bool:
    return error.keys() == {"pointer", "detail"} and bool(_POINTER.fullmatch(error["pointer"]))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def echoed(reply: Mapping[str, Any], marker: str) -> bool:
    """Whether a text of the request stands anywhere in its reply."""
    return marker in json.dumps(reply)
