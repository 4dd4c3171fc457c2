"""What API Gateway answers itself is a problem document too."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import requests
import yaml

from deploy.documents.gateway_responses import SERVERLESS
from deploy.live import PREDICT
from deploy.stack import Stack, client
from deploy.target import Target
from events.limits import GATEWAY_REQUEST_BYTES, INVOCATION_BYTES
from tests.local_cloud.gateway_problem import assert_is
from tests.local_cloud.probe import Probe

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def template(stack: Stack) -> dict[str, Any]:
    """The template that osls compiled."""
    cloudformation = client(stack.target, "cloudformation")
    body = cloudformation.get_template(StackName=stack.target.stack_name)["TemplateBody"]
    return dict(body if isinstance(body, dict) else json.loads(body))


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "wrong"}])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/models"), ("DELETE", "/api/models"), ("GET", "/nothing")]
)
def test_without_the_key_nothing_reaches_the_function(
    stack: Stack, method: str, path: str, headers: Mapping[str, str]
) -> None:
    answer = requests.request(method, stack.url(path), headers=headers, timeout=60)
    assert_is(answer, "INVALID_API_KEY", 403)


def test_a_path_that_the_gateway_does_not_know_is_a_problem(stack: Stack) -> None:
    answer = requests.get(stack.url("/"), headers=stack.headers, timeout=60)
    assert_is(answer, "MISSING_AUTHENTICATION_TOKEN", 404)


def test_a_body_over_the_limit_of_the_gateway_is_a_problem(stack: Stack) -> None:
    answer = requests.post(
        stack.url(PREDICT),
        b" " * (GATEWAY_REQUEST_BYTES + 1),
        headers=stack.headers | JSON,
        timeout=60,
    )
    assert_is(answer, "REQUEST_TOO_LARGE", 413)


@pytest.mark.parametrize(
    "wish",
    [{"raise": "why"}, {"exit": 1}, {"reply": "no reply"}],
    ids=["error", "exit", "malformed"],
)
def test_a_function_that_gives_no_answer_is_a_problem(probe: Probe, wish: dict[str, Any]) -> None:
    assert_is(probe.post(wish, stage="problems"), "DEFAULT_5XX", 502)


def test_a_call_that_lambda_refuses_is_a_problem(probe: Probe) -> None:
    functions = client(probe.target, "lambda")
    functions.put_function_concurrency(FunctionName=probe.name, ReservedConcurrentExecutions=0)
    answer = probe.post({}, stage="problems")
    functions.delete_function_concurrency(FunctionName=probe.name)
    assert_is(answer, "DEFAULT_5XX", 500)


def test_an_event_over_the_limit_of_the_function_is_a_problem(probe: Probe) -> None:
    answer = requests.post(probe.url(stage="problems"), b" " * INVOCATION_BYTES, timeout=60)
    assert_is(answer, "REQUEST_TOO_LARGE", 413)


def test_an_answer_that_the_gateway_does_not_wait_for_is_a_problem(probe: Probe) -> None:
    answer = probe.post({"sleep": 2}, path="/hurried", stage="problems")
    assert_is(answer, "INTEGRATION_TIMEOUT", 504)


def test_more_than_a_method_allows_is_a_problem(probe: Probe) -> None:
    limits = {"rateLimit": "0.001", "burstLimit": "1"}
    patch = [
        {"op": "replace", "path": f"/~1limited/ANY/throttling/{name}", "value": value}
        for name, value in limits.items()
    ]
    gateway = client(probe.target, "apigateway")
    gateway.update_stage(restApiId=probe.api_id, stageName="problems", patchOperations=patch)
    first, second = (probe.post({}, path="/limited", stage="problems") for _ in range(2))
    assert first.status_code == 200
    assert_is(second, "THROTTLED", 429)


@pytest.mark.parametrize(
    ("limit", "name", "wait"),
    [
        ({"throttle": {"rateLimit": 0.001, "burstLimit": 1}}, "THROTTLED", "1"),
        ({"quota": {"limit": 1, "period": "DAY"}}, "QUOTA_EXCEEDED", "3600"),
    ],
)
def test_more_than_the_plan_allows_is_a_problem_that_says_when_to_come_back(
    stack: Stack, target: Target, limit: dict[str, Any], name: str, wait: str
) -> None:
    gateway = client(target, "apigateway")
    (plan,) = [one["id"] for one in gateway.get_usage_plans()["items"]]
    key = gateway.create_api_key(enabled=True)
    slow = gateway.create_usage_plan(
        name="slow",
        **limit,
        apiStages=gateway.get_usage_plan(usagePlanId=plan)["apiStages"],
    )
    gateway.create_usage_plan_key(usagePlanId=slow["id"], keyId=key["id"], keyType="API_KEY")
    headers = {"x-api-key": key["value"]}
    first, second = (
        requests.get(stack.url("/api/models"), headers=headers, timeout=60) for _ in range(2)
    )
    gateway.delete_usage_plan(usagePlanId=slow["id"])
    gateway.delete_api_key(apiKey=key["id"])
    assert first.status_code == 200
    assert_is(second, name, 429)
    assert second.headers["Retry-After"] == wait


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/docs"])
def test_what_describes_the_api_needs_no_key(stack: Stack, path: str) -> None:
    assert requests.get(stack.url(path), timeout=60).status_code == 200


@pytest.mark.parametrize("path", ["/api/models", PREDICT, "/v2/health/ready"])
def test_a_wrong_method_gets_the_answer_of_the_function(stack: Stack, path: str) -> None:
    answer = requests.delete(stack.url(path), headers=stack.headers, timeout=60)
    assert answer.status_code == 405
    assert "OPTIONS" in answer.headers["Allow"]


def test_the_stage_is_a_resource_that_shows_the_deployment(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    ((name, deployment),) = of_type(resources, "Deployment").items()
    ((stage_name, stage),) = of_type(resources, "Stage").items()
    assert set(of_type(resources, "GatewayResponse")) <= set(deployment["DependsOn"])
    assert not {"StageName", "StageDescription"} & deployment["Properties"].keys()
    assert stage_name == "ApiGatewayStage"
    assert stage["Properties"]["DeploymentId"] == {"Ref": name}
    others = {n: one for n, one in resources.items() if n != name}
    assert {n for n, one in others.items() if name in json.dumps(one)} == {stage_name}
    assert {n for n, one in others.items() if one.get("DependsOn") == stage_name} == {
        *of_type(resources, "ApiKey"),
        *of_type(resources, "UsagePlan"),
    }
    address = template["Outputs"]["ServiceEndpoint"]["Value"]["Fn::Join"][1]
    assert address[-2:] == ["/", {"Ref": stage_name}]


def test_long_answers_are_compressed_whoever_may_call(template: dict[str, Any]) -> None:
    settings = yaml.safe_load((SERVERLESS / "authorization.yml").read_text(encoding="utf-8"))
    (api,) = of_type(template["Resources"], "RestApi").values()
    sizes = {name: one["minimumCompressionSize"] for name, one in settings.items()}
    assert sizes == {"api-key": 1024, "none": 1024}
    assert api["Properties"]["MinimumCompressionSize"] == 1024


def test_what_needs_no_key_is_limited_by_the_stage(stack: Stack, template: dict[str, Any]) -> None:
    methods = of_type(template["Resources"], "Method").values()
    free = [one["Properties"] for one in methods if not one["Properties"]["ApiKeyRequired"]]
    api = next(n for n, kind in stack.resources.items() if kind == "AWS::ApiGateway::RestApi")
    stage = client(stack.target, "apigateway").get_stage(
        restApiId=api, stageName=stack.target.stage
    )
    limits = {name: one["throttlingRateLimit"] for name, one in stage["methodSettings"].items()}
    assert len(free) == len(limits)
    assert limits == {
        "~1api~1openapi.json/GET": 1,
        "~1api~1docs/GET": 1,
        "~1{proxy+}/OPTIONS": 5,
    }


def test_the_limits_of_a_key_are_those_the_deployment_was_given(stack: Stack) -> None:
    gateway = client(stack.target, "apigateway")
    (plan,) = gateway.get_usage_plans()["items"]
    assert plan["throttle"] == {"rateLimit": 5000.0, "burstLimit": 5000}
    assert plan["quota"] == {"limit": 100_000, "period": "DAY"}


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    """The resources of API Gateway of one kind."""
    return {n: one for n, one in resources.items() if one["Type"] == f"AWS::ApiGateway::{kind}"}
