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

from deploy.commands import PROJECT, DeployError, interruptible
from deploy.local_cloud import running_local_cloud, start_local_cloud, stop_local_cloud
from deploy.osls import clean_up, osls
from deploy.package import package
from deploy.package_settings import TARGETS, settings_for
from deploy.stack import (
    FUNCTION,
    STACK,
    Stack,
    call,
    describe_stack,
    invoke,
    leftovers,
    log_lines,
    require_credentials,
)
from deploy.target import Target, local_target, target_from_environment

EVENT = PROJECT / "events" / "predict_setosa.json"
PREDICT = "/api/models/iris_model/predict"
FLOWER = '{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}'


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
    """Remove everything that was deployed.

    Returns:
        Names of what is left, which should be nothing.
    """
    try:
        describe_stack(target)
    except DeployError:
        return leftovers(target)
    with interruptible(f"remove the rest with: make remove TARGET={target.name}"):
        osls(target, ["remove"], show=show)
    clean_up()
    return leftovers(target)


def running_target(name: str) -> Target:
    """The target of a name, with the local cloud started when it is needed."""
    environment = dict(os.environ) | {"TARGET": name}
    if name == "local" and "AWS_ENDPOINT_URL" not in environment:
        return local_target(start_local_cloud())
    return target_from_environment(environment)


def _package(args: argparse.Namespace) -> None:
    package(settings_for(args.target))


def _deploy(args: argparse.Namespace) -> None:
    target = running_target(args.target)
    require_credentials(target)
    if target.name == "local":
        print("osls will name AWS addresses; all of it stays in the local cloud of this machine")
    started = time.monotonic()
    parameters = dict(pair.split("=", 1) for pair in args.param)
    stack = deploy(target, parameters, show=True)
    print(f"deployed {STACK} to {target.name} in {time.monotonic() - started:.0f} s")
    _show(stack)


def _info(args: argparse.Namespace) -> None:
    stack = describe_stack(_existing_target(args.target))
    for kind, count in sorted(Counter(stack.resources.values()).items()):
        print(f"  {count:3} {kind}")
    _show(stack)


def _show(stack: Stack) -> None:
    print(f"  endpoint  {stack.url('/api/models')}")
    print(f"  API key   {stack.api_key or 'none: the API is open'}")


def _invoke(args: argparse.Namespace) -> None:
    returned, value = invoke(_existing_target(args.target), args.event)
    print(json.dumps(value, indent=2))
    if not returned:
        raise DeployError(f"{FUNCTION} raised; the line above is what it reported")


def _call(args: argparse.Namespace) -> None:
    path, body = args.path, args.body
    if path is not None and not path.startswith("/"):
        raise DeployError(
            f"{path} is no path of a request, such as /api/models; for an event: make invoke"
        )
    stack = describe_stack(_existing_target(args.target))
    if path is None:
        path, body = PREDICT, body or FLOWER
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
        _remove_local()
        return
    left = remove(running_target(args.target), show=True)
    if left:
        raise DeployError(f"still there: {', '.join(left)}")
    print(f"removed: nothing of {STACK} is left")


def _remove_local() -> None:
    """Remove the stack, then the whole local cloud, whatever state an interruption left it in."""
    left = []
    try:
        left = remove(running_target("local"), show=True)
    except DeployError as error:
        print(f"the stack could not be removed by itself: {error}", file=sys.stderr)
    clean_up()
    if not stop_local_cloud() and left:
        raise DeployError(f"still there: {', '.join(left)}")
    print("removed, and the local cloud is stopped and deleted")


def _local_cloud_is_there() -> bool:
    return running_local_cloud() is not None or "AWS_ENDPOINT_URL" in os.environ


def _existing_target(name: str) -> Target:
    """The target for a command that needs something deployed."""
    return target_from_environment(dict(os.environ) | {"TARGET": name})


COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], None], str]] = {
    "package": (_package, "build the function package and check it"),
    "deploy": (_deploy, "package and deploy; again to update"),
    "info": (_info, "show the stack's resources, endpoint and key"),
    "invoke": (_invoke, "invoke the function with an event file"),
    "call": (_call, "send an HTTP request to the endpoint"),
    "logs": (_logs, "print the function's log"),
    "remove": (_remove, "remove everything, and stop the local cloud"),
}


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.service", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        default = os.environ.get("TARGET", "local")
        command.add_argument("--target", choices=TARGETS, default=default)
        if name == "deploy":
            command.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
        if name == "invoke":
            command.add_argument("event", type=Path, nargs="?", default=EVENT)
        if name == "call":
            command.add_argument(
                "path", nargs="?", help="such as /api/models; absent: a prediction"
            )
            command.add_argument("--method", help="GET unless there is a body, else POST")
            command.add_argument("--body", help="JSON text")
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
