"""What API Gateway answers itself is a problem document too."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from deploy.service import FLOWER, PREDICT, deploy
from deploy.stack import STACK, Stack, client
from deploy.target import Target
from model_lambda.build_time.gateway_problems import GATEWAY_PROBLEMS

GATEWAY_LIMIT = 10 * 1024 * 1024
JSON = {"Content-Type": "application/json"}


def expected(name: str, request_id: str) -> dict[str, Any]:
    """The document of one of the gateway's answers."""
    document: dict[str, Any] = json.loads(GATEWAY_PROBLEMS[name].body(request_id))
    return document


def assert_is(answer: requests.Response, name: str, status: int, origin: str = "*") -> None:
    """Compare a whole answer with an entry of the table."""
    assert answer.status_code == status
    assert answer.json() == expected(name, answer.headers["x-amzn-requestid"])
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


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
        stack.url(PREDICT), b" " * (GATEWAY_LIMIT + 1), headers=stack.headers | JSON, timeout=60
    )
    assert_is(answer, "REQUEST_TOO_LARGE", 413)


def test_more_than_the_plan_allows_is_a_problem_that_says_when_to_come_back(
    stack: Stack, target: Target
) -> None:
    gateway = client(target, "apigateway")
    (plan,) = [one["id"] for one in gateway.get_usage_plans()["items"]]
    key = gateway.create_api_key(enabled=True)
    slow = gateway.create_usage_plan(
        name="slow",
        throttle={"rateLimit": 0.001, "burstLimit": 1},
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
    assert_is(second, "THROTTLED", 429)
    assert second.headers["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/docs"])
def test_what_describes_the_api_needs_no_key(stack: Stack, path: str) -> None:
    assert requests.get(stack.url(path), timeout=60).status_code == 200


@pytest.mark.parametrize("path", ["/api/models", PREDICT, "/v2/health/ready"])
def test_a_wrong_method_gets_the_answer_of_the_function(stack: Stack, path: str) -> None:
    answer = requests.delete(stack.url(path), headers=stack.headers, timeout=60)
    assert answer.status_code == 405
    assert "OPTIONS" in answer.headers["Allow"]


def test_the_deployment_waits_for_the_answers_and_limits_what_needs_no_key(
    stack: Stack, target: Target
) -> None:
    body = client(target, "cloudformation").get_template(StackName=STACK)["TemplateBody"]
    resources = (body if isinstance(body, dict) else json.loads(body))["Resources"]
    (deployment,) = of_type(resources, "Deployment").values()
    assert set(of_type(resources, "GatewayResponse")) <= set(deployment["DependsOn"])
    limits = deployment["Properties"]["StageDescription"]["MethodSettings"]
    assert all(limit["ThrottlingRateLimit"] <= 5 for limit in limits)
    limited = {
        (limit["HttpMethod"], limit["ResourcePath"].replace("~1", "/").removeprefix("/"))
        for limit in limits
    }
    without_key = [
        method["Properties"]
        for method in of_type(resources, "Method").values()
        if not method["Properties"]["ApiKeyRequired"]
    ]
    assert stack.resources
    assert len(without_key) == len(limited)
    assert limited == {
        ("GET", "/api/openapi.json"),
        ("GET", "/api/docs"),
        ("OPTIONS", "/{proxy+}"),
    }


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    """The resources of API Gateway of one kind."""
    return {n: one for n, one in resources.items() if one["Type"] == f"AWS::ApiGateway::{kind}"}


def test_a_deployment_can_check_bodies_at_the_gateway_and_name_one_origin(
    stack: Stack, target: Target
) -> None:
    origin = "https://example.com"
    changed = deploy(target, {"gateway-validation": "on", "cors-origin": origin})
    headers = stack.headers | JSON
    answered, *refused = [
        requests.post(changed.url(PREDICT), body, headers=headers, timeout=60)
        for body in (FLOWER, "{}", "{", "")
    ]
    without_key = requests.get(changed.url("/api/models"), timeout=60)
    deploy(target)
    assert answered.json() == {"species": "setosa"}
    assert answered.headers["Access-Control-Allow-Origin"] == origin
    for answer in refused:
        assert_is(answer, "BAD_REQUEST_BODY", 400, origin)
    assert_is(without_key, "INVALID_API_KEY", 403, origin)
    after = requests.post(stack.url(PREDICT), "{}", headers=headers, timeout=60)
    assert after.json()["type"] == "/problems/schema-error"
    assert after.headers["Access-Control-Allow-Origin"] == "*"
