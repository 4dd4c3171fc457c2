"""Builds what each contestant deploys, all by the same method, and keeps it for the next run."""

import pickle
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import skops.io
from uv import find_uv_bin

from benchmarks.contestants import COMPETITORS, OURS, Contestant
from deploy.build import assemble, compile_bytecode, write_zip
from deploy.commands import PROJECT, run
from deploy.lock import LOCKS
from deploy.package import digest_of
from deploy.package_settings import settings_for
from deploy.pruning import folder_size, prune
from model_lambda.manifest import read_manifest

LOCK = Path(__file__).with_name("requirements-competitors.txt")
FOLDER = PROJECT / "build" / "benchmarks"
MODEL_FILES = PROJECT / "model_lambda" / "models" / "iris" / "model_files"
# Chalice deploys these two files of itself (chalice/deploy/packager.py).
_DEPLOYED_OF_CHALICE = {"__init__.py", "app.py"}

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Package:
    """What a contestant deploys: the unzipped folder, and sizes in bytes."""

    folder: Path
    zip_bytes: int
    unzipped_bytes: int


def built_package(contestant: Contestant, progress: Progress, level: int = 6) -> Package:
    """Build a contestant's package, unless one of the same sources is there already.

    Args:
        contestant: Whose.
        progress: Says that it is built.
        level: How hard its zip is compressed; less than 6 where its size does not matter.
    """
    folder = FOLDER / f"packages-{level}" / contestant.key
    archive, stamp = folder.with_suffix(".zip"), folder.with_suffix(".stamp")
    fingerprint = _fingerprint(contestant)
    if not stamp.exists() or stamp.read_text() != fingerprint:
        progress(f"building {contestant.key}")
        stamp.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        build_one = _build_ours if contestant.package == OURS else _build_competitor
        build_one(contestant, folder)
        write_zip(folder, archive, level)
        stamp.write_text(fingerprint)
    return Package(folder, archive.stat().st_size, folder_size(folder))


def locked(wheels: Iterable[str], lock: Path = LOCK) -> str:
    """The entries of the lock, hashes and all, for some distributions.

    Raises:
        ValueError: one of them is not locked.
    """
    entries: dict[str, str] = {}
    for entry in re.findall(
        r"^[A-Za-z0-9][^\n]*(?:\n[ \t][^\n]*)*", lock.read_text(), re.MULTILINE
    ):
        name = entry.split("==")[0]
        entries[name] = entries.get(name, "") + entry + "\n"
    if missing := sorted(set(wheels) - entries.keys()):
        raise ValueError(f"{lock.name} lacks {', '.join(missing)}")
    return "".join(entries[name] for name in wheels)


def _build_ours(contestant: Contestant, folder: Path) -> None:
    assemble(settings_for("local", engine=contestant.environment["ENGINE"]), folder)


def _build_competitor(contestant: Contestant, folder: Path) -> None:
    _install(contestant, folder)
    _leave_out_chalice_tools(folder)
    prune(folder)
    code = folder / contestant.package
    ignore = shutil.ignore_patterns("__pycache__", ".#*")
    shutil.copytree(COMPETITORS / contestant.package, code, ignore=ignore)
    _add_model_file(contestant, code)
    compile_bytecode(settings_for("local"), folder)


def _install(contestant: Contestant, folder: Path) -> None:
    if not contestant.wheels:
        return
    chosen = folder.with_suffix(".txt")
    chosen.write_text(locked(contestant.wheels))
    run([find_uv_bin(), "pip", "install", "--quiet", "--target", folder, "--no-deps",
         "--only-binary", ":all:", "--no-compile-bytecode", "--link-mode", "copy",
         "--python", sys.executable, "--require-hashes", "--requirement", chosen],
        f"install the wheels of {contestant.key}")  # fmt: skip


def _leave_out_chalice_tools(folder: Path) -> None:
    for path in (folder / "chalice").glob("*"):
        if path.name not in _DEPLOYED_OF_CHALICE:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _add_model_file(contestant: Contestant, code: Path) -> None:
    if contestant.model == "onnx":
        shutil.copy(MODEL_FILES / "onnx" / "iris_model.onnx", code)
    if contestant.model == "pickle":
        file = read_manifest(MODEL_FILES / "sklearn").engine.file
        path = MODEL_FILES / "sklearn" / file.name
        estimator = skops.io.load(path, trusted=list(file.trusted_types))
        (code / "iris_model.pickle").write_bytes(pickle.dumps(estimator))


def _fingerprint(contestant: Contestant) -> str:
    own = (
        PROJECT / "model_lambda" if contestant.package == OURS else COMPETITORS / contestant.package
    )
    locks = [LOCK, *(LOCKS[name] for name in ("onnx", "sklearn"))]
    tools = [Path(__file__), *PROJECT.glob("deploy/*.py")]
    found = {*own.rglob("*"), *MODEL_FILES.rglob("*"), *locks, *tools}
    files = sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)
    named = {path.relative_to(PROJECT).as_posix(): path for path in files}
    return digest_of(named, f"{contestant} {sys.version}")
