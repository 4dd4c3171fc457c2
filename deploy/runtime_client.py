"""An interpreter that holds what AWS's Python runtimes provide: the runtime client and boto3."""

import hashlib
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from uv import find_uv_bin

from deploy.commands import PROJECT, run
from deploy.lock import LOCKS
from deploy.package_settings import this_python

CACHE = PROJECT / "build"
NOT_CHECKED = (
    "note: AWS's runtime client has no wheel for this system, so the emulator's own runner is "
    "used. Not checked here: that the package holds all it imports, AWS's encoding of replies and "
    "errors, the function's real environment, its memory and that its code is read-only. "
    "`python -m deploy.package_check` checks the first"
)


def runtime_client_available() -> bool:
    """Whether awslambdaric has wheels for this system."""
    return platform.system() == "Linux"


def runtime_python(cache: Path = CACHE) -> Path:
    """The interpreter, made on first use from the lock and kept in the cache.

    Raises:
        DeployError: uv could not install it.
    """
    lock = LOCKS["runtime-client"]
    seed = lock.read_bytes() + sys.base_prefix.encode()
    digest = hashlib.sha256(seed).hexdigest()[:12]
    environment = cache / f"lambda-runtime-{this_python()}-{digest}"
    if not (environment / "bin" / "python").exists():
        _make(environment, lock)
    return environment / "bin" / "python"


def _make(environment: Path, lock: Path) -> None:
    """Make it beside its place and move it there, so that it is complete or absent."""
    environment.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lambda-runtime-", dir=environment.parent) as scratch:
        fresh = Path(scratch) / "venv"
        uv = find_uv_bin()
        what = "make the interpreter for local functions"
        run([uv, "venv", "--quiet", "--python", sys.executable, fresh], what)
        command: list[str | Path] = [
            uv, "pip", "install", "--quiet", "--python", fresh / "bin" / "python",
            "--require-hashes", "--only-binary", ":all:", "--compile-bytecode",
            "--requirement", lock,
        ]  # fmt: skip
        run(command, what)
        shutil.rmtree(environment, ignore_errors=True)
        fresh.replace(environment)
