"""Builds the event that each HTTP source sends for a request, in its full shape."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from events.stored import read_event

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class HttpRequest:
    """What a client sends.

    Attributes:
        query: names and values, in order; a name may stand twice.
        headers: as ``query``; added to those that every client sends.
        body: bytes arrive in base64, as a gateway sends what is not declared as text.
    """

    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    body: str | bytes | None = field(default=None, repr=False)


def rest_api_event(request: HttpRequest) -> dict[str, Any]:
    """The event of a REST API's proxy integration: payload format 1.0."""
    headers = _grouped([*_CLIENT_HEADERS, *request.headers])
    query = _grouped(request.query)
    body, is_base64 = _carried(request.body)
    return _REST_API | {
        "resource": request.path,
        "path": request.path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": None,
        "requestContext": _REST_API["requestContext"]
        | {
            "resourcePath": request.path,
            "httpMethod": request.method,
            "path": f"/dev{request.path}",
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }


def http_api_event(request: HttpRequest) -> dict[str, Any]:
    """The event of an HTTP API: payload format 2.0."""
    return _format_2_event(_HTTP_API, request)


def function_url_event(request: HttpRequest) -> dict[str, Any]:
    """The event of a function URL: payload format 2.0."""
    return _format_2_event(_FUNCTION_URL, request)


SOURCES: Mapping[str, Callable[[HttpRequest], dict[str, Any]]] = {
    "rest_api": rest_api_event,
    "http_api": http_api_event,
    "function_url": function_url_event,
}


def _format_2_event(template: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    headers = _grouped([(n.lower(), v) for n, v in (*_CLIENT_HEADERS, *request.headers)])
    context = template["requestContext"]
    http = context["http"] | {"method": request.method, "path": request.path}
    event = template | {
        "rawPath": request.path,
        "rawQueryString": urlencode(request.query, errors="replace"),
        "headers": {name: ",".join(values) for name, values in headers.items()},
        "requestContext": context | {"http": http},
    }
    if query := _grouped(request.query):
        event["queryStringParameters"] = {name: ",".join(values) for name, values in query.items()}
    body, event["isBase64Encoded"] = _carried(request.body)
    if body is not None:
        event["body"] = body
    return event


def _carried(body: str | bytes | None) -> tuple[str | None, bool]:
    if isinstance(body, bytes):
        return base64.b64encode(body).decode("ascii"), True
    return body, False


def _grouped(pairs: Pairs) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def _template(name: str) -> dict[str, Any]:
    event: dict[str, Any] = read_event(name)
    event.pop("body", None)
    return event


_REST_API = _template("list_models")
_HTTP_API = _template("http_api_predict")
_FUNCTION_URL = _template("function_url_predict")
_CLIENT_HEADERS: Pairs = tuple(_REST_API["headers"].items())
