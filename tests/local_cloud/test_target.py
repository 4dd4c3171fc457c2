"""The switch refuses whatever leads elsewhere than announced."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.commands import DeployError
from deploy.local_cloud import LocalCloud
from deploy.target import (
    Target,
    WrongTargetError,
    aws_target,
    check_osls,
    local_target,
    target_from_environment,
)

CLOUD = LocalCloud("http://127.0.0.1:4711", 1, "token", "/nowhere")
OUTPUTS = {"ServiceEndpoint": "https://a1b2c3.execute-api.us-east-2.amazonaws.com/dev"}


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    """A cloud that answers at its endpoint, without a server."""
    said = {CLOUD.endpoint: CLOUD.identity}
    monkeypatch.setattr("deploy.target.identity_at", said.get)
    monkeypatch.setattr("deploy.target.running_local_cloud", lambda: CLOUD)
    return CLOUD


def config(tmp_path: Path, text: str) -> str:
    """Write an AWS configuration file."""
    path = tmp_path / "config"
    path.write_text(text)
    return str(path)


def test_an_aws_endpoint_is_used_as_it_is() -> None:
    url = aws_target({}).endpoint_url(OUTPUTS, "/api/models")
    assert url == "https://a1b2c3.execute-api.us-east-2.amazonaws.com/dev/api/models"


def test_a_local_endpoint_leads_to_the_local_cloud() -> None:
    url = local_target(CLOUD).endpoint_url(OUTPUTS, "/api/models")
    assert url == "http://127.0.0.1:4711/restapis/a1b2c3/dev/_user_request_/api/models"


@pytest.mark.usefixtures("answering")
def test_each_name_is_that_of_the_announced_stage() -> None:
    for target in (target_from_environment({"STAGE": "test"}), aws_target({"STAGE": "test"})):
        assert target.stack_name == "model-service-test"
        assert target.function_name == "model-service-test-model-lambda"
        assert target.log_group == "/aws/lambda/model-service-test-model-lambda"
        assert target.process_environment({"STAGE": "dev"})["STAGE"] == "test"
    assert aws_target({"STAGE": ""}).stack_name == "model-service-dev"


@pytest.mark.parametrize("stage", ["my_stage", "a b", "x" * 38])
def test_a_stage_that_aws_would_refuse_is_refused(stage: str) -> None:
    with pytest.raises(DeployError, match="it must be 1 to 37 letters, digits and hyphens"):
        aws_target({"STAGE": stage})


def test_osls_told_another_stage_or_region_than_announced_is_refused() -> None:
    assert check_osls({}, stage="test", region="eu-west-1") == "aws"
    with pytest.raises(WrongTargetError, match="STAGE is dev, but osls is told test"):
        check_osls({"STAGE": "dev"}, stage="test")
    with pytest.raises(WrongTargetError, match="AWS_REGION is us-east-2, but osls is told eu-west"):
        check_osls({"AWS_REGION": "us-east-2"}, region="eu-west-1")


@pytest.mark.usefixtures("answering")
def test_the_target_is_local_unless_told_otherwise() -> None:
    assert target_from_environment({}) == local_target(CLOUD)


def test_without_a_cloud_the_way_to_start_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.target.running_local_cloud", lambda: None)
    with pytest.raises(DeployError, match="no local cloud is running; deploy it: make deploy"):
        target_from_environment({"TARGET": "local"})


def test_an_incomplete_deployment_has_no_url() -> None:
    with pytest.raises(DeployError, match="not complete; make remove"):
        local_target(CLOUD).endpoint_url({}, "/api/models")


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(DeployError, match="must be local or aws"):
        target_from_environment({"TARGET": "production"})


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_aws_with_an_endpoint_is_refused(name: str) -> None:
    with pytest.raises(WrongTargetError, match=f"{name} leads elsewhere"):
        target_from_environment({"TARGET": "aws", name: "http://127.0.0.1:4566"})


@pytest.mark.parametrize(
    ("profile", "section"), [(None, "default"), ("emulated", "profile emulated")]
)
def test_aws_with_a_profile_that_has_an_endpoint_is_refused(
    tmp_path: Path, profile: str | None, section: str
) -> None:
    path = config(tmp_path, f"[{section}]\nendpoint_url = http://127.0.0.1:4566\n")
    environment = {"TARGET": "aws", "AWS_CONFIG_FILE": path}
    if profile is not None:
        environment["AWS_PROFILE"] = profile
    with pytest.raises(WrongTargetError, match="which osls does not follow"):
        target_from_environment(environment)


def test_aws_with_osls_profile_that_has_an_endpoint_is_refused(tmp_path: Path) -> None:
    path = config(tmp_path, "[profile emulated]\nendpoint_url = http://127.0.0.1:4566\n")
    with pytest.raises(WrongTargetError, match="which osls does not follow"):
        check_osls({"AWS_CONFIG_FILE": path}, "emulated")


def test_aws_with_another_profiles_endpoint_is_accepted(tmp_path: Path) -> None:
    path = config(tmp_path, "[profile emulated]\nendpoint_url = http://127.0.0.1:4566\n")
    assert target_from_environment({"TARGET": "aws", "AWS_CONFIG_FILE": path}).name == "aws"
    assert check_osls({"AWS_CONFIG_FILE": path}, None) == "aws"


@pytest.mark.usefixtures("answering")
@pytest.mark.parametrize(
    ("endpoint", "problem"),
    [
        ("https://cloudformation.us-east-2.amazonaws.com", "the target is local, but"),
        ("http://192.0.2.1:4711", "the target is local, but"),
        ("http://127.0.0.1:4566", "no local cloud answers at"),
    ],
)
def test_local_with_another_endpoint_is_refused(endpoint: str, problem: str) -> None:
    environment = {"TARGET": "local", "AWS_ENDPOINT_URL": endpoint}
    with pytest.raises(WrongTargetError, match=problem):
        target_from_environment(environment)
    with pytest.raises(WrongTargetError, match=problem):
        check_osls(environment, None)


def test_local_osls_without_an_endpoint_is_refused() -> None:
    with pytest.raises(WrongTargetError, match="this would be AWS"):
        check_osls({"TARGET": "local"}, None)


@pytest.mark.usefixtures("answering")
@pytest.mark.parametrize(
    ("more", "profile"),
    [({}, "company"), ({"AWS_PROFILE": "company"}, None), ({"AWS_ENDPOINT_URL_S3": "x"}, None)],
)
def test_local_osls_with_a_way_out_is_refused(more: dict[str, str], profile: str | None) -> None:
    with pytest.raises(WrongTargetError, match="the target is local, but"):
        check_osls({"AWS_ENDPOINT_URL": CLOUD.endpoint} | more, profile)


@pytest.mark.usefixtures("answering")
def test_osls_follows_the_endpoint_when_no_target_is_announced() -> None:
    assert check_osls({"AWS_ENDPOINT_URL": CLOUD.endpoint}, None) == "local"
    assert check_osls({"HOME": "/nowhere"}, None) == "aws"


def test_a_local_command_keeps_no_variable_of_a_real_account() -> None:
    host = {"AWS_PROFILE": "company", "AWS_SESSION_TOKEN": "secret", "HOME": "/home/me"}
    environment = local_target(CLOUD).process_environment(host)
    assert environment["HOME"] == "/home/me"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & environment.keys()
    assert environment["AWS_ENDPOINT_URL"] == CLOUD.endpoint


def test_an_aws_command_keeps_the_accounts_variables() -> None:
    target = Target("aws", {"TARGET": "aws"})
    assert target.process_environment({"AWS_PROFILE": "mine"}) == {
        "AWS_PROFILE": "mine",
        "TARGET": "aws",
    }


def test_the_guard_of_osls_ends_with_one_line_and_a_status() -> None:
    command = [sys.executable, "-m", "deploy.target", "--check-osls"]
    result = subprocess.run(
        command, env={"TARGET": "local"}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr.startswith("error: the target is local, but AWS_ENDPOINT_URL is unset")


def test_an_account_that_cannot_be_one_is_refused_before_aws_is_asked() -> None:
    with pytest.raises(DeployError, match="AWS_ACCOUNT is '1'; an account has twelve digits"):
        target_from_environment({"TARGET": "aws", "AWS_ACCOUNT": "1"})
