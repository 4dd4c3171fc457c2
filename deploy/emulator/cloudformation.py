"""CloudFormation resources that the emulator accepts and then ignores."""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

import json
from collections.abc import Callable
from typing import Any

from ministack.services import apigateway_v1
from ministack.services.cloudformation import provisioners


def apply() -> None:
    """Create request validators for real and give them to their methods."""
    handlers = provisioners._RESOURCE_HANDLERS
    handlers["AWS::ApiGateway::RequestValidator"]["create"] = _create_request_validator
    methods = handlers["AWS::ApiGateway::Method"]
    methods |= {name: _with_validator(methods[name]) for name in ("create", "update")}


def _with_validator(stock: Callable[..., Any]) -> Callable[..., Any]:
    """A method's handler that sets the validator too; the new properties come before the last."""

    def handle(*args: Any) -> Any:
        made, properties = stock(*args), args[-2]
        resource = apigateway_v1._resources[properties["RestApiId"]][properties["ResourceId"]]
        method = resource["resourceMethods"][properties.get("HttpMethod", "ANY")]
        method["requestValidatorId"] = properties.get("RequestValidatorId")
        return made

    return handle


def _create_request_validator(
    logical_id: str, properties: dict[str, Any], _stack: str
) -> tuple[str, dict[str, str]]:
    wanted = {
        "name": properties.get("Name", logical_id),
        "validateRequestBody": properties.get("ValidateRequestBody", False),
        "validateRequestParameters": properties.get("ValidateRequestParameters", False),
    }
    reply = apigateway_v1._create_request_validator(properties["RestApiId"], wanted)
    identifier = json.loads(reply[2])["id"]
    return identifier, {"RequestValidatorId": identifier}
