"""Build the function package: `python -m deploy.build`.

Wheels for the machine the function runs on, the project's own code, bytecode, and a zip with
sorted entries, fixed dates and permissions: the same input gives the same bytes.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from uv import find_uv_bin

from deploy.commands import PROJECT, DeployError, run
from deploy.function_files import SOURCE, function_files, left_out
from deploy.lock import LOCKS
from deploy.models import current_settings, folders_not_picked, known_models, picked_classes
from deploy.package_settings import (
    SETTINGS_FILE,
    PackageSettings,
    add_options,
    settings_from_options,
)
from deploy.pruning import prune
from deploy.python_interpreter import python_to_compile_with

OUTPUT = PROJECT / "build" / "model-lambda.zip"
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)


def build(settings: PackageSettings, output: Path = OUTPUT) -> Path:
    """Build the package and put it in place in one step.

    Args:
        settings: What it is built for.
        output: The zip to write; an earlier one stays as it is until the new one is complete.

    Returns:
        The zip's path.

    Raises:
        DeployError: A wheel or the function's Python is missing, or a tool failed.
    """
    if settings.bytecode == "on":
        python_to_compile_with(settings.python_version)  # before anything takes time
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="build-", dir=output.parent) as scratch:
        package = Path(scratch) / "package"
        assemble(settings, package)
        unfinished = Path(scratch) / output.name
        write_zip(package, unfinished)
        unfinished.replace(output)
    return output


def assemble(settings: PackageSettings, package: Path) -> None:
    """Put everything the package holds into a folder."""
    install_wheels(settings, package)
    prune(package)
    copy_function(settings, package)
    describe_classes(settings, package)
    compile_bytecode(settings, package)
    text = json.dumps(settings.to_json(), indent=2) + "\n"
    (package / SETTINGS_FILE).write_text(text, encoding="utf-8")


def install_wheels(settings: PackageSettings, package: Path) -> None:
    """Install the locked wheels, and nothing but wheels, checking every hash."""
    command: list[str | Path] = [
        find_uv_bin(), "pip", "install", "--quiet", "--target", package, "--no-deps",
        "--only-binary", ":all:", "--no-compile-bytecode", "--link-mode", "copy",
        "--require-hashes", "--requirement", LOCKS[settings.engine],
        *_platform_options(settings),
    ]  # fmt: skip
    machine = f"python{settings.python_version} on {settings.architecture}"
    if settings.target == "aws":
        machine += " with glibc {}.{}".format(*settings.glibc)
    run(command, f"find every wheel for {machine}")


def _platform_options(settings: PackageSettings) -> list[str]:
    if settings.target == "local":
        return ["--python", sys.executable]
    # uv knows no tag between 2_17 and 2_28.
    tag = "2_34" if settings.glibc >= (2, 34) else "2_17"
    machine = {"x86_64": "x86_64", "arm64": "aarch64"}[settings.architecture]
    platform = f"{machine}-manylinux_{tag}"
    return ["--python-version", settings.python_version, "--python-platform", platform]


def copy_function(settings: PackageSettings, package: Path, project: Path = PROJECT) -> None:
    """Copy what belongs in the package of `model_lambda`: see `function_files`."""
    without = folders_not_picked(settings.models, current_settings())
    for path in function_files(project / SOURCE, settings.engine, without):
        copy = package / SOURCE / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(project / SOURCE / path, copy)


def describe_classes(settings: PackageSettings, package: Path) -> None:
    """Let the OpenAPI document of the package describe the model classes in it, and no other.

    Exported models are added by the function itself.
    """
    # Only a build needs it, and not each of the commands that import this module.
    from deploy.documents.openapi import openapi_document, to_text

    document = package / SOURCE / "web_api" / "openapi.json"
    classes = picked_classes(settings.models, current_settings())
    served = [one(settings.engine) for one in classes]
    document.write_text(to_text(openapi_document(served)), encoding="ascii")


def say_what_is_left_out(settings: PackageSettings, project: Path = PROJECT) -> None:
    """Name the models, and what lies in `model_lambda` and is not packaged, training aside."""
    known = known_models(current_settings())
    picked = [model for model in known if not settings.models or model.name in settings.models]
    print(f"  models: {', '.join(map(str, picked))}", flush=True)
    for model in (one for one in known if one not in picked):
        print(f"  left out, for MODELS does not name it: {model}", flush=True)
    without = folders_not_picked(settings.models, current_settings())
    for path in left_out(project / SOURCE, settings.engine, without):
        print(f"  left out: {SOURCE}/{path.as_posix()}", flush=True)


def compile_bytecode(settings: PackageSettings, package: Path) -> None:
    """Compile every module, so that a cold start does not (270 ms of imports become 90 ms).

    Raises:
        DeployError: There is no interpreter of the function's Python version.
    """
    if settings.bytecode == "off":
        return
    python = python_to_compile_with(settings.python_version)
    command: list[str | Path] = [
        python, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
        "-s", package, "-p", "/var/task", package,
    ]  # fmt: skip
    run(command, "compile the package", env={"PYTHONHASHSEED": "0", "PATH": os.defpath})


def write_zip(folder: Path, output: Path, level: int = 6) -> None:
    """Write a folder as a zip whose bytes depend on names and contents alone.

    Args:
        folder: What it holds.
        output: The zip.
        level: How hard to compress, 0 to 9.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(output, "w") as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _FIXED_DATE)
            entry.create_system = 3  # Unix, so that the permissions count
            entry.external_attr = (0o100755 if ".so" in path.name else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes(), compresslevel=level)


def describe(path: Path) -> str:
    """One line with a zip's size, packed and unpacked."""
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    packed = path.stat().st_size
    return f"{packed / 1e6:.1f} MB, {unpacked / 1e6:.1f} MB unzipped"


def arguments() -> argparse.ArgumentParser:
    """The options of this command."""
    parser = argparse.ArgumentParser(description="Build the function package.")
    add_options(parser)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    return parser


def main() -> None:
    """Build one package."""
    args = arguments().parse_args()
    started = time.monotonic()
    try:
        settings = settings_from_options(args)
        print(f"building for {settings}", flush=True)
        say_what_is_left_out(settings)
        path = build(settings, args.output.resolve())
    except DeployError as error:
        sys.exit(f"error: {error}")
    print(f"{path}: {describe(path)}, in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()
