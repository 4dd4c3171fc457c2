"""pyproject.toml, the locks and environment.yml name the same packages."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from deploy.package_settings import PYTHON_VERSIONS
from workbook.lock import PARQUET, PARQUET_REQUIREMENTS

PROJECT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
LOCKS = [PROJECT / "requirements.txt", *sorted((PROJECT / "deploy").glob("requirements*.txt"))]
OTHER_LOCKS = sorted(
    path
    for place in ("benchmarks", "training", "tests/*")
    for path in PROJECT.glob(f"{place}/require*.txt")
)
NODE_LOCKS = [PROJECT / "package-lock.json", *(PROJECT / "tests").glob("*/package-lock.json")]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def locked(lock: Path) -> list[Requirement]:
    """Return the pinned packages of a lock."""
    pins = re.findall(r"^([a-z0-9][^\s;\\]*(?: ;[^\\\n]*)?)", lock.read_text(), re.MULTILINE)
    return [Requirement(pin.strip()) for pin in pins]


def wanted() -> list[Requirement]:
    """Return every direct dependency of the workbook: of the package and of its extras."""
    extras = [
        packages for name, packages in PYPROJECT["optional-dependencies"].items() if name != PARQUET
    ]
    return [Requirement(text) for group in (PYPROJECT["dependencies"], *extras) for text in group]


def versions(name: str, python: str) -> list[str]:
    """Return the versions that requirements.txt installs on a version of Python."""
    return [
        next(iter(pin.specifier)).version
        for pin in locked(PROJECT / "requirements.txt")
        if pin.name == name
        and (pin.marker is None or pin.marker.evaluate({"python_full_version": f"{python}.9"}))
    ]


def conda() -> Any:
    """Return environment.yml."""
    return yaml.safe_load((PROJECT / "environment.yml").read_text())


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("dependency", wanted(), ids=str)
def test_a_dependency_is_locked_at_a_version_that_suits(
    dependency: Requirement, python: str
) -> None:
    found = versions(dependency.name, python)
    assert len(found) == 1
    assert dependency.specifier.contains(found[0])


@pytest.mark.parametrize(
    "lock", [*LOCKS, *OTHER_LOCKS], ids=lambda lock: f"{lock.parent.name}/{lock.name}"
)
def test_every_package_of_a_lock_is_pinned_and_hashed(lock: Path) -> None:
    text = re.sub(r"^#.*\n", "", lock.read_text(), flags=re.MULTILINE)
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) >= 3
    assert [block for block in blocks if "==" not in block or "--hash=sha256:" not in block] == []


@pytest.mark.parametrize(
    "lock", [*LOCKS, *OTHER_LOCKS, *NODE_LOCKS], ids=lambda lock: f"{lock.parent.name}/{lock.name}"
)
def test_no_lock_names_an_address(lock: Path) -> None:
    resolved = re.findall(r"--(?:extra-)?index-url|--find-links|\"resolved\"", lock.read_text())
    assert resolved == []
    assert re.findall(r"^[^#\n\"]*https?://.*$", lock.read_text(), re.MULTILINE) == []


def test_parquet_is_a_lock_beside_the_versions_of_the_workbook() -> None:
    beside = {(pin.name, str(pin.specifier)) for pin in locked(PROJECT / PARQUET_REQUIREMENTS)}
    names = {name for name, _ in beside - {(p.name, str(p.specifier)) for p in locked(LOCKS[0])}}
    assert names == {"pyarrow"}


@pytest.mark.parametrize("lock", LOCKS[1:], ids=lambda lock: lock.name)
def test_the_lambda_has_the_versions_of_the_workbook(lock: Path) -> None:
    workbook = {(pin.name, str(pin.specifier)) for pin in locked(LOCKS[0])}
    assert {(pin.name, str(pin.specifier)) for pin in locked(lock)} - workbook == set()


def test_conda_has_a_python_that_suits_and_the_same_lock() -> None:
    *packages, pip = conda()["dependencies"]
    [python] = [package for package in packages if package.startswith("python=")]
    assert python.removeprefix("python=") in PYTHONS
    assert pip == {"pip": ["--requirement requirements.txt"]}


def test_the_supported_versions_of_python_are_the_same_everywhere() -> None:
    supported = SpecifierSet(PYPROJECT["requires-python"])
    assert [p for p in ("3.10", *PYTHONS, "3.15") if supported.contains(p)] == list(PYTHONS)
    script = (PROJECT / "workbook" / "find_python.sh").read_text()
    assert "(3, 11) <= sys.version_info[:2] <= (3, 14)" in script
    assert PYTHONS == PYTHON_VERSIONS
    language = "Programming Language :: Python :: "
    named = (one.removeprefix(language) for one in PYPROJECT["classifiers"] if language in one)
    assert tuple(named) == PYTHONS
