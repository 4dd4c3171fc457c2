"""What API Gateway answers itself: its limits, and what it says when the function gave no answer.

Each refusal is answered by the gateway response of the API that AWS names for it
(https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html).
"""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

import asyncio
import json
import re
from http import HTTPStatus
from typing import Any

from ministack.services import apigateway_v1

from deploy.emulator.api_gateway import request_id
from events.limits import (
    GATEWAY_REQUEST_BYTES,
    GATEWAY_TIMEOUT_MS,
    INVOCATION_BYTES,
    RESPONSE_BYTES,
)

_ACCOUNT_LIMITS = {"throttlingRateLimit": 10_000.0, "throttlingBurstLimit": 5_000}
_REPLY_TYPES: dict[str, type | tuple[type, ...]] = {
    "statusCode": (int, str),
    "headers": dict,
    "multiValueHeaders": dict,
    "body": str,
    "isBase64Encoded": bool,
}
# Requests that were answered 504: the function runs on, as on AWS.
_running: set["asyncio.Task[Any]"] = set()


class _RefusedError(Exception):
    """Carries the gateway's answer out of the emulator's functions."""

    def __init__(self, answer: Any) -> None:
        super().__init__(answer)
        self.answer = answer


def apply() -> None:
    """Replace the functions that limit a request, call the function and interpret its reply."""
    apigateway_v1._lambda_proxy_response = _proxy_reply
    apigateway_v1._method_throttle_settings = method_limits
    _replace_rendering()
    _replace_call()
    _replace_integration()
    _replace_execution()


def _proxy_reply(result: dict[str, Any]) -> tuple[dict[str, Any], None]:
    """The function's reply, if it is one.

    "If the Lambda API rejects the invocation request, API Gateway returns a 500 error code. If the
    function runs but returns an error, or returns a response in the wrong format, API Gateway
    returns a 502." (https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html)
    A timeout of the function is an error that it returns. Neither has a response type of its own,
    so DEFAULT_5XX says what is answered.
    """
    if result.get("throttle"):
        raise _RefusedError(_internal_error(HTTPStatus.INTERNAL_SERVER_ERROR))
    if result.get("error") or is_malformed(result.get("body")):
        raise _RefusedError(_internal_error(HTTPStatus.BAD_GATEWAY))
    return result["body"], None


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
    too_long = len(json.dumps(reply).encode()) > RESPONSE_BYTES
    return bool(wrong) or too_long or re.fullmatch("[1-5][0-9][0-9]", status) is None


def _internal_error(status: HTTPStatus) -> Any:
    error = apigateway_v1._gw_error("DEFAULT_5XX", "Internal server error")
    error.status = status
    return error


def _too_large(message: str) -> Any:
    return apigateway_v1._GatewayError("REQUEST_TOO_LARGE", message, "BadRequestException")


def _timed_out() -> Any:
    message, error_type = "Endpoint request timed out", "InternalServerErrorException"
    return apigateway_v1._GatewayError("INTEGRATION_TIMEOUT", message, error_type)


def _replace_rendering() -> None:
    """DEFAULT_5XX has no status of its own: the error's stands unless the API chose one."""
    stock = apigateway_v1._gateway_error_response

    def render(error: Any, request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = stock(error, request)
        deployments = apigateway_v1._deployed_gateway_responses.get(request["api_id"], {})
        chosen = deployments.get(request["stage"].get("deploymentId")) or {}
        if hasattr(error, "status") and "statusCode" not in chosen.get(error.response_type, {}):
            status = int(error.status)
        return status, headers, body

    apigateway_v1._gateway_error_response = render


def _replace_call() -> None:
    """Keep an event from the function that is larger than Lambda takes.

    Documented is that Lambda refuses it
    (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html). That the gateway then answers
    413 "Request Too Long" with a BadRequestException, and not 500, was observed on AWS; that the
    response type is REQUEST_TOO_LARGE is concluded from the status.
    """
    stock = apigateway_v1._call_lambda_raw

    async def call(function: str, event: Any, **scope: Any) -> Any:
        if len(json.dumps(event, ensure_ascii=False).encode()) > INVOCATION_BYTES:
            raise _RefusedError(_too_large("Request Too Long"))
        return await stock(function, event, **scope)

    apigateway_v1._call_lambda_raw = call


def _replace_integration() -> None:
    """Wait no longer than the integration's `timeoutInMillis`, 29 seconds unless it says less.

    https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
    """
    stock = apigateway_v1._invoke_lambda_proxy_v1

    async def invoke(integration: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        limit = int(integration.get("timeoutInMillis") or GATEWAY_TIMEOUT_MS) / 1000
        task = asyncio.ensure_future(stock(integration, *args, **kwargs))
        _running.add(task)
        task.add_done_callback(_forget)
        done, _ = await asyncio.wait({task}, timeout=limit)
        return task.result() if done else _timed_out()

    apigateway_v1._invoke_lambda_proxy_v1 = invoke


def _forget(task: "asyncio.Task[Any]") -> None:
    _running.discard(task)
    if not task.cancelled():
        task.exception()  # nobody waits for it after a timeout


def _replace_execution() -> None:
    stock = apigateway_v1._execute_in_scope

    async def execute(request: Any, *args: Any) -> Any:
        body = args[5]
        request_id.set(request["request_id"])
        request["stage"] = apigateway_v1._stages_v1.get(args[0], {}).get(args[1])
        if request["stage"] and len(body or b"") > GATEWAY_REQUEST_BYTES:
            return _too_large(f"HTTP content length exceeded {GATEWAY_REQUEST_BYTES} bytes.")
        try:
            answer = await stock(request, *args)
        except _RefusedError as refused:
            return refused.answer
        if isinstance(answer, tuple):
            answer[1]["x-amzn-requestid"] = request["request_id"]
        return answer

    apigateway_v1._execute_in_scope = execute


def method_limits(
    stage: dict[str, Any], resource_path: str, http_method: str
) -> dict[str, float] | None:
    """The throttle of a method: its own, or that of the stage; the account's where it says none.

    The stage keeps them as GetStage shows them, by `path/METHOD` with `~1` for a slash, and by
    `*/*` for all methods (https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html).
    Each method has a bucket of its own
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html).

    Args:
        stage: The stage.
        resource_path: The path of the resource, such as `/api/{name}`.
        http_method: The method of the request.
    """
    settings = stage.get("methodSettings") or {}
    by_name = {_method_name(key): limits for key, limits in settings.items()}
    names = [_method_name(f"{resource_path}/{method}") for method in (http_method, "ANY")]
    found = next((by_name[name] for name in [*names, "*/*"] if name in by_name), None)
    return None if found is None else _ACCOUNT_LIMITS | found


def _method_name(key: str) -> str:
    return key.replace("~1", "/").strip("/")
