"""Whether what is compiled loads on the Lambda runtime: wheels' tags and libraries' needs.

A wheel may bring a C++ library along; else it takes the runtime's, as NumPy and ONNX Runtime do.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from deploy.package_settings import PackageSettings

_GLIBC_TAG = re.compile(r"manylinux_(\d+)_(\d+)_(\w+)")
_OLD_TAGS = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
# GLIBC_ABI_DT_RELR, the first version without a number, came with glibc 2.36 (its NEWS).
_FIRST_GLIBC_ABI = (2, 36)
_MACHINES = {"x86_64": "EM_X86_64", "arm64": "EM_AARCH64"}


def wheel_problems(folder: Path, settings: PackageSettings) -> Iterator[str]:
    """Name each wheel whose tags do not fit the runtime."""
    for wheel in sorted(folder.glob("*.dist-info/WHEEL")):
        lines = wheel.read_text(encoding="utf-8").splitlines()
        tags = [line.removeprefix("Tag: ") for line in lines if line.startswith("Tag: ")]
        if not any(_tag_loads(tag, settings) for tag in tags):
            name = wheel.parent.name.removesuffix(".dist-info")
            yield f"{name} does not load there: {', '.join(tags)}"


def _tag_loads(tag: str, settings: PackageSettings) -> bool:
    """Whether a wheel's tag such as `cp313-cp313-manylinux_2_28_x86_64` fits the runtime."""
    python, abi, machine = tag.split("-")
    if machine == "any":
        return True
    architecture = {"x86_64": "x86_64", "arm64": "aarch64"}[settings.architecture]
    if not machine.endswith(f"_{architecture}") or _tag_glibc(machine) > settings.glibc:
        return False
    minor = int(settings.python_version.split(".")[1])
    # The stable ABI of an older Python 3 is that of every later one (PEP 384).
    stable = abi == "abi3" and python in {f"cp3{older}" for older in range(2, minor + 1)}
    return stable or python in {f"cp3{minor}", "py3", "cp3"}


def _tag_glibc(machine: str) -> tuple[int, int]:
    if found := _GLIBC_TAG.match(machine):
        return int(found[1]), int(found[2])
    return _OLD_TAGS.get(machine.split("_", maxsplit=1)[0], (999, 0))


def library_problems(folder: Path, settings: PackageSettings) -> Iterator[str]:
    """Name each library for another machine or Python, or for newer C and C++ libraries."""
    libraries = sorted(path for path in folder.rglob("*.so*") if path.is_file())
    brought_along = {path.name for path in libraries}
    tag = "cpython-" + settings.python_version.replace(".", "")
    for path in libraries:
        name = path.relative_to(folder).as_posix()
        if ".cpython-" in path.name and f".{tag}-" not in path.name:
            yield f"{name} is for another Python"
        try:
            with path.open("rb") as file:
                problems = _elf_problems(ELFFile(file), brought_along, settings)
                yield from (f"{name} {problem}" for problem in problems)
        except ELFError:
            yield f"{name} is not a library"


def _elf_problems(
    library: ELFFile, brought_along: set[str], settings: PackageSettings
) -> Iterator[str]:
    if library["e_machine"] != _MACHINES[settings.architecture]:
        yield "is for another architecture"
        return
    # By kind, so that the newest alone is named.
    newest: dict[str, tuple[int, ...]] = {}
    for provider, symbol in _needed_symbol_versions(library):
        kind, _, version = symbol.partition("_")
        if provider in brought_along or kind not in settings.symbol_versions:
            continue
        newest[kind] = max(newest.get(kind, ()), _numbers(version))
    for kind, needed in newest.items():
        if needed > (has := settings.symbol_versions[kind]):
            yield f"needs {kind}_{_text(needed)}, the runtime has {kind}_{_text(has)}"


def _needed_symbol_versions(library: ELFFile) -> Iterator[tuple[str | None, str]]:
    """What it needs of each other library, for example `("libc.so.6", "GLIBC_2.34")`."""
    for section in library.iter_sections():
        if isinstance(section, GNUVerNeedSection):
            for needed, versions in section.iter_versions():
                yield from ((needed.name, version.name) for version in versions)


def _numbers(version: str) -> tuple[int, ...]:
    if version.startswith("ABI_"):
        return _FIRST_GLIBC_ABI
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
