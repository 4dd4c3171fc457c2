"""What is deployed: the stack's outputs and resources, its API key, its log."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from deploy.commands import DeployError
from deploy.target import ACCOUNT, DEFAULT_STAGE, Target, WrongTargetError


class NotDeployedError(DeployError):
    """There is no such stack."""


@dataclass(frozen=True, order=True)
class Resource:
    """A resource of a stack: its CloudFormation type and its physical id."""

    kind: str
    name: str


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
    api_key: str | None = field(repr=False)

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
        NotDeployedError: There is none.
        DeployError: AWS cannot be asked, or says no.
    """
    with _asking(target) as cloudformation:
        found = cloudformation.describe_stacks(StackName=target.stack_name)["Stacks"][0]
        outputs = {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}
        resources = {one.name: one.kind for one in _resources(cloudformation, target)}
        return Stack(target, outputs, resources, _api_key(target, resources))


def stack_resources(target: Target) -> list[Resource]:
    """What belongs to the stack, as far as it exists; the same errors as `describe_stack`."""
    with _asking(target) as cloudformation:
        cloudformation.describe_stacks(StackName=target.stack_name)
        return _resources(cloudformation, target)


def _resources(cloudformation: Any, target: Target) -> list[Resource]:
    pages = cloudformation.get_paginator("list_stack_resources")
    return [
        Resource(entry["ResourceType"], entry["PhysicalResourceId"])
        for page in pages.paginate(StackName=target.stack_name)
        for entry in page["StackResourceSummaries"]
        if entry.get("PhysicalResourceId") and entry["ResourceStatus"] != "DELETE_COMPLETE"
    ]


@contextmanager
def _asking(target: Target) -> Iterator[Any]:
    """A client of CloudFormation, whose refusals become messages."""
    try:
        yield client(target, "cloudformation")
    except ClientError as error:
        if "does not exist" not in str(error):
            raise DeployError(f"AWS refuses to say what is deployed: {error}") from error
        stage = "" if target.stage == DEFAULT_STAGE else f" STAGE={target.stage}"
        message = f"{target.stack_name} is not deployed; deploy it first: make deploy{stage}"
        raise NotDeployedError(message) from error
    except BotoCoreError as error:
        raise DeployError(f"AWS cannot be asked: {error}") from error


def require_account(target: Target) -> Target:
    """Ask AWS whose credentials these are, before time is spent on building.

    Returns:
        The target, with its account; osls must go to the same.

    Raises:
        WrongTargetError: AWS_ACCOUNT names another account.
        DeployError: There are no credentials, or they are not accepted.
    """
    if target.name == "local":
        return target
    try:
        account = client(target, "sts").get_caller_identity()["Account"]
    except (ClientError, BotoCoreError) as error:
        raise DeployError(f"AWS cannot be asked: {error}") from error
    announced = target.environment.get(ACCOUNT) or account
    if account != announced:
        message = f"{ACCOUNT} is {announced}, but the credentials belong to account {account}"
        raise WrongTargetError(message)
    return replace(target, environment={**target.environment, ACCOUNT: account})


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
    """Invoke the function with a stored event: see `invoke_with`."""
    try:
        return invoke_with(target, event.read_bytes())
    except FileNotFoundError as error:
        raise DeployError(f"there is no event file {event}") from error


def invoke_with(target: Target, event: bytes) -> tuple[bool, Any]:
    """Invoke the function with an event, as JSON.

    Returns:
        Whether it returned, and the value it returned or the error it raised.
    """
    try:
        reply = client(target, "lambda").invoke(FunctionName=target.function_name, Payload=event)
    except (ClientError, BotoCoreError) as error:
        raise DeployError(f"{target.function_name} cannot be invoked: {error}") from error
    return "FunctionError" not in reply, json.load(reply["Payload"])


def log_lines(target: Target, group: str | None = None, since_ms: int = 0) -> Iterator[str]:
    """Every line of a log group, in order; of the function's, if none is named.

    Args:
        since_ms: the moment of the first, in milliseconds since 1970.
    """
    group = group or target.log_group
    try:
        pages = client(target, "logs").get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=group, startTime=since_ms):
            yield from (event["message"].rstrip() for event in page["events"])
    except (ClientError, BotoCoreError) as error:
        raise DeployError(f"{group} cannot be read: {error}") from error
