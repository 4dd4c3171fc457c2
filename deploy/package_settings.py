"""For which machine, Python and model runtime a package is built."""

import platform
import sys
from dataclasses import asdict, dataclass

from deploy.commands import DeployError

TARGETS = ("local", "aws")
PYTHON_VERSIONS = ("3.11", "3.12", "3.13")
ARCHITECTURES = ("x86_64", "arm64")
RUNTIMES = ("onnx", "sklearn")
SETTINGS_FILE = "package_settings.json"
_GLIBC = {"3.11": (2, 26), "3.12": (2, 34), "3.13": (2, 34)}
DEFAULT_AWS_PYTHON = "3.13"


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
        runtime: `onnx` or `sklearn`, the MODEL_RUNTIME the package is for.
    """

    target: str
    python_version: str
    architecture: str
    runtime: str = "onnx"

    def __post_init__(self) -> None:
        _require("target", self.target, TARGETS)
        _require("python version", self.python_version, PYTHON_VERSIONS)
        _require("architecture", self.architecture, ARCHITECTURES)
        _require("runtime", self.runtime, RUNTIMES)
        if self.target == "local" and not self.fits_this_machine:
            here = f"python{this_python()} on {this_architecture()}"
            message = f"a local package is built for {here}, not for python{self.python_version}"
            raise DeployError(f"{message} on {self.architecture}")

    def __str__(self) -> str:
        return f"{self.target}, python{self.python_version}, {self.architecture}, {self.runtime}"

    @property
    def fits_this_machine(self) -> bool:
        """Whether the running interpreter has this package's Python and architecture."""
        wanted = (self.python_version, self.architecture)
        return wanted == (this_python(), this_architecture())

    @property
    def glibc(self) -> tuple[int, int]:
        """The glibc of the Lambda runtime; wheels for a later one do not load there."""
        return _GLIBC[self.python_version]

    def to_json(self) -> dict[str, str]:
        """The settings as stored in the package."""
        return asdict(self)


def settings_for(
    target: str,
    python_version: str | None = None,
    architecture: str | None = None,
    runtime: str = "onnx",
) -> PackageSettings:
    """Settings with the defaults of a target: this machine, or python3.13 on x86_64."""
    local = target == "local"
    python_version = python_version or (this_python() if local else DEFAULT_AWS_PYTHON)
    architecture = architecture or (this_architecture() if local else "x86_64")
    return PackageSettings(target, python_version, architecture, runtime)


def _require(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise DeployError(f"{what} {value!r} is none of {', '.join(allowed)}")
