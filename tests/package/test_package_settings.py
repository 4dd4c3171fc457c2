"""For which machines a package can be built."""

import re

import pytest

from deploy.commands import DeployError
from deploy.package_settings import (
    PackageSettings,
    settings_for,
    this_architecture,
    this_python,
)


def test_a_local_package_is_for_this_machine() -> None:
    expected = PackageSettings("local", this_python(), this_architecture(), "onnx")
    assert settings_for("local") == expected


def test_a_package_for_aws_is_for_its_default_runtime() -> None:
    assert settings_for("aws") == PackageSettings("aws", "3.13", "x86_64", "onnx")


@pytest.mark.parametrize(("python", "glibc"), [("3.11", (2, 26)), ("3.13", (2, 34))])
def test_the_glibc_is_that_of_the_runtime(python: str, glibc: tuple[int, int]) -> None:
    assert settings_for("aws", python).glibc == glibc


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"target": "azure"}, "target 'azure'"),
        ({"target": "aws", "python_version": "3.9"}, "python version '3.9'"),
        ({"target": "aws", "architecture": "riscv"}, "architecture 'riscv'"),
        ({"target": "aws", "runtime": "torch"}, "runtime 'torch'"),
    ],
)
def test_an_unknown_value_is_named(settings: dict[str, str], named: str) -> None:
    with pytest.raises(DeployError, match=re.escape(named)):
        settings_for(**settings)


def test_a_local_package_for_another_python_is_refused() -> None:
    other = "3.12" if this_python() != "3.12" else "3.13"
    with pytest.raises(DeployError, match=f"not for python{re.escape(other)}"):
        settings_for("local", other)
