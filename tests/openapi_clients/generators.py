"""Installs what reads the OpenAPI document, each from its own lock, and runs it.

A learner's environment does not grow by them: they are kept in `build/`, by the hash of the lock.
"""

import hashlib
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from uv import find_uv_bin

from deploy.commands import PROJECT, DeployError, one_at_a_time, run
from deploy.documents.openapi import DOCUMENT
from workbook.environment import NO_NETWORK, step_environment

HERE = Path(__file__).resolve().parent
NODE_PACKAGES = HERE / "package.json"
NODE_LOCK = HERE / "package-lock.json"
NPM_SETTINGS = PROJECT / ".npmrc"
PYTHON_LOCK = HERE / "requirements-generator.txt"
CACHE = PROJECT / "build" / "openapi_clients"
_PROGRAMS = Path(sys.executable).parent


def generate_python_client(folder: Path) -> None:
    """Write a client package with openapi-python-client; a part that it leaves out is an error."""
    home = kept("python", PYTHON_LOCK, _install_python_packages)
    command: list[str | Path] = [
        home / "bin" / "python", "-m", "openapi_python_client", "generate", "--path", DOCUMENT,
        "--meta", "none", "--output-path", folder, "--config", HERE / "python_client.json",
        "--fail-on-warning",
    ]  # fmt: skip
    run(command, "generate a client with openapi-python-client")


def run_node_tool(name: str, *arguments: str | Path, cwd: Path = HERE) -> str:
    """Run a program of the Node packages; return what it printed.

    Raises:
        DeployError: it failed; the message is what it said.
    """
    home = kept("node", NODE_LOCK, _install_node_packages)
    program = home / "node_modules" / ".bin" / name
    return run([program, *arguments], f"run {name}", env=node_environment(), cwd=cwd)


def node_environment() -> dict[str, str]:
    """The environment's own Node.js; nothing reports its use or asks for news of itself."""
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
    return step_environment(_PROGRAMS) | quiet


def kept(name: str, lock: Path, install: Callable[[Path], None], cache: Path = CACHE) -> Path:
    """The folder of what a lock names, installed when it is first asked for.

    An installation that was interrupted, or is of another lock, is replaced.
    """
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache / f"{name}-{digest}"
    with one_at_a_time(cache / f"{name}.lock"):
        if not (folder / "complete").exists():
            for older in cache.glob(f"{name}-*"):
                shutil.rmtree(older)
            install(folder)
            (folder / "complete").touch()
    return folder


def _install_node_packages(folder: Path) -> None:
    folder.mkdir()
    for source in (NODE_PACKAGES, NODE_LOCK, NPM_SETTINGS):
        shutil.copy(source, folder)
    fetch([_PROGRAMS / "npm", "ci", "--prefer-offline", "--loglevel=error"], folder)


def _install_python_packages(folder: Path) -> None:
    uv = find_uv_bin()
    run([uv, "venv", "--quiet", "--python", sys.executable, folder], "make an environment")
    fetch(
        [uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python",
         "--require-hashes", "--only-binary", ":all:", "--requirement", PYTHON_LOCK],
        folder,
    )  # fmt: skip


def fetch(command: Sequence[str | Path], folder: Path, what: str = "the client generators") -> None:
    """Run a program that downloads what only tests need.

    Raises:
        DeployError: it failed; without a network, the message says what to do.
    """
    try:
        run(command, f"install {what}", env=node_environment(), cwd=folder)
    except DeployError as error:
        if NO_NETWORK.search(str(error)) is None:
            raise
        raise DeployError(
            f"No network: {what} could not be fetched. "
            "Connect and run the tests once; after that they are kept."
        ) from error
