"""The event of API Gateway's REST proxy as AWS documents it, where the emulator's is another."""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

from contextvars import ContextVar
from typing import Any

from ministack.services import apigateway_v1

from deploy.emulator.identity import AsgiApp

_raw_headers: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("raw_headers", default=())
_peer: ContextVar[str] = ContextVar("peer", default="")
request_id: ContextVar[str] = ContextVar("request_id", default="")
_SET_BY_THE_GATEWAY = {"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
_IDENTITY_FIELDS = (
    "accessKey", "accountId", "caller", "cognitoAuthenticationProvider",
    "cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId",
    "sourceIp", "user", "userAgent", "userArn",
)  # fmt: skip


def apply() -> None:
    """Replace the function that builds the event."""
    stock = apigateway_v1._build_lambda_event_v1

    def build(*args: Any, **kwargs: Any) -> dict[str, Any]:
        event: dict[str, Any] = stock(*args, **kwargs)
        del event["version"]
        event["headers"], event["multiValueHeaders"] = _headers(event["headers"])
        _complete_context(event["requestContext"], event["headers"])
        event["requestContext"]["deploymentId"] = args[2]["deploymentId"]  # of the stage
        return event

    apigateway_v1._build_lambda_event_v1 = build


def with_connection(app: AsgiApp) -> AsgiApp:
    """Keep what the event needs of the connection: its peer and the header names as sent."""

    async def kept(scope: dict[str, Any], receive: Any, send: Any) -> None:
        sent = scope.get("headers", [])
        _peer.set((scope.get("client") or ("",))[0])
        _raw_headers.set(tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in sent))
        await app(scope, receive, send)

    return kept


def _headers(seen: dict[str, str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Single and multiple headers with the client's names; the last of several values wins.

    The client's `X-Forwarded-For` stays in front of the
    connection's peer, the only entry to trust
    (https://repost.aws/questions/QU-xMNlCuTT5m6fL60GYEcgg).
    """
    sent = [(k, v) for k, v in _raw_headers.get() if k.lower() in seen]
    pairs = [(k, v) for k, v in sent if k.lower() not in _SET_BY_THE_GATEWAY]
    hops = [v for k, v in sent if k.lower() == "x-forwarded-for"]
    pairs += [
        ("X-Forwarded-For", ", ".join([*hops, _peer.get()])),
        ("X-Forwarded-Port", seen.get("host", "").rpartition(":")[2]),
        ("X-Forwarded-Proto", "http"),
    ]
    multiple: dict[str, list[str]] = {}
    for name, value in pairs:
        multiple.setdefault(name, []).append(value)
    return {name: values[-1] for name, values in multiple.items()}, multiple


def _complete_context(context: dict[str, Any], headers: dict[str, str]) -> None:
    """Add the fields of `requestContext` that AWS always sends.

    `sourceIp` is the address of the TCP connection, whatever a header says
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html).
    """
    domain = f"{context['apiId']}.execute-api.us-east-2.amazonaws.com"
    context |= {"domainName": domain, "domainPrefix": context["apiId"]}
    context |= {"requestId": request_id.get(), "extendedRequestId": request_id.get()}
    given = context["identity"] | {"sourceIp": _peer.get()}
    context["identity"] = {name: given.get(name) for name in _IDENTITY_FIELDS}
    key = next((v for k, v in headers.items() if k.lower() == "x-api-key"), None)
    if key is not None:
        found = apigateway_v1._resolve_api_key(key)
        context["identity"] |= {"apiKey": key, "apiKeyId": found["id"] if found else None}
