"""API Gateway's proxy events as requests, and responses as proxy results.

Three sources send them: REST APIs (payload format 1.0), HTTP APIs (1.0 or 2.0) and Function URLs
(2.0). Formats: https://docs.aws.amazon.com/apigateway/latest/developerguide/
set-up-lambda-proxy-integrations.html and http-api-develop-integrations-lambda.html

In front of the path may stand a stage or the base path of a custom domain. The route that the
event names is the path without it: `resource` or `routeKey`, with the path parameters filled in.
The route `$default` names no path; then an HTTP API's stage is taken off, and a base path in
format 1.0 cannot be told from the path: map it to a route such as `ANY /{proxy+}`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from model_lambda.errors import UnsupportedEventError
from model_lambda.event_sources import Reply, remaining_ms
from model_lambda.web_api.application import Application
from model_lambda.web_api.messages import Request, Response

_REQUEST_ID = re.compile(r"[A-Za-z0-9_=+/.:-]{1,128}")


def reply_to(event: Any, context: Any, application: Application) -> Reply | None:
    """Answer a request; None if the event is of another source."""
    request = request_or_none(event, context)
    return None if request is None else (to_result(application.respond(request)),)


def is_proxy_event(event: Any) -> bool:
    """Whether an event is an HTTP request in one of the two formats."""
    return request_or_none(event) is not None


def to_request(event: dict[str, Any], context: Any = None) -> Request:
    """Read an event of either format.

    Raises:
        UnsupportedEventError: it is of neither.
    """
    request = request_or_none(event, context)
    if request is None:
        raise UnsupportedEventError("the event is no API Gateway request")
    return request


def request_or_none(event: Any, context: Any = None) -> Request | None:
    """Read an event of either format; None if it is of neither."""
    if not isinstance(event, dict):
        return None
    gateway = _mapping(event.get("requestContext"))
    if _is_of_another_source(event, gateway):
        return None
    if _is_format_1(event):
        method, path, route = event["httpMethod"], event["path"], event.get("resource")
    elif _is_format_2(event, gateway):
        method, path = gateway["http"]["method"], event["rawPath"]
        # Such as POST /api/models/{qualified_name}/predict.
        route = str(event.get("routeKey")).partition(" ")[2]
    else:
        return None
    body = event.get("body")
    return Request(
        method=method.upper(),
        path=_path_in_api(_decoded(path), route, event, gateway),
        headers=_headers(event),
        query=_query(event),
        # Anything but text is no body: reading it then says so.
        body=body if isinstance(body, str) else None,
        body_is_base64=event.get("isBase64Encoded") is True,
        request_id=_request_id(gateway, context),
        remaining_ms=remaining_ms(context),
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


def _is_format_2(event: dict[str, Any], gateway: Mapping[str, Any]) -> bool:
    return (
        event.get("version") == "2.0"
        and isinstance(event.get("rawPath"), str)
        and isinstance(_mapping(gateway.get("http")).get("method"), str)
    )


def _is_of_another_source(event: dict[str, Any], gateway: Mapping[str, Any]) -> bool:
    """Whether an event only looks like a request.

    A REQUEST authorizer's has `type` and the ARN of what is asked for, a load balancer's `elb`, a
    WebSocket API's `connectionId`:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/
    api-gateway-lambda-authorizer-input.html, http-api-lambda-authorizer.html and
    apigateway-websocket-api-mapping-template-reference.html;
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    return (
        event.get("type") == "REQUEST"
        or "methodArn" in event
        or "routeArn" in event
        or "elb" in gateway
        or "connectionId" in gateway
    )


def _path_in_api(path: str, route: Any, event: dict[str, Any], gateway: Mapping[str, Any]) -> str:
    """The path without the stage or base path in front of it; always the end of what was sent."""
    if isinstance(route, str) and route.startswith("/"):
        named = _filled_in(route, event.get("pathParameters"))
        if path.endswith(named):
            return named
    stage = gateway.get("stage")
    # A REST API's event has no version, and no stage in its path.
    has_stage = event.get("version") in ("1.0", "2.0") and isinstance(stage, str)
    return path.removeprefix(f"/{stage}") if has_stage and path.startswith(f"/{stage}/") else path


def _filled_in(route: str, parameters: Any) -> str:
    """A route such as `/api/{proxy+}` with its parameters' values."""
    if isinstance(parameters, dict):
        route = route.replace("+}", "}")
        for name, value in parameters.items():
            route = route.replace(f"{{{name}}}", str(value))
    return _decoded(route)


def _decoded(path: str) -> str:
    return unquote(path) if "%" in path else path


def _headers(event: dict[str, Any]) -> dict[str, str]:
    """Headers with their names in lower case."""
    return _values(event.get("headers"), event.get("multiValueHeaders"), str.lower)


def _query(event: dict[str, Any]) -> dict[str, str]:
    single, multiple = "queryStringParameters", "multiValueQueryStringParameters"
    return _values(event.get(single), event.get(multiple), str)


def _values(single: Any, multiple: Any, key_of: Callable[[str], str]) -> dict[str, str]:
    """Values by name; of a name sent twice, all of them with commas, as format 2.0 has them."""
    if not (single or multiple):
        return {}
    once = single if isinstance(single, dict) else {}
    values = {key_of(name): value for name, value in once.items() if isinstance(value, str)}
    # A REST API sends everything both ways, and hardly anything twice.
    if isinstance(multiple, dict) and multiple != {name: [value] for name, value in once.items()}:
        _add_several(values, multiple, key_of)
    return values


def _add_several(
    values: dict[str, str], multiple: dict[str, Any], key_of: Callable[[str], str]
) -> None:
    for name, several in multiple.items():
        key = key_of(name)
        # Of a name sent once, the value is there already.
        if isinstance(several, list) and (len(several) != 1 or key not in values):
            texts = [text for text in several if isinstance(text, str)]
            if texts:
                values[key] = ",".join(texts)


def _request_id(gateway: Mapping[str, Any], context: Any) -> str:
    """The gateway's request id, or the function's; only what is safe to repeat to a client."""
    for candidate in (gateway.get("requestId"), getattr(context, "aws_request_id", None)):
        if isinstance(candidate, str) and _REQUEST_ID.fullmatch(candidate):
            return candidate
    return ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
