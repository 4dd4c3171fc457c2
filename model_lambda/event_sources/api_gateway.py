"""API Gateway's proxy events as requests, and responses as proxy results.

Three sources send them: REST APIs (payload format 1.0), HTTP APIs and Function URLs (both 2.0).
Formats: https://docs.aws.amazon.com/apigateway/latest/developerguide/
set-up-lambda-proxy-integrations.html and http-api-develop-integrations-lambda.html
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from model_lambda.errors import UnsupportedEventError
from model_lambda.web_api.messages import Request, Response

_REQUEST_ID = re.compile(r"[A-Za-z0-9_=+/.:-]{1,128}")


def is_proxy_event(event: Any) -> bool:
    """Whether an event is an HTTP request in one of the two formats."""
    return isinstance(event, dict) and (_is_format_1(event) or _is_format_2(event))


def to_request(event: dict[str, Any], context: Any = None) -> Request:
    """Read an event of either format.

    Raises:
        UnsupportedEventError: it is of neither.
    """
    if _is_format_1(event):
        method, path = event["httpMethod"], event["path"]
    elif _is_format_2(event):
        method, path = event["requestContext"]["http"]["method"], _path_without_stage(event)
    else:
        raise UnsupportedEventError("the event is no API Gateway request")
    body = event.get("body")
    return Request(
        method=method.upper(),
        path=unquote(path) if "%" in path else path,
        headers=_headers(event),
        query=_query(event),
        # Anything but text is no body: reading it then says so.
        body=body if isinstance(body, str) else None,
        body_is_base64=event.get("isBase64Encoded") is True,
        request_id=_request_id(event, context),
        remaining_ms=_remaining_ms(context),
    )


def to_result(response: Response) -> dict[str, Any]:
    """Write a proxy result, the same in both formats."""
    return {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "body": response.body,
        "isBase64Encoded": False,
    }


def from_result(result: Mapping[str, Any]) -> Response:
    """Read a proxy result back, for example a stored one."""
    return Response(result["statusCode"], result["body"], result["headers"])


def _is_format_1(event: dict[str, Any]) -> bool:
    return isinstance(event.get("httpMethod"), str) and isinstance(event.get("path"), str)


def _is_format_2(event: dict[str, Any]) -> bool:
    http = _mapping(_mapping(event.get("requestContext")).get("http"))
    return (
        event.get("version") == "2.0"
        and isinstance(event.get("rawPath"), str)
        and isinstance(http.get("method"), str)
    )


def _path_without_stage(event: dict[str, Any]) -> str:
    """Format 2.0 puts the stage in front of the path, unless it is ``$default``."""
    path: str = event["rawPath"]
    stage = event["requestContext"].get("stage")
    is_in_front = isinstance(stage, str) and path.startswith(f"/{stage}/")
    return path.removeprefix(f"/{stage}") if is_in_front else path


def _headers(event: dict[str, Any]) -> dict[str, str]:
    """Headers with their names in lower case."""
    values = _values(event, "headers", "multiValueHeaders")
    return {name.lower(): value for name, value in values.items()}


def _query(event: dict[str, Any]) -> dict[str, str]:
    return _values(event, "queryStringParameters", "multiValueQueryStringParameters")


def _values(event: dict[str, Any], single: str, multiple: str) -> dict[str, str]:
    """Values by name; of a name sent twice, all of them with commas, as format 2.0 has them."""
    values = {
        name: value for name, value in _mapping(event.get(single)).items() if isinstance(value, str)
    }
    for name, several in _mapping(event.get(multiple)).items():
        # Of a name sent once, the value is there already.
        if isinstance(several, list) and (len(several) != 1 or name not in values):
            texts = [text for text in several if isinstance(text, str)]
            if texts:
                values[name] = ",".join(texts)
    return values


def _request_id(event: dict[str, Any], context: Any) -> str:
    """The gateway's request id, or the function's; only what is safe to repeat to a client."""
    candidates = (
        _mapping(event.get("requestContext")).get("requestId"),
        getattr(context, "aws_request_id", None),
    )
    for candidate in candidates:
        if isinstance(candidate, str) and _REQUEST_ID.fullmatch(candidate):
            return candidate
    return ""


def _remaining_ms(context: Any) -> int | None:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return None if remaining is None else remaining()


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
