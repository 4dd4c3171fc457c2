"""Locks the client generators, with hashes: `python -m tests.openapi_clients.lock`."""

import shutil
import sys
import tempfile
from pathlib import Path

from deploy.commands import run
from deploy.lock import lock_list
from tests.openapi_clients.generators import (
    NODE_LOCK,
    NODE_PACKAGES,
    NPM_SETTINGS,
    PYTHON_LOCK,
    node_environment,
)


def lock_node_packages() -> Path:
    """Bring package-lock.json up to date with package.json, without addresses of a registry."""
    with tempfile.TemporaryDirectory() as folder:
        for source in (NODE_PACKAGES, NODE_LOCK, NPM_SETTINGS):
            if source.exists():
                shutil.copy(source, folder)
        npm = Path(sys.executable).with_name("npm")
        run(
            [npm, "install", "--package-lock-only", "--loglevel=error"],
            f"lock {NODE_PACKAGES}",
            env=node_environment(),
            cwd=Path(folder),
        )
        shutil.copy(Path(folder, NODE_LOCK.name), NODE_LOCK)
    return NODE_LOCK


if __name__ == "__main__":
    print(lock_list(PYTHON_LOCK.with_suffix(".in"), "tests.openapi_clients.lock").name)
    print(lock_node_packages().name)
