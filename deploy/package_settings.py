"""For which machine, Python and engine a package is built."""

import argparse
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from deploy.commands import DeployError
from model_lambda.config import Settings
from model_lambda.engines import ENGINES

TARGETS = ("local", "aws")
PYTHON_VERSIONS = ("3.11", "3.12", "3.13", "3.14")
ARCHITECTURES = ("x86_64", "arm64")
SWITCH = ("on", "off")
WITHOUT = "build without the function's Python; each cold start takes longer"
SETTINGS_FILE = "package_settings.json"
# Not the newest: a "hello world" starts in 85 ms on python3.13 and in 102 ms on python3.14
# (maxday/lambda-perf, August 2026: 1 GB, x86_64).
DEFAULT_AWS_PYTHON = "3.13"
_AL2, _AL2023 = "Amazon Linux 2", "Amazon Linux 2023"
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_SYSTEMS = {"3.11": _AL2, "3.12": _AL2023, "3.13": _AL2023, "3.14": _AL2023}
# The newest symbol versions of each system's C and C++ libraries. AL2 has glibc 2.26 and GCC 7,
# AL2023 has 2.34 and GCC 11 (https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html); what
# comes with a GCC: https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html. AL2023's own image got
# GCC 14's libstdc++ in April 2025, which Lambda did not have then (amazonlinux/container-images,
# number 132), and AWS documents none for Lambda: so the documented compiler counts.
SYMBOL_VERSIONS: dict[str, dict[str, tuple[int, ...]]] = {
    _AL2: {"GLIBC": (2, 26), "GLIBCXX": (3, 4, 24), "CXXABI": (1, 3, 11), "GCC": (7, 0, 0)},
    _AL2023: {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (11, 0)},
}


def this_python() -> str:
    """Minor version of the running interpreter, for example "3.11"."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def this_architecture() -> str:
    """Architecture of this machine under AWS's name for it."""
    machine = platform.machine().lower()
    return {"amd64": "x86_64", "aarch64": "arm64"}.get(machine, machine)


@dataclass(frozen=True)
class PackageSettings:
    """What a package is built for; stored in it, so that a check knows what to expect.

    Attributes:
        target: `local` takes wheels for this machine, `aws` for the Lambda runtime.
        python_version: The minor version the function runs on.
        architecture: `x86_64` or `arm64`.
        engine: `onnx` or `sklearn`, the one whose libraries and model files are in it.
        bytecode: `on`: every module comes with its bytecode; `off`: each cold start compiles.
        models: Names of the models in it, as MODELS picks them; all, if it is empty.
    """

    target: str
    python_version: str
    architecture: str
    engine: str = "onnx"
    bytecode: str = "on"
    models: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require("target", self.target, TARGETS)
        _require("python version", self.python_version, PYTHON_VERSIONS)
        _require("architecture", self.architecture, ARCHITECTURES)
        _require("engine", self.engine, tuple(ENGINES))
        _require("bytecode", self.bytecode, SWITCH)
        if self.target == "local" and not self.fits_this_machine:
            here = f"python{this_python()} on {this_architecture()}"
            message = f"a local package is built for {here}, not for python{self.python_version}"
            raise DeployError(f"{message} on {self.architecture}")

    def __str__(self) -> str:
        wanted = f"{self.target}, python{self.python_version}, {self.architecture}, {self.engine}"
        picked = f", MODELS={','.join(self.models)}" if self.models else ""
        return f"{wanted}{picked}{'' if self.bytecode == 'on' else ', without bytecode'}"

    @property
    def fits_this_machine(self) -> bool:
        """Whether the running interpreter has this package's Python and architecture."""
        wanted = (self.python_version, self.architecture)
        return wanted == (this_python(), this_architecture())

    @property
    def glibc(self) -> tuple[int, int]:
        """The glibc of the Lambda runtime; wheels for a later one do not load there."""
        major, minor = self.symbol_versions["GLIBC"]
        return major, minor

    @property
    def symbol_versions(self) -> Mapping[str, tuple[int, ...]]:
        """The newest symbol versions of the Lambda runtime's C and C++ libraries."""
        return SYMBOL_VERSIONS[_SYSTEMS[self.python_version]]

    def to_json(self) -> dict[str, Any]:
        """The settings as stored in the package."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "PackageSettings":
        """The settings as they were stored.

        Raises:
            KeyError, TypeError: They are those of another kind of package.
        """
        return cls(**{**document, "models": tuple(document["models"])})


def settings_for(
    target: str,
    python_version: str | None = None,
    architecture: str | None = None,
    engine: str = "onnx",
    bytecode: str = "on",
    models: tuple[str, ...] = (),
) -> PackageSettings:
    """Settings with the defaults of a target: this machine, or python3.13 on x86_64."""
    local = target == "local"
    python_version = python_version or (this_python() if local else DEFAULT_AWS_PYTHON)
    architecture = architecture or (this_architecture() if local else "x86_64")
    return PackageSettings(target, python_version, architecture, engine, bytecode, models)


def settings_from_environment(
    target: str, environment: Mapping[str, str] = os.environ
) -> PackageSettings:
    """Settings with what the variables choose; serverless.yml reads the same ones.

    Args:
        target: `local` or `aws`. A local function runs on this machine's Python and
            architecture, whatever is chosen for AWS.
        environment: `ENGINE`, `FUNCTION_BYTECODE` and `MODELS`, and for AWS
            `FUNCTION_RUNTIME` and `FUNCTION_ARCHITECTURE`.

    Raises:
        DeployError: A value is none that can be built.
    """
    version = architecture = None
    if target == "aws":
        version = _python_version(environment.get("FUNCTION_RUNTIME"))
        architecture = environment.get("FUNCTION_ARCHITECTURE")
    engine = environment.get("ENGINE", "onnx")
    bytecode = environment.get("FUNCTION_BYTECODE", "on")
    models = Settings.from_environment({"MODELS": environment.get("MODELS", "")}).models
    return settings_for(target, version, architecture, engine, bytecode, models)


def _python_version(runtime: str | None) -> str | None:
    if runtime is None:
        return None
    _require("FUNCTION_RUNTIME", runtime, tuple(f"python{version}" for version in PYTHON_VERSIONS))
    return runtime.removeprefix("python")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that builds; each goes before its variable."""
    parser.add_argument("--target", choices=TARGETS, default=os.environ.get("TARGET", "local"))
    parser.add_argument("--python-version", choices=PYTHON_VERSIONS)
    parser.add_argument("--architecture", choices=ARCHITECTURES)
    parser.add_argument("--engine", choices=tuple(ENGINES))
    parser.add_argument("--bytecode", metavar="{on,off}")
    parser.add_argument(
        "--without-bytecode", dest="bytecode", action="store_const", const="off", help=WITHOUT
    )


def settings_from_options(args: argparse.Namespace) -> PackageSettings:
    """Settings of a command with `add_options`: its options, else the variables, else defaults.

    Raises:
        DeployError: A value is none that can be built.
    """
    chosen = settings_from_environment(args.target)
    return PackageSettings(
        args.target,
        args.python_version or chosen.python_version,
        args.architecture or chosen.architecture,
        args.engine or chosen.engine,
        args.bytecode or chosen.bytecode,
        chosen.models,
    )


def _require(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise DeployError(f"{what} {value!r} is none of {', '.join(allowed)}")
