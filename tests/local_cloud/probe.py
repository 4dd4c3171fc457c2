"""A small function behind an API of its own, to ask the emulator how it behaves."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from deploy.commands import PROJECT
from deploy.package_settings import this_python
from deploy.stack import client
from deploy.target import Target

ROLE = "probe"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
GATEWAY_RESPONSES = PROJECT / "deploy" / "serverless" / "gateway_responses.json"
SOURCE = Path(__file__).with_name("probe_function.py").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Probe:
    """A deployed function and its API.

    Attributes:
        name: The function's name.
        api_id: The REST API that hands every request on to it.
    """

    target: Target
    name: str
    api_id: str

    def url(self, path: str = "/anything", stage: str = "test") -> str:
        """The URL of a path."""
        endpoint = f"https://{self.api_id}.execute-api.us-east-2.amazonaws.com/{stage}"
        return self.target.endpoint_url({"ServiceEndpoint": endpoint}, path)

    def post(
        self,
        wish: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        path: str = "/anything",
        stage: str = "test",
    ) -> requests.Response:
        """Ask for something over HTTP; the stage `problems` has the service's gateway responses."""
        url = self.url(path, stage)
        return requests.post(url, json=wish, headers=dict(headers or {}), timeout=60)

    def ask(self, **wish: Any) -> dict[str, Any]:
        """Ask for facts over HTTP."""
        answer: dict[str, Any] = self.post(wish).json()
        return answer

    def invoke(self, **wish: Any) -> tuple[str | None, Any]:
        """Invoke the function; its error, if it has one, and what it replied."""
        payload = json.dumps(wish)
        reply = client(self.target, "lambda").invoke(FunctionName=self.name, Payload=payload)
        return reply.get("FunctionError"), json.load(reply["Payload"])

    def log(self) -> list[dict[str, Any]]:
        """The log's events, in order."""
        logs = client(self.target, "logs")
        group = f"/aws/lambda/{self.name}"
        events: list[dict[str, Any]] = logs.filter_log_events(logGroupName=group)["events"]
        return events


def create_function(target: Target, name: str, source: str, **settings: Any) -> None:
    """Create a function from source text.

    Args:
        target: Where.
        name: Its name.
        source: Python source with a function `handler`.
        settings: Further parameters of CreateFunction.
    """
    create_function_from_zip(target, name, pack({"probe_function.py": source}), **settings)


def pack(files: Mapping[str, str]) -> bytes:
    """A zip with these texts, by path."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return packed.getvalue()


def create_function_from_zip(target: Target, name: str, code: bytes, **settings: Any) -> None:
    """Create a function from a zip that holds `probe_function.py`."""
    functions = client(target, "lambda")
    functions.create_function(
        FunctionName=name,
        Runtime=f"python{this_python()}",
        Handler="probe_function.handler",
        Role=_role(target),
        Code={"ZipFile": code},
        **settings,
    )
    functions.get_waiter("function_active_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 0.02, "MaxAttempts": 1000}
    )


def _role(target: Target) -> str:
    """A role that allows nothing."""
    iam = client(target, "iam")
    try:
        return str(iam.get_role(RoleName=ROLE)["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        made = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
        return str(made["Role"]["Arn"])


def create_probe(target: Target, name: str, **settings: Any) -> Probe:
    """Create the probe function and an API that hands every request on to it.

    The API waits 100 ms for the path `/hurried`, `TimeoutInMillis` as usual for all others. Its
    stage `test` answers errors as AWS does by itself, the stage `problems` as the service does.
    """
    create_function(target, name, SOURCE, **settings)
    client(target, "lambda").add_permission(
        FunctionName=name,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    gateway = client(target, "apigateway")
    api = gateway.create_rest_api(name=name)["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    for path, limits in {
        "{proxy+}": {},
        "hurried": {"timeoutInMillis": 100},
        "limited": {},
    }.items():
        made = gateway.create_resource(restApiId=api, parentId=root, pathPart=path)["id"]
        _hand_on(gateway, {"restApiId": api, "resourceId": made, "httpMethod": "ANY"}, name, limits)
    gateway.create_deployment(restApiId=api, stageName="test")
    for response in _gateway_responses():
        gateway.put_gateway_response(restApiId=api, **response)
    gateway.create_deployment(restApiId=api, stageName="problems")
    return Probe(target, name, api)


def _hand_on(gateway: Any, method: dict[str, str], name: str, limits: Mapping[str, int]) -> None:
    """Give a method to the function."""
    gateway.put_method(**method, authorizationType="NONE")
    arn = f"arn:aws:lambda:us-east-2:000000000000:function:{name}"
    service = "arn:aws:apigateway:us-east-2:lambda:path/2015-03-31/functions"
    gateway.put_integration(
        **method,
        **limits,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"{service}/{arn}/invocations",
    )


def _gateway_responses() -> list[dict[str, Any]]:
    """The gateway responses of the service, as PutGatewayResponse takes them."""
    text = GATEWAY_RESPONSES.read_text(encoding="utf-8").replace("${param:cors-origin}", "*")
    resources = json.loads(text)["Resources"].values()
    taken = ("ResponseType", "StatusCode", "ResponseParameters", "ResponseTemplates")
    return [
        {
            name[0].lower() + name[1:]: value
            for name, value in one["Properties"].items()
            if name in taken
        }
        for one in resources
    ]
