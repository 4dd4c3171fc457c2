"""The deployed service answers over real HTTP as the stored events say."""

import base64
import json
from typing import Any

import pytest
import requests

from deploy.live import http_session
from deploy.osls import osls
from deploy.service import FLOWER, PREDICT
from deploy.stack import (
    LOG_GROUP,
    Stack,
    call,
    client,
    describe_stack,
    invoke,
    leftovers,
    log_lines,
)
from deploy.target import Target
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
    assert statement["Resource"].endswith(f":log-group:{LOG_GROUP}:*")


def test_what_is_deployed_is_found_by_the_search_for_leftovers(
    stack: Stack, target: Target
) -> None:
    found = leftovers(target)
    kinds = {"AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::IAM::Role", "AWS::S3::Bucket"}
    resources = describe_stack(target).resources
    assert stack.outputs["ServerlessDeploymentBucketName"] in found
    assert {name for name, kind in resources.items() if kind in kinds} <= set(found)
