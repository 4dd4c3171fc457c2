"""An interpreter of the function's Python version, which alone can make its bytecode."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from uv import find_uv_bin

from deploy.commands import PROJECT, DeployError, run
from deploy.package_settings import this_python

MANAGED = PROJECT / "build" / "python"
# One answer within 10 s, the download of 30 MB within 5 minutes, no second try.
_BOUNDS = {"UV_HTTP_CONNECT_TIMEOUT": "10", "UV_HTTP_TIMEOUT": "10", "UV_HTTP_RETRIES": "0"}
_DOWNLOAD_SECONDS = 300


def find_python(version: str, managed: Path = MANAGED) -> Path | None:
    """The first interpreter of a minor version that runs: this one, one on PATH, a fetched one.

    Args:
        version: For example "3.13".
        managed: Where `fetch_python` puts them.
    """
    candidates = _candidates(version, managed)
    return next((python for python in candidates if _is_python(python, version)), None)


def _candidates(version: str, managed: Path) -> Iterator[Path]:
    if version == this_python():
        yield Path(sys.executable)
    # All of PATH: a version manager's shim may come first, and run nothing.
    for folder in os.get_exec_path():
        if found := shutil.which(f"python{version}", path=folder):
            yield Path(found)
    yield from sorted(managed.glob(f"cpython-{version}.*/bin/python{version}"))


def _is_python(python: Path, version: str) -> bool:
    code = "import sys; print('{}.{}'.format(*sys.version_info), sys.implementation.name)"
    try:
        command = [str(python), "-I", "-S", "-c", code]
        answer = subprocess.run(command, capture_output=True, check=False, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.stdout.split() == [version, "cpython"]


def python_to_compile_with(
    version: str, managed: Path = MANAGED, fetch: Callable[[str, Path], None] | None = None
) -> Path:
    """An interpreter of a minor version; fetched when there is none here.

    Args:
        version: For example "3.13".
        managed: Where a fetched one is kept.
        fetch: Puts one there; uv does by default.

    Raises:
        DeployError: There is none, and none could be fetched.
    """
    if (python := find_python(version, managed)) is not None:
        return python
    print(f"no python{version} here to make bytecode with: fetching one", flush=True)
    try:
        (fetch or fetch_python)(version, managed)
        why = "what it fetched does not run"
    except DeployError as error:
        why = str(error).splitlines()[-1].strip()
    if (python := find_python(version, managed)) is not None:
        return python
    raise DeployError(
        f"no python{version} is on PATH and uv could not fetch one ({why}): install it, or set "
        "FUNCTION_BYTECODE=off to build without bytecode: each cold start takes 0.2 s of CPU more"
    )


def fetch_python(
    version: str, managed: Path = MANAGED, environment: Mapping[str, str] = os.environ
) -> None:
    """Let uv put an interpreter into a folder, and nowhere else.

    Raises:
        DeployError: There is no network, or it took longer than 5 minutes.
    """
    command: list[str | Path] = [
        find_uv_bin(), "python", "install", "--no-bin", "--install-dir", managed, version,
    ]  # fmt: skip
    environment = dict(environment) | _BOUNDS
    run(command, f"fetch python{version}", env=environment, timeout=_DOWNLOAD_SECONDS)
