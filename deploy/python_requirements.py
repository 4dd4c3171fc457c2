"""The usual way to package, with the plugin serverless-python-requirements.

`python -m deploy.python_requirements` builds in a folder of its own, from the same code and locks,
to be compared with `deploy.build`.
"""

import os
import shutil
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from deploy.build import copy_function, describe
from deploy.commands import PROJECT, DeployError, run
from deploy.lock import LOCKS
from deploy.osls import OSLS
from deploy.package_check import CheckFailedError, Package, isolated_probe
from deploy.package_settings import PackageSettings, settings_for
from deploy.pruning import folder_size

_SERVICE = PROJECT / "deploy" / "serverless" / "python_requirements.yml"


@dataclass(frozen=True)
class PluginBuild:
    """A package that the plugin has built.

    Attributes:
        seconds: From the start of osls to its end.
        zipped_size: Bytes of the zip.
        unzipped_size: Bytes of its contents.
        imports: Whether an interpreter that sees nothing else imports it.
    """

    seconds: float
    zipped_size: int
    unzipped_size: int
    imports: bool


def build_with_plugin(output: Path) -> PluginBuild:
    """Build for this machine with the plugin, and try to import the result.

    Args:
        output: The zip to write.

    Raises:
        DeployError: osls is not installed, or it failed.
    """
    if not OSLS.exists():
        raise DeployError("osls is not installed; install it: make setup")
    settings = settings_for("local")
    with tempfile.TemporaryDirectory(prefix="python-requirements-") as scratch:
        service = Path(scratch) / "service"
        _lay_out(settings, service)
        environment = _environment(settings, Path(scratch))
        started = time.monotonic()
        run([OSLS, "package"], "osls package", env=environment, cwd=service)
        seconds = time.monotonic() - started
        shutil.copyfile(service / ".serverless" / "model-service.zip", output)
        package = _unzip(settings, output, Path(scratch) / "package")
        size = folder_size(package.folder)
        return PluginBuild(seconds, output.stat().st_size, size, _imports(package))


def _lay_out(settings: PackageSettings, service: Path) -> None:
    service.mkdir()
    copy_function(settings, service)
    shutil.copyfile(_SERVICE, service / "serverless.yml")
    shutil.copyfile(LOCKS[settings.engine], service / "requirements.txt")
    (service / "node_modules").symlink_to(PROJECT / "node_modules")


def _environment(settings: PackageSettings, scratch: Path) -> dict[str, str]:
    """No target and no credentials: packaging needs neither."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return kept | {
        "PATH": path,
        "PYTHON": str(_python_with_pip(scratch)),
        "FUNCTION_RUNTIME": f"python{settings.python_version}",
        "FUNCTION_ARCHITECTURE": settings.architecture,
        # Where the plugin keeps what it has downloaded and built.
        "HOME": str(scratch),
        "XDG_CACHE_HOME": str(scratch / "cache"),
        "PIP_CACHE_DIR": str(PROJECT / "build" / "pip-cache"),
    }


def _python_with_pip(scratch: Path) -> Path:
    """An interpreter like the running one, whose own environment may be without pip."""
    venv = scratch / "venv"
    command: list[str | Path] = [
        find_uv_bin(),
        "venv",
        "--quiet",
        "--seed",
        "--python",
        sys.executable,
        venv,
    ]
    run(command, "get pip")
    return venv / "bin" / "python"


def _unzip(settings: PackageSettings, archive: Path, folder: Path) -> Package:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return Package(archive, folder, settings)


def _imports(package: Package) -> bool:
    try:
        isolated_probe(package, models=package.settings.models)
    except CheckFailedError:
        return False
    return True


def main() -> None:
    """Build with the plugin and say what came out."""
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "model-lambda.zip"
        try:
            built = build_with_plugin(archive)
        except DeployError as error:
            sys.exit(f"error: {error}")
        imports = "imports" if built.imports else "does not import"
        print(f"{describe(archive)}, in {built.seconds:.1f} s; it {imports} alone")


if __name__ == "__main__":
    main()
