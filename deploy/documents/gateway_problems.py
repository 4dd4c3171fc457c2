"""What API Gateway answers when a request does not reach the function, as problem details.

The table is written into the service's template by ``deploy.documents.gateway_responses``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_lambda.errors import PayloadTooLargeError, RouteNotFoundError
from model_lambda.web_api.problems import PROBLEMS, Problem

# Stands for the id of the request; the gateway puts it in.
REQUEST_ID = "$context.requestId"
_EXAMPLE_ID = "3f2c9a4e-7b1d-4c58-9e06-d8a1b5c7f024"


@dataclass(frozen=True)
class GatewayProblem:
    """One of the gateway's own answers.

    Attributes:
        status: None where it depends on the case.
        retry_after: seconds, for the header.
    """

    kind: Problem
    detail: str
    has_status: bool = True
    retry_after: int | None = None

    def body(self, request_id: str = REQUEST_ID) -> str:
        """The JSON text, in which the gateway replaces its variables."""
        document: dict[str, Any] = {"type": self.kind.type, "title": self.kind.title}
        if self.has_status:
            document["status"] = self.kind.status
        return json.dumps(document | {"detail": self.detail, "instance": request_id})

    def example(self) -> dict[str, Any]:
        """The document as a client gets it."""
        document: dict[str, Any] = json.loads(self.body(_EXAMPLE_ID))
        return document


_TRY_AGAIN = "Nothing was wrong with the request. It may be sent again."
_FORBIDDEN = Problem(403, "forbidden", "The key is missing or not known.")
_TOO_MANY = Problem(429, "too-many-requests", "There were too many requests.")
_GATEWAY = Problem(502, "gateway-error", "The function gave no answer.")
_TIMEOUT = Problem(504, "gateway-timeout", "The function gave no answer in time.")
_REFUSED = Problem(400, "refused", "The gateway refused the request.")

# By the names that API Gateway has for its answers:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
GATEWAY_PROBLEMS: Mapping[str, GatewayProblem] = {
    "INVALID_API_KEY": GatewayProblem(_FORBIDDEN, "Send the key in the header x-api-key."),
    "MISSING_AUTHENTICATION_TOKEN": GatewayProblem(
        PROBLEMS[RouteNotFoundError], "No route has this path."
    ),
    "THROTTLED": GatewayProblem(_TOO_MANY, "Send fewer at a time.", retry_after=1),
    "QUOTA_EXCEEDED": GatewayProblem(
        _TOO_MANY, "The quota of the key is used up.", retry_after=3600
    ),
    "REQUEST_TOO_LARGE": GatewayProblem(
        PROBLEMS[PayloadTooLargeError], "The request is larger than the gateway takes."
    ),
    "INTEGRATION_FAILURE": GatewayProblem(_TIMEOUT, _TRY_AGAIN),
    "INTEGRATION_TIMEOUT": GatewayProblem(_TIMEOUT, _TRY_AGAIN),
    "DEFAULT_4XX": GatewayProblem(_REFUSED, "It was not passed on.", has_status=False),
    "DEFAULT_5XX": GatewayProblem(_GATEWAY, _TRY_AGAIN, has_status=False),
}
