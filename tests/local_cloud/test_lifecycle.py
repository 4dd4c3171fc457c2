"""Deploying again, opening and closing the API, removing: in a cloud of its own."""

from typing import Any

import pytest
import requests

from deploy import service
from deploy.commands import DeployError
from deploy.live import FLOWER, PREDICT
from deploy.local_cloud import local_cloud
from deploy.osls import osls
from deploy.service import deploy, remove
from deploy.stack import NotDeployedError, Stack, call, client, describe_stack
from deploy.target import Target, local_target
from tests.local_cloud.gateway_problem import assert_is

pytestmark = pytest.mark.slow

ORIGIN = "https://example.com"


def test_stages_open_close_and_go_each_by_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with local_cloud() as cloud:
        target, other_target = local_target(cloud), local_target(cloud, "other")
        opened = deploy(target, {"auth": "none"})
        other = deploy(other_target, {"auth": "none"})
        assert opened.api_key is None
        assert call(opened, "POST", PREDICT, FLOWER).status == 200
        assert set(limits(opened)) == {"*/*"}
        closed = deploy(target, {"cors-origin": ORIGIN})
        check_closed(closed, opened)
        check_the_origin_is_named(closed, other)
        assert "~1api~1docs/GET" in limits(closed)
        assert remove(target) == []
        with pytest.raises(NotDeployedError, match="model-service-dev is not deployed"):
            describe_stack(target)
        check_what_stays_is_named(target)
        check_the_cloud_stays(target, monkeypatch, capsys)
        assert call(other, "POST", PREDICT, FLOWER).status == 200
        assert remove(other_target) == []


def check_what_stays_is_named(target: Target) -> None:
    """A log group that somebody makes anew is found, also without a stack."""
    logs = client(target, "logs")
    logs.create_log_group(logGroupName=target.log_group)
    assert remove(target) == [f"{target.log_group} (AWS::Logs::LogGroup)"]
    logs.delete_log_group(logGroupName=target.log_group)
    assert remove(target) == []


def check_the_cloud_stays(
    target: Target, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Removing a stage does not stop the cloud in which another lives."""
    patch.setenv("AWS_ENDPOINT_URL", target.environment["AWS_ENDPOINT_URL"])
    patch.setattr("sys.argv", ["deploy.service", "remove", "--target", "local"])
    service.main()
    said = capsys.readouterr().out
    assert "the local cloud runs on, with model-service-other" in said


def limits(stack: Stack) -> dict[str, Any]:
    """The settings of the methods of the deployed stage."""
    api = next(n for n, kind in stack.resources.items() if kind == "AWS::ApiGateway::RestApi")
    stage = client(stack.target, "apigateway").get_stage(
        restApiId=api, stageName=stack.target.stage
    )
    settings: dict[str, Any] = stage["methodSettings"]
    return settings


def check_closed(closed: Stack, opened: Stack) -> None:
    """The same API now asks for its key."""
    assert closed.url("/") == opened.url("/")
    assert closed.api_key is not None
    assert requests.get(closed.url("/api/models"), timeout=60).status_code == 403
    assert call(closed, "GET", "/api/models").status == 200


def check_the_origin_is_named(closed: Stack, other: Stack) -> None:
    """One stage names one origin, in the answers of the function and of API Gateway."""
    for body, status in ((FLOWER, 200), ("{}", 400)):
        answer = post(closed, body)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (
            status,
            ORIGIN,
        )
    without_key = requests.get(closed.url("/api/models"), timeout=60)
    assert_is(without_key, "INVALID_API_KEY", 403, ORIGIN)
    assert post(other, "{}").headers["Access-Control-Allow-Origin"] == "*"


def post(stack: Stack, body: str) -> requests.Response:
    """Ask for a prediction."""
    headers = stack.headers | {"Content-Type": "application/json"}
    return requests.post(stack.url(PREDICT), body, headers=headers, timeout=60)


@pytest.mark.usefixtures("cloud")
def test_osls_refuses_a_profile_of_a_real_account(target: Target) -> None:
    with pytest.raises(DeployError, match="a profile of a real account is chosen"):
        osls(target, ["info", "--aws-profile", "company"])
