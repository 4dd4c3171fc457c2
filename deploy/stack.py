"""What is deployed: the stack's outputs and resources, its API key, its log, what is left of it."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from deploy.commands import DeployError
from deploy.target import Target

SERVICE, STAGE = "model-service", "dev"
STACK = f"{SERVICE}-{STAGE}"
FUNCTION = f"{STACK}-model-lambda"
LOG_GROUP = f"/aws/lambda/{FUNCTION}"


@dataclass(frozen=True)
class Stack:
    """A deployed stack.

    Attributes:
        outputs: By name; `ServiceEndpoint` is the API's URL as AWS shapes it.
        resources: The CloudFormation type of each, by physical id.
        api_key: The value clients send as `x-api-key`; None when the API is open.
    """

    target: Target
    outputs: dict[str, str]
    resources: dict[str, str]
    api_key: str | None

    def url(self, path: str) -> str:
        """The URL of a path, for example `/api/models`, on this target."""
        return self.target.endpoint_url(self.outputs, path)

    @property
    def headers(self) -> dict[str, str]:
        """The headers every request needs."""
        return {} if self.api_key is None else {"x-api-key": self.api_key}


@dataclass(frozen=True)
class Answer:
    """What an HTTP request was answered."""

    status: int
    headers: dict[str, str]
    body: str


def client(target: Target, service: str) -> Any:
    """A boto3 client that goes to the target and nowhere else."""
    config = Config(retries={"max_attempts": 3}, connect_timeout=10, read_timeout=60)
    if target.name == "aws":
        return boto3.client(service, region_name=target.environment["AWS_REGION"], config=config)
    given = target.environment
    nothing = (None, None, given["AWS_CONFIG_FILE"], None)
    ignored = {"profile": (None,) * 4, "config_file": nothing, "credentials_file": nothing}
    session = boto3.Session(botocore_session=botocore.session.Session(session_vars=ignored))
    return session.client(
        service,
        region_name=given["AWS_REGION"],
        endpoint_url=given["AWS_ENDPOINT_URL"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        config=config.merge(Config(proxies={})),
    )


def describe_stack(target: Target) -> Stack:
    """The deployed stack.

    Raises:
        DeployError: Nothing is deployed, or AWS cannot be asked.
    """
    cloudformation = client(target, "cloudformation")
    try:
        found = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
        listed = [entry for page in pages for entry in page["StackResourceSummaries"]]
    except ClientError as error:
        raise DeployError(f"{STACK} is not deployed; deploy it first: make deploy") from error
    except BotoCoreError as error:
        raise DeployError(f"AWS cannot be asked: {error}") from error
    outputs = {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}
    resources = {r["PhysicalResourceId"]: r["ResourceType"] for r in listed}
    return Stack(target, outputs, resources, _api_key(target, resources))


def require_credentials(target: Target) -> None:
    """Ask AWS who is calling, before time is spent on building.

    Raises:
        DeployError: There are no credentials, or they are not accepted.
    """
    try:
        client(target, "sts").get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        raise DeployError(f"AWS cannot be asked: {error}") from error


def _api_key(target: Target, resources: dict[str, str]) -> str | None:
    keys = [name for name, kind in resources.items() if kind == "AWS::ApiGateway::ApiKey"]
    if not keys:
        return None
    reply = client(target, "apigateway").get_api_key(apiKey=keys[0], includeValue=True)
    return str(reply["value"])


def call(stack: Stack, method: str, path: str, body: str | None = None) -> Answer:
    """Send one HTTP request to the deployed API, with its key.

    Args:
        stack: The deployed stack.
        method: For example `POST`.
        path: For example `/api/models/iris_model/predict`.
        body: JSON text.
    """
    data = None if body is None else body.encode()
    headers = stack.headers | ({} if data is None else {"Content-Type": "application/json"})
    request = urllib.request.Request(stack.url(path), data, headers, method=method)  # noqa: S310
    proxies: dict[str, str] | None = {} if stack.target.name == "local" else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))
    try:
        with opener.open(request, timeout=60) as reply:
            return Answer(reply.status, dict(reply.headers), reply.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), error.read().decode())
    except OSError as error:
        raise DeployError(f"the endpoint does not answer: {error}") from error


def invoke(target: Target, event: Path) -> tuple[bool, Any]:
    """Invoke the function with a stored event.

    Returns:
        Whether it returned, and the value it returned or the error it raised.
    """
    try:
        payload = event.read_bytes()
        reply = client(target, "lambda").invoke(FunctionName=FUNCTION, Payload=payload)
    except FileNotFoundError as error:
        raise DeployError(f"there is no event file {event}") from error
    except (ClientError, BotoCoreError) as error:
        raise DeployError(f"{FUNCTION} cannot be invoked: {error}") from error
    return "FunctionError" not in reply, json.load(reply["Payload"])


def log_lines(target: Target) -> Iterator[str]:
    """Every line of the function's log group, in order."""
    try:
        pages = client(target, "logs").get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=LOG_GROUP):
            yield from (event["message"].rstrip() for event in page["events"])
    except (ClientError, BotoCoreError) as error:
        raise DeployError(f"{LOG_GROUP} cannot be read: {error}") from error


def leftovers(target: Target) -> list[str]:
    """Names of everything of this service that still exists."""
    roles = client(target, "iam").get_paginator("list_roles").paginate()
    functions = client(target, "lambda").get_paginator("list_functions").paginate()
    groups = client(target, "logs").describe_log_groups(logGroupNamePrefix=LOG_GROUP)
    names = [
        *(bucket["Name"] for bucket in client(target, "s3").list_buckets()["Buckets"]),
        *(function["FunctionName"] for page in functions for function in page["Functions"]),
        *(role["RoleName"] for page in roles for role in page["Roles"]),
        *(api["name"] for api in client(target, "apigateway").get_rest_apis(limit=500)["items"]),
        *(key["name"] for key in client(target, "apigateway").get_api_keys(limit=500)["items"]),
    ]
    groups_left = [group["logGroupName"] for group in groups["logGroups"]]
    return sorted(name for name in names if name.startswith(STACK)) + groups_left
