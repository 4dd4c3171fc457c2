"""The whole journey in about a minute: `python -m deploy.demo`.

Package, start a local cloud, deploy, list, metadata, predict over real HTTP, remove.
"""

import json
import os
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from deploy.commands import DeployError
from deploy.local_cloud import local_cloud
from deploy.osls import clean_up
from deploy.package import package
from deploy.package_settings import settings_from_environment
from deploy.service import deploy, prediction, remove
from deploy.stack import Stack, call
from deploy.target import announced_stage, local_target


def journey() -> None:
    """Go the whole way and say so; everything made here is gone at the end.

    Raises:
        DeployError: A step did not do what it should.
    """
    try:
        with step("Build the function package and check it"):
            package(settings_from_environment("local"))
        with step("Start a local cloud"), local_cloud() as cloud:
            target = local_target(cloud, announced_stage(os.environ))
            with step("Deploy with osls"):
                stack = deploy(target)
                print(f"  {len(stack.resources)} resources, {stack.url('/api/models')}")
            _requests(stack)
            with step("Remove everything"):
                if left := remove(target):
                    raise DeployError(f"still there: {', '.join(left)}")
    finally:
        clean_up()


def _requests(stack: Stack) -> None:
    with step("Which models are there?"):
        listed = _get(stack, "GET", "/api/models")
        name = json.loads(listed)["models"][0]["qualified_name"]
    with step(f"What does {name} take and give?"):
        _get(stack, "GET", f"/api/models/{name}/metadata")
    with step("What does it predict for this row?"):
        request = prediction(stack)
        print(f"  {request.body!s}")
        _get(stack, "POST", request.path, str(request.body))


def _get(stack: Stack, method: str, path: str, body: str | None = None) -> str:
    answer = call(stack, method, path, body)
    shown = textwrap.shorten(answer.body, 300, placeholder=" ...")
    print(f"  {method} {path} -> {answer.status}\n  {shown}")
    if answer.status != HTTPStatus.OK:
        raise DeployError(f"{method} {path} was answered {answer.status}")
    return answer.body


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step."""
    print(f"\n== {title}", flush=True)
    yield


def main() -> None:
    """Run the demo."""
    started = time.monotonic()
    try:
        journey()
    except DeployError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted: everything is stopped and deleted")
    print(f"\nDone in {time.monotonic() - started:.0f} s; no process and no file is left behind.")


if __name__ == "__main__":
    main()
