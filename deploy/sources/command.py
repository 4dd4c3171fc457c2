"""What the commands for queues and files share: where they go, and how they end."""

import argparse
import os
import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from deploy.commands import DeployError, DeployInterrupt
from deploy.package_settings import TARGETS
from deploy.stack import Stack, describe_stack
from deploy.target import DEFAULT_STAGE, target_from_environment


def parser(module: str, description: str | None) -> argparse.ArgumentParser:
    """A parser with the option that every command for a deployed stack has."""
    made = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    default = os.environ.get("TARGET", "local")
    made.add_argument("--target", choices=TARGETS, default=default, help="where it is deployed")
    return made


def deployed_stack(args: argparse.Namespace) -> Stack:
    """The stack that the arguments and STAGE name; the errors are those of `describe_stack`."""
    return describe_stack(target_from_environment(dict(os.environ) | {"TARGET": args.target}))


def run(command: Callable[[], None]) -> None:
    """Run a command; what its user can act on becomes a line."""
    try:
        command()
    except DeployError as error:
        sys.exit(f"error: {error}")
    except (ClientError, BotoCoreError) as error:
        sys.exit(f"error: AWS refuses, or cannot be asked: {error}")
    except DeployInterrupt as interrupt:
        sys.exit(f"interrupted: {interrupt}")


def queue_url(stack: Stack, name: str, parameter: str = "queue") -> str:
    """The URL of a queue of the stack, standard or FIFO, by the end of its name.

    Raises:
        DeployError: the stack was deployed without.
    """
    url = queue_url_or_none(stack, name)
    if url is None:
        raise without(stack, parameter)
    return url


def queue_url_or_none(stack: Stack, name: str) -> str | None:
    """The same; None if the stack has no such queue."""
    plain = f"{stack.target.stack_name}-{name}"
    queues = (url for url, kind in stack.resources.items() if kind == "AWS::SQS::Queue")
    named = (url for url in queues if url.rpartition("/")[2] in (plain, f"{plain}.fifo"))
    return next(named, None)


def without(stack: Stack, parameter: str) -> DeployError:
    """What is said where a source was not asked for."""
    target = stack.target
    where = "" if target.name == "local" else f" TARGET={target.name}"
    where += "" if target.stage == DEFAULT_STAGE else f" STAGE={target.stage}"
    return DeployError(
        f"{target.stack_name} is deployed without {parameter}=on; deploy it so: "
        f'make deploy{where} ARGS="--param {parameter}=on"'
    )
