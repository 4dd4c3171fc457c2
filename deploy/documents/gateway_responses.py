"""Writes what serverless.yml takes from the code: `python -m deploy.documents.gateway_responses`.

`gateway_responses.json` holds API Gateway's own answers as problem documents.
"""

import json
from collections.abc import Mapping
from typing import Any

from deploy.atomic_write import write_atomically
from deploy.commands import PROJECT
from deploy.documents.gateway_problems import GATEWAY_PROBLEMS, GatewayProblem
from model_lambda.web_api.problems import MEDIA_TYPE

SERVERLESS = PROJECT / "deploy" / "serverless"
RESPONSES = SERVERLESS / "gateway_responses.json"
# A parameter of serverless.yml, which gives the function the same value; osls puts it in.
CORS_ORIGIN = "${param:cors-origin}"


def gateway_responses() -> dict[str, Any]:
    """The answers as CloudFormation resources."""
    resources = {
        f"GatewayResponse{name.title().replace('_', '')}": _response(name, problem)
        for name, problem in GATEWAY_PROBLEMS.items()
    }
    return {"Resources": resources}


def _response(name: str, problem: GatewayProblem) -> dict[str, Any]:
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Access-Control-Allow-Origin": CORS_ORIGIN,
        "X-Content-Type-Options": "nosniff",
    }
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    properties = {
        "RestApiId": {"Ref": "ApiGatewayRestApi"},
        "ResponseType": name,
        "ResponseParameters": {
            f"gatewayresponse.header.{header}": f"'{value}'" for header, value in headers.items()
        },
        "ResponseTemplates": {"application/json": problem.body()},
    }
    if problem.has_status:
        properties["StatusCode"] = str(problem.kind.status)
    return {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": properties}


def to_text(document: Mapping[str, Any]) -> str:
    """The document as it is stored."""
    return json.dumps(document, indent=1) + "\n"


def main() -> None:
    """Write the file."""
    write_atomically(RESPONSES, to_text(gateway_responses()).encode("ascii"))
    print(f"Wrote {RESPONSES.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
