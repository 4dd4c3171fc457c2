"""The one switch: where commands go, the local cloud or AWS.

Everything runs the same against both; a target is a set of environment variables and the way to
an endpoint's URL. The environment variable TARGET chooses: `local` (default) or `aws`.
"""

import argparse
import configparser
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.commands import DeployError
from deploy.local_cloud import REGION, LocalCloud, identity_at, running_local_cloud
from deploy.package_settings import settings_from_environment, this_architecture, this_python

SERVICE = "model-service"
DEFAULT_STAGE = "dev"
# Twelve digits: the account that commands for AWS must go to.
ACCOUNT = "AWS_ACCOUNT"
# CloudFormation and API Gateway take these characters; a function's name may have 64.
_ACCOUNT = re.compile(r"[0-9]{12}")
_STAGE = re.compile(r"[A-Za-z0-9-]{1,37}")
_LOOPBACK = ("127.0.0.1", "::1")
_ENDPOINT = "AWS_ENDPOINT_URL"


class WrongTargetError(DeployError):
    """The announced target and the actual endpoint differ."""


@dataclass(frozen=True)
class Target:
    """Where commands go.

    Attributes:
        name: `local` or `aws`.
        environment: Variables for any AWS client, osls included.
    """

    name: str
    environment: Mapping[str, str]

    @property
    def stage(self) -> str:
        """The stage of the service: several live side by side in an account."""
        return announced_stage(self.environment)

    @property
    def stack_name(self) -> str:
        """The name of the stage's CloudFormation stack."""
        return f"{SERVICE}-{self.stage}"

    @property
    def function_name(self) -> str:
        """The name of the stage's function."""
        return f"{self.stack_name}-model-lambda"

    @property
    def log_group(self) -> str:
        """The name of the function's log group."""
        return f"/aws/lambda/{self.function_name}"

    def endpoint_url(self, outputs: Mapping[str, str], path: str) -> str:
        """The URL of a path of the deployed API.

        Args:
            outputs: The stack's outputs; `ServiceEndpoint` has the shape AWS gives it.
            path: For example `/api/models`.

        Raises:
            DeployError: An interrupted deployment left the stack without an endpoint.
        """
        if "ServiceEndpoint" not in outputs:
            raise DeployError("the deployment is not complete; make remove, then make deploy")
        service = urlsplit(outputs["ServiceEndpoint"])
        if self.name == "aws":
            return service.geturl().rstrip("/") + path
        api_id, stage = service.netloc.split(".")[0], service.path.strip("/")
        endpoint = self.environment[_ENDPOINT]
        return f"{endpoint}/restapis/{api_id}/{stage}/_user_request_{path}"

    def process_environment(self, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The complete environment of a command for this target."""
        kept = dict(environment)
        if self.name == "local":
            kept = {name: value for name, value in kept.items() if not name.startswith("AWS_")}
        return kept | dict(self.environment)


def _announced_account(environment: Mapping[str, str]) -> dict[str, str]:
    account = environment.get(ACCOUNT)
    if account and _ACCOUNT.fullmatch(account) is None:
        raise DeployError(f"{ACCOUNT} is {account!r}; an account has twelve digits")
    return {ACCOUNT: account} if account else {}


def announced_stage(environment: Mapping[str, str]) -> str:
    """The stage that STAGE names, or `dev`.

    Raises:
        DeployError: It cannot be part of the names that AWS takes.
    """
    stage = environment.get("STAGE") or DEFAULT_STAGE
    if _STAGE.fullmatch(stage) is None:
        raise DeployError(f"STAGE is {stage!r}; it must be 1 to 37 letters, digits and hyphens")
    return stage


def local_target(cloud: LocalCloud, stage: str = DEFAULT_STAGE) -> Target:
    """The target of a running local cloud; no configuration of a real account is read."""
    nothing = str(Path(cloud.folder) / "no-such-file")
    return Target(
        "local",
        {
            "TARGET": "local",
            "STAGE": stage,
            _ENDPOINT: cloud.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": nothing,
            "AWS_SHARED_CREDENTIALS_FILE": nothing,
            "AWS_EC2_METADATA_DISABLED": "true",
            "FUNCTION_RUNTIME": f"python{this_python()}",
            "FUNCTION_ARCHITECTURE": this_architecture(),
        },
    )


def aws_target(environment: Mapping[str, str] = os.environ) -> Target:
    """The target of the account that the environment's credentials belong to."""
    region = environment.get("AWS_REGION", REGION)
    settings = settings_from_environment("aws", environment)
    return Target(
        "aws",
        {
            "TARGET": "aws",
            "STAGE": announced_stage(environment),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "FUNCTION_RUNTIME": f"python{settings.python_version}",
            "FUNCTION_ARCHITECTURE": settings.architecture,
        }
        | _announced_account(environment),
    )


def target_from_environment(environment: Mapping[str, str] = os.environ) -> Target:
    """The announced target, after checking that commands really go there.

    Raises:
        WrongTargetError: The environment leads somewhere else.
        DeployError: TARGET is neither `local` nor `aws`, or no local cloud is running.
    """
    name = environment.get("TARGET", "local")
    if name == "aws":
        require_aws(environment)
        return aws_target(environment)
    if name != "local":
        raise DeployError(f"TARGET is {name!r}; it must be local or aws")
    cloud = running_local_cloud()
    given = environment.get(_ENDPOINT)
    if given is not None:
        require_local(environment)
        cloud = cloud if cloud is not None and cloud.endpoint == given else _cloud_at(given)
    if cloud is None:
        raise DeployError("nothing is deployed: no local cloud is running; deploy it: make deploy")
    return local_target(cloud, announced_stage(environment))


def require_aws(environment: Mapping[str, str], profile: str | None = None) -> None:
    """Refuse an environment announced as AWS that leads elsewhere.

    Args:
        environment: Its endpoint variables and its profile's `endpoint_url` must be absent.
        profile: The profile of `osls --aws-profile`.
    """
    if redirected := sorted(name for name in environment if name.startswith(_ENDPOINT)):
        names = ", ".join(redirected)
        raise WrongTargetError(f"the target is aws, but {names} leads elsewhere: unset it")
    profile = profile or environment.get("AWS_PROFILE", "default")
    if endpoint := _endpoint_of_profile(environment, profile):
        message = f"the target is aws, but profile {profile} has endpoint_url {endpoint}"
        raise WrongTargetError(f"{message}, which osls does not follow")


def require_local(environment: Mapping[str, str], profile: str | None = None) -> None:
    """Refuse an environment announced as local that does not lead to a local cloud of this kind.

    Args:
        environment: Its AWS_ENDPOINT_URL must name a local cloud on the loopback interface.
        profile: The profile of `osls --aws-profile`; there must be none.
    """
    if profile or environment.get("AWS_PROFILE"):
        raise WrongTargetError("the target is local, but a profile of a real account is chosen")
    if others := sorted(n for n in environment if n.startswith(f"{_ENDPOINT}_")):
        raise WrongTargetError(f"the target is local, but {', '.join(others)} leads elsewhere")
    endpoint = environment.get(_ENDPOINT)
    if endpoint is None:
        raise WrongTargetError(f"the target is local, but {_ENDPOINT} is unset: this would be AWS")
    if urlsplit(endpoint).hostname not in _LOOPBACK:
        raise WrongTargetError(f"the target is local, but {_ENDPOINT} is {endpoint}")
    if _cloud_at(endpoint) is None:
        raise WrongTargetError(f"no local cloud answers at {endpoint}")


def _cloud_at(endpoint: str) -> LocalCloud | None:
    """The local cloud at an endpoint, whoever started it."""
    said = identity_at(endpoint)
    if not isinstance(said, dict) or not {"pid", "token", "folder"} <= set(said):
        return None
    return LocalCloud(endpoint, said["pid"], said["token"], said["folder"])


def _endpoint_of_profile(environment: Mapping[str, str], profile: str) -> str | None:
    home = environment.get("HOME", "")
    path = Path(environment.get("AWS_CONFIG_FILE") or Path(home, ".aws", "config"))
    config = configparser.ConfigParser(interpolation=None)
    try:
        config.read(path.expanduser(), encoding="utf-8")
    except configparser.Error:
        return None
    section = profile if profile == "default" else f"profile {profile}"
    return config.get(section, "endpoint_url", fallback=None)


def check_osls(
    environment: Mapping[str, str],
    profile: str | None = None,
    stage: str | None = None,
    region: str | None = None,
) -> str:
    """Check what a bare osls command is about to do; TARGET may be absent.

    Args:
        environment: What is announced.
        profile: The profile of `osls --aws-profile`.
        stage: The stage that osls goes to, for example by `osls --stage`.
        region: The region that osls goes to.

    Returns:
        The target's name: without TARGET, whatever the endpoint variable says.

    Raises:
        WrongTargetError: What is announced and where osls goes differ.
    """
    name = environment.get("TARGET") or ("local" if _ENDPOINT in environment else "aws")
    if name == "local":
        require_local(environment, profile)
    else:
        require_aws(environment, profile)
    for variable, chosen in (("STAGE", stage), ("AWS_REGION", region)):
        announced = environment.get(variable) or chosen
        if chosen is not None and chosen != announced:
            raise WrongTargetError(f"{variable} is {announced}, but osls is told {chosen}")
    return name


def main() -> None:
    """Show the target, or check a bare osls command."""
    parser = argparse.ArgumentParser(description="Show where commands go.")
    parser.add_argument("--check-osls", action="store_true", help="say nothing unless it is wrong")
    parser.add_argument("--aws-profile")
    parser.add_argument("--stage")
    parser.add_argument("--region")
    args = parser.parse_args()
    try:
        if args.check_osls:
            check_osls(os.environ, args.aws_profile, args.stage, args.region)
        else:
            for name, value in target_from_environment().environment.items():
                print(f"export {name}={value}")
    except DeployError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
