"""Build the function package and check it, unless both are done: `python -m deploy.package`."""

import hashlib
import json
import sys
from collections.abc import Mapping, Set
from pathlib import Path

from deploy.build import OUTPUT, arguments, build, describe, say_what_is_left_out
from deploy.commands import PROJECT, DeployError, one_at_a_time
from deploy.function_files import SOURCE, function_files
from deploy.golden_rows import (
    require_current_fields,
    require_engine,
    require_no_external_data,
)
from deploy.model_classes import require_agreement
from deploy.models import current_settings, folders_not_picked, require_known
from deploy.package_check import check
from deploy.package_settings import PackageSettings, settings_from_options
from deploy.python_interpreter import find_python

# What a package is made and checked with, besides the files of `model_lambda` that it holds.
INPUTS = (
    "events/**/*.json",
    "events/**/*.py",
    "deploy/*.py",
    "deploy/requirements*.txt",
    "deploy/documents/*.py",
)


def package(settings: PackageSettings, output: Path = OUTPUT, *, force: bool = False) -> Path:
    """Make sure that a checked package for these settings is in place.

    Raises:
        DeployError: It could not be built, or did not pass the check.
    """
    picked = settings.models
    require_known(picked, current_settings())
    require_engine(settings.engine, picked=picked)
    require_current_fields(picked=picked)
    require_no_external_data(picked=picked)
    require_agreement(picked, current_settings(), settings.engine)
    with one_at_a_time(output.with_suffix(".lock")):
        if not force and is_checked(settings, output):
            print(f"{output.name} is up to date and checked: {describe(output)}")
        else:
            _build_and_check(settings, output)
    return output


def _build_and_check(settings: PackageSettings, output: Path) -> None:
    print(f"building {output.name} for {settings}", flush=True)
    say_what_is_left_out(settings)
    _receipt(output).unlink(missing_ok=True)
    build(settings, output)
    print(f"built: {describe(output)}", flush=True)
    before = _state(settings, output)
    if not check(output):
        raise DeployError(f"{output.name} did not pass its check and must not be deployed")
    _receipt(output).write_text(json.dumps({"checked": before}), encoding="utf-8")


def is_checked(settings: PackageSettings, output: Path = OUTPUT) -> bool:
    """Whether this very zip, from these very sources, has passed its check."""
    try:
        receipt = json.loads(_receipt(output).read_text(encoding="utf-8"))
        return bool(receipt == {"checked": _state(settings, output)})
    except (OSError, ValueError):
        return False


def _receipt(output: Path) -> Path:
    return output.with_suffix(".checked.json")


def _state(settings: PackageSettings, output: Path) -> str:
    """One hash of the zip, its settings, what made and checked it, and all it is made from."""
    checked_by = sys.executable, sys.version, find_python(settings.python_version)
    parts = f"{settings}", f"{checked_by}", _sha256(output)
    without = folders_not_picked(settings.models, current_settings())
    return digest_of(inputs(settings.engine, without=without), *parts)


def inputs(
    engine: str, project: Path = PROJECT, without: Set[str] = frozenset()
) -> dict[str, Path]:
    """The files a package is made from and checked with, by their path in the project.

    Args:
        engine: `onnx` or `sklearn`.
        project: Where they lie.
        without: Folders of models that are not in it.
    """
    source = project / SOURCE
    packaged = [source / path for path in function_files(source, engine, without)]
    found = {path for pattern in INPUTS for path in project.glob(pattern) if path.is_file()}
    return {path.relative_to(project).as_posix(): path for path in sorted({*packaged, *found})}


def digest_of(files: Mapping[str, Path], *parts: str) -> str:
    """One hash of names, contents and anything else; moving a file changes it, too."""
    lines = [f"{name} {_sha256(path)}" for name, path in files.items()]
    return hashlib.sha256("\0".join([*parts, *lines]).encode()).hexdigest()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Build and check with the options of `deploy.build`."""
    parser = arguments()
    parser.add_argument("--force", action="store_true", help="build and check again")
    args = parser.parse_args()
    try:
        package(settings_from_options(args), args.output.resolve(), force=args.force)
    except DeployError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
