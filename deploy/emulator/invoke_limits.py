"""The size of what Lambda's Invoke takes."""

from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc

from events.limits import ASYNCHRONOUS_INVOCATION_BYTES, INVOCATION_BYTES


def apply() -> None:
    """Refuse a payload that is too large, as AWS does, with RequestTooLargeException (413)."""
    stock = lambda_svc.handle_request

    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        if method == "POST" and path.endswith("/invocations"):
            limit = _limit(headers)
            if len(body or b"") > limit:
                message = (
                    f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
                )
                return error_response_json("RequestTooLargeException", message, 413)
        return await stock(method, path, headers, body, query)

    lambda_svc.handle_request = handle


def _limit(headers: dict[str, str]) -> int:
    kinds = [value for name, value in headers.items() if name.lower() == "x-amz-invocation-type"]
    return ASYNCHRONOUS_INVOCATION_BYTES if kinds == ["Event"] else INVOCATION_BYTES
