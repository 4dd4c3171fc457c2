"""API Gateway's REST proxy as AWS documents it, where the emulator answers otherwise."""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

import json
import re
from contextvars import ContextVar
from typing import Any

from ministack.services import apigateway_v1

from deploy.emulator.identity import AsgiApp

_raw_headers: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("raw_headers", default=())
_request_id: ContextVar[str] = ContextVar("request_id", default="")
_IDENTITY_FIELDS = (
    "accessKey", "accountId", "caller", "cognitoAuthenticationProvider",
    "cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId",
    "sourceIp", "user", "userAgent", "userArn",
)  # fmt: skip
_REPLY_TYPES: dict[str, type | tuple[type, ...]] = {
    "statusCode": (int, str),
    "headers": dict,
    "multiValueHeaders": dict,
    "body": str,
    "isBase64Encoded": bool,
}
# Lambda's limit for a synchronous request or response, and API Gateway's for a request.
LAMBDA_PAYLOAD_LIMIT = 6 * 1024 * 1024
GATEWAY_PAYLOAD_LIMIT = 10 * 1024 * 1024


def apply() -> None:
    """Replace the functions that build the event and interpret the reply."""
    _replace_event()
    _replace_reply()
    _replace_invocation()


def with_raw_headers(app: AsgiApp) -> AsgiApp:
    """Keep the header names as the client sent them, for the event."""

    async def kept(scope: dict[str, Any], receive: Any, send: Any) -> None:
        sent = scope.get("headers", [])
        _raw_headers.set(tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in sent))
        await app(scope, receive, send)

    return kept


def _replace_event() -> None:
    stock = apigateway_v1._build_lambda_event_v1

    def build(*args: Any, **kwargs: Any) -> dict[str, Any]:
        event: dict[str, Any] = stock(*args, **kwargs)
        del event["version"]
        event["headers"], event["multiValueHeaders"] = _headers(event["headers"])
        _complete_context(event["requestContext"], event["headers"])
        event["requestContext"]["deploymentId"] = args[2]["deploymentId"]  # of the stage
        return event

    apigateway_v1._build_lambda_event_v1 = build


def _headers(seen: dict[str, str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Single and multiple headers with the client's names; the last of several values wins."""
    pairs = [(k, v) for k, v in _raw_headers.get() if k.lower() in seen]
    port = seen.get("host", "").rpartition(":")[2]
    pairs += [("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Port", port)]
    pairs += [("X-Forwarded-Proto", "http")]
    multiple: dict[str, list[str]] = {}
    for name, value in pairs:
        multiple.setdefault(name, []).append(value)
    return {name: values[-1] for name, values in multiple.items()}, multiple


def _complete_context(context: dict[str, Any], headers: dict[str, str]) -> None:
    """Add the fields of `requestContext` that AWS always sends."""
    domain = f"{context['apiId']}.execute-api.us-east-2.amazonaws.com"
    context |= {"domainName": domain, "domainPrefix": context["apiId"]}
    context |= {"requestId": _request_id.get(), "extendedRequestId": _request_id.get()}
    given = context["identity"]
    context["identity"] = {name: given.get(name) for name in _IDENTITY_FIELDS}
    key = next((v for k, v in headers.items() if k.lower() == "x-api-key"), None)
    if key is not None:
        found = apigateway_v1._resolve_api_key(key)
        context["identity"] |= {"apiKey": key, "apiKeyId": found["id"] if found else None}


def _replace_reply() -> None:
    stock = apigateway_v1._lambda_proxy_response

    def reply(result: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
        if result.get("throttle"):
            answer: tuple[dict[str, Any] | None, str | None] = stock(result)
            return answer
        if is_malformed(result.get("body")):
            return _BAD_GATEWAY, None
        return result["body"], None

    apigateway_v1._lambda_proxy_response = reply


_BAD_GATEWAY = {
    "statusCode": 502,
    "headers": {"x-amzn-ErrorType": "InternalServerErrorException"},
    "body": json.dumps({"message": "Internal server error"}),
}


def is_malformed(reply: Any) -> bool:
    """Whether API Gateway would answer 502 instead of passing a function's reply on."""
    if not isinstance(reply, dict) or "statusCode" not in reply or set(reply) - set(_REPLY_TYPES):
        return True
    wrong = [
        name
        for name, value in reply.items()
        if value is not None and not isinstance(value, _REPLY_TYPES[name])
    ]
    status = str(reply["statusCode"])
    too_long = len(json.dumps(reply).encode()) > LAMBDA_PAYLOAD_LIMIT
    return bool(wrong) or too_long or re.fullmatch("[1-5][0-9][0-9]", status) is None


def _replace_invocation() -> None:
    stock = apigateway_v1._execute_in_scope

    async def execute(request: Any, *args: Any) -> Any:
        body = args[5]
        _request_id.set(request["request_id"])
        request["stage"] = apigateway_v1._stages_v1.get(args[0], {}).get(args[1])
        if request["stage"] and len(body or b"") > GATEWAY_PAYLOAD_LIMIT:
            return apigateway_v1._gw_error("REQUEST_TOO_LARGE", "Request Too Long")
        answer = await stock(request, *args)
        if isinstance(answer, tuple):
            answer[1]["x-amzn-requestid"] = request["request_id"]
        return answer

    apigateway_v1._execute_in_scope = execute
