"""Build the function package and check it, unless both are done: `python -m deploy.package`."""

import hashlib
import json
import sys
from pathlib import Path

from deploy.build import OUTPUT, arguments, build, describe
from deploy.commands import PROJECT, DeployError
from deploy.package_check import check
from deploy.package_settings import PackageSettings, settings_for, this_python

# What a package is made from and checked with.
_INPUTS = (
    "model_lambda/**/*",
    "events/*.json",
    "deploy/requirements*.txt",
    "deploy/*build.py",
    "deploy/p*.py",
    "deploy/isolated_probe.py",
)


def package(settings: PackageSettings, output: Path = OUTPUT, *, force: bool = False) -> Path:
    """Make sure that a checked package for these settings is in place.

    Raises:
        DeployError: It could not be built, or did not pass the check.
    """
    if not force and is_checked(settings, output):
        print(f"{output.name} is up to date and checked: {describe(output)}")
        return output
    print(f"building {output.name} for {settings}", flush=True)
    _receipt(output).unlink(missing_ok=True)
    build(settings, output)
    print(f"built: {describe(output)}", flush=True)
    before = _state(settings, output)
    if not check(output):
        raise DeployError(f"{output.name} did not pass its check and must not be deployed")
    _receipt(output).write_text(json.dumps({"checked": before}), encoding="utf-8")
    return output


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
    """One hash of the zip, its settings, and everything it is made from."""
    digest = hashlib.sha256(f"{settings} {this_python()} {sys.prefix}".encode())
    paths = {path for pattern in _INPUTS for path in PROJECT.glob(pattern)}
    for path in [output, *sorted(path for path in paths if path.is_file())]:
        if "__pycache__" not in path.parts:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def main() -> None:
    """Build and check with the options of `deploy.build`."""
    parser = arguments()
    parser.add_argument("--force", action="store_true", help="build and check again")
    args = parser.parse_args()
    try:
        settings = settings_for(args.target, args.python_version, args.architecture, args.runtime)
        package(settings, args.output.resolve(), force=args.force)
    except DeployError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
