"""Models that MLflow itself saved, by the version in requirements-mlflow.txt.

The environment of MLflow and the models are kept in `build/`, by the hash of the lock and of the
script that saves them.
"""

import shutil
import sys
from pathlib import Path

from uv import find_uv_bin

from deploy.commands import PROJECT, run
from deploy.lock import lock_list
from tests.openapi_clients.generators import fetch, kept, node_environment

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements-mlflow.txt"
SCRIPT = HERE / "save_with_mlflow.py"
CACHE = PROJECT / "build" / "mlflow"
_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


def saved_models() -> Path:
    """The folder with a folder a model, saved when it is first asked for."""
    home = kept("environment", LOCK, _install, CACHE)
    return kept("models", SCRIPT, lambda folder: _save(home, folder), home / "saved")


def copy(name: str, folder: Path) -> Path:
    """A copy of one of them, which a test may change."""
    return shutil.copytree(saved_models() / name, folder / name)


def _install(folder: Path) -> None:
    uv = find_uv_bin()
    run([uv, "venv", "--quiet", "--python", sys.executable, folder], "make an environment")
    fetch(
        [uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python",
         "--require-hashes", "--only-binary", ":all:", "--requirement", LOCK],
        folder,
        "MLflow",
    )  # fmt: skip


def _save(home: Path, folder: Path) -> None:
    command: list[str | Path] = [
        home / "bin" / "python", "-m", "tests.training.save_with_mlflow", folder,
    ]  # fmt: skip
    run(command, "save models with MLflow", env=node_environment() | _QUIET)


if __name__ == "__main__":
    print(lock_list(LOCK.with_suffix(".in"), "tests.training.mlflow_models").name)
