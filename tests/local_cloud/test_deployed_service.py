"""The deployed service answers over real HTTP as the stored events say."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from deploy.commands import DeployError
from deploy.leftovers import PARTS, QUESTIONS, leftovers
from deploy.live import FLOWER, PREDICT, http_session
from deploy.local_cloud import LocalCloud
from deploy.osls import osls
from deploy.service import main
from deploy.stack import (
    Resource,
    Stack,
    call,
    client,
    invoke,
    log_lines,
    require_account,
    stack_resources,
)
from deploy.target import Target, WrongTargetError, aws_target
from events.comparison import difference, live_difference
from events.stored import FOLDER, event_names, read_event, read_response

REACHABLE = [name for name in event_names() if "httpMethod" in (read_event(name) or {})]
ADDED_BY_THE_NETWORK = ("host", "user-agent", "x-amzn-", "x-forwarded-", "via", "cloudfront-")


def send(stack: Stack, event: dict[str, Any]) -> requests.Response:
    """Send the HTTP request that an event came from."""
    body = event["body"]
    if body is not None and event["isBase64Encoded"]:
        body = base64.b64decode(body)
    headers = [(k, v) for k, values in (event["multiValueHeaders"] or {}).items() for v in values]
    sent = {k: v for k, v in headers if not k.lower().startswith(ADDED_BY_THE_NETWORK)}
    return requests.request(
        event["httpMethod"],
        stack.url(event["path"]),
        params=event["multiValueQueryStringParameters"] or {},
        data=body.encode() if isinstance(body, str) else body,
        headers=sent | stack.headers,
        timeout=60,
    )


def test_no_proxy_comes_between_this_machine_and_its_local_cloud(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("proxy", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nothing listens there
    assert "POST - " in osls(stack.target, ["info"])
    assert call(stack, "GET", "/api/models").status == 200
    with http_session(stack) as session:
        assert session.get(stack.url("/api/models"), timeout=60).status_code == 200


def test_the_models_are_listed(stack: Stack) -> None:
    answer = call(stack, "GET", "/api/models")
    assert answer.status == 200
    assert [model["qualified_name"] for model in json.loads(answer.body)["models"]] == [
        "iris_model"
    ]


def test_the_metadata_holds_both_schemas(stack: Stack) -> None:
    answer = call(stack, "GET", "/api/models/iris_model/metadata")
    assert answer.status == 200
    assert {"input_schema", "output_schema"} <= json.loads(answer.body).keys()


def test_a_flower_is_classified(stack: Stack) -> None:
    answer = call(stack, "POST", PREDICT, FLOWER)
    assert (answer.status, json.loads(answer.body)) == (200, {"species": "setosa"})


@pytest.mark.parametrize("name", REACHABLE)
def test_each_event_is_answered_live_as_stored(stack: Stack, name: str) -> None:
    answer = send(stack, read_event(name))
    expected = read_response(name)
    found = live_difference(expected, answer.status_code, dict(answer.headers), answer.text)
    assert found is None


@pytest.mark.parametrize("name", event_names())
def test_each_event_is_answered_by_the_function_as_stored(
    stack: Stack, target: Target, name: str
) -> None:
    assert stack.resources
    returned, value = invoke(target, FOLDER / f"{name}.json")
    expected = read_response(name)
    if not returned:
        value = {key: value[key] for key in ("errorType", "errorMessage")}
    assert difference(expected, value) is None


@pytest.mark.parametrize("key", [None, "wrong"])
def test_a_request_without_the_key_is_refused(stack: Stack, key: str | None) -> None:
    headers = {} if key is None else {"x-api-key": key}
    answer = requests.get(stack.url("/api/models"), headers=headers, timeout=60)
    assert answer.status_code == 403
    assert "models" not in answer.json()


def test_a_preflight_needs_no_key(stack: Stack) -> None:
    answer = requests.options(stack.url(PREDICT), timeout=60)
    assert answer.status_code == 204
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]


def test_the_log_holds_the_request(stack: Stack, target: Target) -> None:
    path = "/api/models/no_such_model/metadata"
    assert call(stack, "GET", path).status == 404
    lines = [json.loads(line) for line in log_lines(target)]
    assert (path, 404) in [(line.get("path"), line.get("status")) for line in lines]
    assert "platform.report" in [line.get("type") for line in lines]


def test_the_function_may_write_its_own_log_and_nothing_else(stack: Stack, target: Target) -> None:

    role = next(n for n, kind in stack.resources.items() if kind == "AWS::IAM::Role")
    iam = client(target, "iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    (name,) = names
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    (statement,) = policy["Statement"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"].endswith(f":log-group:{target.log_group}:*")


def test_whatever_is_deployed_is_found_while_it_is_there(stack: Stack, target: Target) -> None:
    resources = stack_resources(target)
    assert {one.kind for one in resources} <= {*QUESTIONS, *PARTS}
    of_their_own = sorted(one for one in resources if one.kind not in PARTS)
    assert leftovers(target, resources) == [f"{one.name} ({one.kind})" for one in of_their_own]
    gone = [Resource(one.kind, f"{one.name[:20]}-gone") for one in of_their_own]
    assert leftovers(target, gone) == []
    assert stack.outputs["ServerlessDeploymentBucketName"] in [one.name for one in of_their_own]


@pytest.mark.usefixtures("cloud")
def test_a_kind_that_nobody_looks_for_is_named(target: Target) -> None:
    alarm = Resource("AWS::CloudWatch::Alarm", "errors")
    assert leftovers(target, [alarm]) == ["errors (AWS::CloudWatch::Alarm, not looked for)"]


# How the tags of a kind of resource are asked for.
TAGS: dict[str, Callable[[Target, str], Any]] = {
    "AWS::ApiGateway::ApiKey": lambda target, name: client(target, "apigateway").get_api_key(
        apiKey=name
    )["tags"],
    "AWS::ApiGateway::RestApi": lambda target, name: client(target, "apigateway").get_rest_api(
        restApiId=name
    )["tags"],
    "AWS::ApiGateway::UsagePlan": lambda target, name: client(target, "apigateway").get_usage_plan(
        usagePlanId=name
    )["tags"],
    "AWS::IAM::Role": lambda target, name: client(target, "iam").list_role_tags(RoleName=name)[
        "Tags"
    ],
    "AWS::Lambda::Function": lambda target, name: client(target, "lambda").get_function(
        FunctionName=name
    )["Tags"],
    "AWS::Logs::LogGroup": lambda target, name: client(target, "logs").list_tags_for_resource(
        resourceArn=f"arn:aws:logs:us-east-2:000000000000:log-group:{name}"
    )["tags"],
    # The emulator forgets them, so they are read where they are asked for.
    "AWS::S3::Bucket": lambda target, _: client(target, "cloudformation").get_template(
        StackName=target.stack_name
    )["TemplateBody"]["Resources"]["ServerlessDeploymentBucket"]["Properties"]["Tags"],
}


def own_tags(listed: Any) -> dict[str, str]:
    """Tags in one shape, without those that CloudFormation adds."""
    tags = listed if isinstance(listed, dict) else {tag["Key"]: tag["Value"] for tag in listed}
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


@pytest.mark.usefixtures("stack")
def test_everything_that_can_be_tagged_names_its_service_and_stage(target: Target) -> None:
    resources = [one for one in stack_resources(target) if one.kind in QUESTIONS]
    wanted = {"service": "model-service", "stage": "dev"}
    found = {one: own_tags(TAGS[one.kind](target, one.name)) for one in resources}
    assert found == dict.fromkeys(resources, wanted)
    api = next(one.name for one in resources if one.kind == "AWS::ApiGateway::RestApi")
    stage = client(target, "apigateway").get_stage(restApiId=api, stageName="dev")
    assert wanted.items() <= stage["tags"].items()


def said(
    patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], target: Target, *arguments: str
) -> str:
    """What a command for the target prints."""
    patch.setenv("AWS_ENDPOINT_URL", target.environment["AWS_ENDPOINT_URL"])
    patch.setattr("sys.argv", ["deploy.service", *arguments, "--target", "local"])
    main()
    return capsys.readouterr().out


def test_the_key_is_printed_only_when_it_is_asked_for(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = stack.api_key
    assert key is not None
    quiet = said(monkeypatch, capsys, stack.target, "info")
    assert stack.url("/api/models") in quiet
    assert stack.url("/api/docs") in quiet
    assert key not in quiet + repr(stack) + osls(stack.target, ["info"])
    assert key in said(monkeypatch, capsys, stack.target, "info", "--show-key")


def test_another_account_than_the_announced_one_is_refused(
    cloud: LocalCloud, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"AWS_ACCOUNT": "123456789012"}
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, target.environment[name])
    assert cloud.is_running()
    named = require_account(aws_target({}))
    assert named.environment["AWS_ACCOUNT"] == "000000000000"
    with pytest.raises(WrongTargetError, match="AWS_ACCOUNT is 123456789012, but the credentials"):
        require_account(aws_target(other))
    elsewhere = Target("local", {**target.environment, **other})
    with pytest.raises(DeployError, match="123456789012, but osls goes to account 000000000000"):
        osls(elsewhere, ["deploy"])
