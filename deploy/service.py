"""Package, deploy, look at, call and remove the service: `python -m deploy.service COMMAND`.

The same commands go to the local cloud and to AWS; `--target` (or TARGET) chooses.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from deploy.bucket import empty_bucket
from deploy.commands import DeployError, interruptible
from deploy.first_request import first_request
from deploy.leftovers import leftovers
from deploy.local_cloud import running_local_cloud, start_local_cloud, stop_local_cloud
from deploy.osls import clean_up, osls
from deploy.package import package
from deploy.package_settings import (
    TARGETS,
    WITHOUT,
    add_options,
    settings_from_options,
)
from deploy.stack import (
    NotDeployedError,
    Resource,
    Stack,
    call,
    client,
    describe_stack,
    invoke,
    invoke_with,
    log_lines,
    require_account,
    stack_resources,
)
from deploy.target import Target, announced_stage, local_target, target_from_environment
from events.proxy_events import HttpRequest, rest_api_event
from model_lambda.manifest import NAME_PATTERN

# What the sources other than HTTP read and write, and what it is called.
_SOURCES = {
    "AWS::DynamoDB::Table": "table",
    "AWS::Kinesis::Stream": "stream",
    "AWS::S3::Bucket": "bucket",
    "AWS::SQS::Queue": "queue",
}


def deploy(
    target: Target, parameters: Mapping[str, str] | None = None, *, show: bool = False
) -> Stack:
    """Build, check and deploy the service, or update it.

    Args:
        target: Where to.
        parameters: Of serverless.yml, for example `{"auth": "none"}`.
        show: Whether what osls says appears while it runs.

    Raises:
        DeployError: The package did not pass, or osls failed.
        DeployInterrupt: It was interrupted; osls and what it had started are ended.
    """
    options = [f"--param={name}={value}" for name, value in (parameters or {}).items()]
    with interruptible(f"deploy again, or undo it with: make remove TARGET={target.name}"):
        osls(target, ["deploy", *options], show=show)
        return describe_stack(target)


def remove(target: Target, *, show: bool = False) -> list[str]:
    """Remove everything that was deployed, the files in its bucket, too.

    Returns:
        What is left of it, which should be nothing. Without a stack, the function and its log
        are looked for all the same: their names are known.
    """
    known = {
        Resource("AWS::Lambda::Function", target.function_name),
        Resource("AWS::Logs::LogGroup", target.log_group),
    }
    try:
        known |= set(stack_resources(target))
    except NotDeployedError:
        return leftovers(target, known)
    with interruptible(f"remove the rest with: make remove TARGET={target.name}"):
        _empty_own_buckets(target)
        osls(target, ["remove"], show=show)
    clean_up()
    return leftovers(target, known)


def _empty_own_buckets(target: Target) -> None:
    """Empty the buckets that the stack has, but for osls's own, which osls empties."""
    stack = describe_stack(target)
    deployments = stack.outputs.get("ServerlessDeploymentBucketName")
    for name, kind in stack.resources.items():
        if kind == "AWS::S3::Bucket" and name != deployments:
            try:
                print(f"{name}: {empty_bucket(client(target, 's3'), name)} objects are deleted")
            except (ClientError, BotoCoreError) as error:
                raise DeployError(f"{name} cannot be emptied: {error}") from error


def running_target(name: str) -> Target:
    """The target of a name, with the local cloud started when it is needed."""
    environment = dict(os.environ) | {"TARGET": name}
    if name == "local" and "AWS_ENDPOINT_URL" not in environment:
        return local_target(start_local_cloud(), announced_stage(environment))
    return target_from_environment(environment)


def _package(args: argparse.Namespace) -> None:
    package(settings_from_options(args), force=args.force)


def _deploy(args: argparse.Namespace) -> None:
    target = require_account(running_target(args.target))
    if target.name == "local":
        print("osls will name AWS addresses; all of it stays in the local cloud of this machine")
    started = time.monotonic()
    parameters = dict(pair.split("=", 1) for pair in args.param)
    stack = deploy(target, parameters, show=True)
    print(f"deployed {target.stack_name} to {target.name} in {time.monotonic() - started:.0f} s")
    _show(stack)


def _info(args: argparse.Namespace) -> None:
    stack = describe_stack(_existing_target(args.target))
    for kind, count in sorted(Counter(stack.resources.values()).items()):
        print(f"  {count:3} {kind}")
    _show(stack, with_key=args.show_key)


def _show(stack: Stack, *, with_key: bool = False) -> None:
    """Print what a client needs; the key only when it is asked for, so that no log holds it."""
    key = stack.api_key if with_key else "not shown; make info ARGS=--show-key shows it"
    print(f"  endpoint       {stack.url('/api/models')}")
    print(f"  documentation  {stack.url('/api/docs')}")
    print(f"  API key        {'none: the API is open' if stack.api_key is None else key}")
    for name, kind in sorted(stack.resources.items()):
        if kind in _SOURCES and name != stack.outputs.get("ServerlessDeploymentBucketName"):
            print(f"  {_SOURCES[kind]:<15}{name}")


def _invoke(args: argparse.Namespace) -> None:
    target = _existing_target(args.target)
    if args.event is None:
        returned, value = invoke_with(target, _first_event(target))
    else:
        returned, value = invoke(target, args.event)
    print(json.dumps(value, indent=2))
    if not returned:
        raise DeployError(f"{target.function_name} raised; the line above is what it reported")


def _first_event(target: Target) -> bytes:
    """The event of a prediction that the function can answer; it is asked for its models."""

    def ask(method: str, path: str) -> tuple[int, str]:
        event = rest_api_event(HttpRequest(method, path))
        returned, value = invoke_with(target, json.dumps(event).encode())
        if not returned:
            raise DeployError(f"{target.function_name} raised: {value}")
        return value["statusCode"], value["body"]

    return json.dumps(rest_api_event(first_request(ask))).encode()


def prediction(stack: Stack, model: str | None = None) -> HttpRequest:
    """A prediction that a deployed model answers.

    Args:
        stack: the deployed stack.
        model: its name; the first that is listed, if it is None.

    Raises:
        DeployError: there is no such model.
    """

    def ask(method: str, path: str) -> tuple[int, str]:
        answer = call(stack, method, path)
        return answer.status, answer.body

    return first_request(ask, model)


def _call(args: argparse.Namespace) -> None:
    path, body = args.path, args.body
    is_name = path is None or NAME_PATTERN.fullmatch(path) is not None
    if not is_name and not path.startswith("/"):
        raise DeployError(
            f"{path} is no path of a request, such as /api/models; for an event: make invoke"
        )
    stack = describe_stack(_existing_target(args.target))
    if is_name:
        request = prediction(stack, path)
        path, body = request.path, body or str(request.body)
    method = args.method or ("GET" if body is None else "POST")
    answer = call(stack, method, path, body)
    print(f"{method} {path} -> {answer.status}", file=sys.stderr)
    print(answer.body)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise DeployError(f"the request was answered {answer.status}")


def _logs(args: argparse.Namespace) -> None:
    for line in log_lines(_existing_target(args.target)):
        print(line)


def _remove(args: argparse.Namespace) -> None:
    if args.target == "local" and not _local_cloud_is_there():
        clean_up()
        print("nothing is deployed: no local cloud is running")
        return
    if args.target == "local":
        _remove_local(running_target("local"))
        return
    target = require_account(running_target(args.target))
    if left := remove(target, show=True):
        raise DeployError(f"still there: {', '.join(left)}")
    print(f"removed: nothing of {target.stack_name} is left")


def _remove_local(target: Target) -> None:
    """Remove the stack, then the local cloud, unless another stage lives in it.

    Whatever state an interruption left the last stack in, it goes with its cloud.
    """
    problem = ""
    try:
        if left := remove(target, show=True):
            problem = f"still there: {', '.join(left)}"
    except DeployError as error:
        problem = f"{target.stack_name} could not be removed: {error}"
    clean_up()
    others = _other_stacks(target)
    if not others and _stop_its_cloud(target):
        if problem:
            print(problem, file=sys.stderr)
        print("removed, and the local cloud is stopped and deleted")
    elif problem:
        raise DeployError(problem)
    else:
        print(f"removed; the local cloud runs on, with {', '.join(others) or 'no stack'}")


def _other_stacks(target: Target) -> list[str]:
    """Names of what else is deployed to the local cloud; none when it cannot even say that."""
    try:
        stacks = client(target, "cloudformation").describe_stacks()["Stacks"]
    except (ClientError, BotoCoreError):
        return []
    there = [one["StackName"] for one in stacks if one["StackStatus"] != "DELETE_COMPLETE"]
    return sorted(set(there) - {target.stack_name})


def _stop_its_cloud(target: Target) -> bool:
    """Stop the cloud that stays; False when the target is another one."""
    cloud = running_local_cloud()
    if cloud is None or cloud.endpoint != target.environment["AWS_ENDPOINT_URL"]:
        return False
    return stop_local_cloud()


def _local_cloud_is_there() -> bool:
    return running_local_cloud() is not None or "AWS_ENDPOINT_URL" in os.environ


def _existing_target(name: str) -> Target:
    """The target for a command that needs something deployed."""
    return target_from_environment(dict(os.environ) | {"TARGET": name})


COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], None], str]] = {
    "package": (_package, "build the function package and check it"),
    "deploy": (_deploy, "package and deploy; again to update"),
    "info": (_info, "show the stack's resources and addresses"),
    "invoke": (_invoke, "invoke the function with an event file"),
    "call": (_call, "send an HTTP request to the endpoint"),
    "logs": (_logs, "print the function's log"),
    "remove": (_remove, "remove everything, and stop the local cloud with its last stage"),
}


def _package_options(command: argparse.ArgumentParser) -> None:
    add_options(command)
    command.add_argument("--force", action="store_true", help="build and check again")


def _deploy_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    command.add_argument(
        "--without-bytecode",
        dest="param",
        action="append_const",
        const="bytecode=off",
        help=WITHOUT,
    )


def _info_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--show-key", action="store_true", help="print the API key")


def _invoke_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("event", type=Path, nargs="?", help="absent: a prediction")


def _call_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "path",
        nargs="?",
        help="such as /api/models, or a model's name; absent: a prediction of the first model",
    )
    command.add_argument("--method", help="GET unless there is a body, else POST")
    command.add_argument("--body", help="JSON text")


_OPTIONS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "package": _package_options,
    "deploy": _deploy_options,
    "info": _info_options,
    "invoke": _invoke_options,
    "call": _call_options,
}


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.service", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name != "package":  # its target is one of its own options
            default = os.environ.get("TARGET", "local")
            command.add_argument("--target", choices=TARGETS, default=default)
        if name in _OPTIONS:
            _OPTIONS[name](command)
    return parser


def main() -> None:
    """Run one command."""
    args = _arguments().parse_args()
    try:
        COMMANDS[args.command][0](args)
    except DeployError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(f"interrupted: run it again, or: make remove TARGET={args.target}")


if __name__ == "__main__":
    main()
