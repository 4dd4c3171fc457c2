"""For which machines a package can be built."""

import re
import sys
from typing import Any

import pytest
import yaml

from deploy import service
from deploy.commands import PROJECT, DeployError
from deploy.package_settings import (
    PYTHON_VERSIONS,
    PackageSettings,
    settings_for,
    settings_from_environment,
    this_architecture,
    this_python,
)
from deploy.target import aws_target

CHOSEN = {
    "FUNCTION_RUNTIME": "python3.14",
    "FUNCTION_ARCHITECTURE": "arm64",
    "ENGINE": "sklearn",
    "FUNCTION_BYTECODE": "off",
    "MODELS": "churn, rent",
}
PICKED = ("churn", "rent")


def test_a_local_package_is_for_this_machine() -> None:
    expected = PackageSettings("local", this_python(), this_architecture(), "onnx")
    assert settings_for("local") == expected


def test_a_package_for_aws_is_for_its_default_runtime() -> None:
    assert settings_for("aws") == PackageSettings("aws", "3.13", "x86_64", "onnx", "on")


def test_variables_choose_what_is_built_for_aws() -> None:
    expected = PackageSettings("aws", "3.14", "arm64", "sklearn", "off", PICKED)
    assert settings_from_environment("aws", CHOSEN) == expected
    deployed = aws_target(CHOSEN).environment
    assert {name: CHOSEN[name] for name in deployed.keys() & CHOSEN.keys()} == {
        "FUNCTION_RUNTIME": "python3.14",
        "FUNCTION_ARCHITECTURE": "arm64",
    }


def test_a_local_function_runs_on_this_machine_whatever_is_chosen_for_aws() -> None:
    expected = PackageSettings(
        "local", this_python(), this_architecture(), "sklearn", "off", PICKED
    )
    assert settings_from_environment("local", CHOSEN) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], PackageSettings("aws", "3.14", "arm64", "sklearn", "off", PICKED)),
        (
            ["--architecture=x86_64"],
            PackageSettings("aws", "3.14", "x86_64", "sklearn", "off", PICKED),
        ),
        (["--bytecode=on"], PackageSettings("aws", "3.14", "arm64", "sklearn", "on", PICKED)),
    ],
)
def test_the_package_command_builds_what_is_chosen(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: PackageSettings
) -> None:
    built = []
    monkeypatch.setattr(service, "package", lambda settings, **_options: built.append(settings))
    for name, value in CHOSEN.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["deploy.service", "package", "--target=aws", *arguments])
    service.main()
    assert built == [expected]


def test_serverless_yml_has_the_same_variables_and_defaults() -> None:
    defaults = settings_for("aws")
    expected = {
        "runtime": f"${{env:FUNCTION_RUNTIME, 'python{defaults.python_version}'}}",
        "architecture": f"${{env:FUNCTION_ARCHITECTURE, '{defaults.architecture}'}}",
        "engine": f"${{env:ENGINE, '{defaults.engine}'}}",
        "bytecode": f"${{env:FUNCTION_BYTECODE, '{defaults.bytecode}'}}",
    }
    configured = yaml.safe_load((PROJECT / "serverless.yml").read_text())["params"]["default"]
    assert {name: configured[name] for name in expected} == expected


def test_every_python_version_has_the_glibc_of_its_runtime() -> None:
    found = {version: settings_for("aws", version).glibc for version in PYTHON_VERSIONS}
    assert found == {"3.11": (2, 26), "3.12": (2, 34), "3.13": (2, 34), "3.14": (2, 34)}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"target": "azure"}, "target 'azure'"),
        ({"target": "aws", "python_version": "3.9"}, "python version '3.9'"),
        ({"target": "aws", "architecture": "riscv"}, "architecture 'riscv'"),
        ({"target": "aws", "engine": "torch"}, "engine 'torch'"),
        ({"target": "aws", "bytecode": "maybe"}, "bytecode 'maybe'"),
    ],
)
def test_an_unknown_value_is_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(DeployError, match=re.escape(named)):
        settings_for(**settings)


def test_a_runtime_that_is_no_python_is_named_with_those_that_are() -> None:
    named = "FUNCTION_RUNTIME 'nodejs22.x' is none of python3.11, python3.12, python3.13"
    with pytest.raises(DeployError, match=re.escape(named)):
        settings_from_environment("aws", {"FUNCTION_RUNTIME": "nodejs22.x"})


def test_a_local_package_for_another_python_is_refused() -> None:
    other = "3.12" if this_python() != "3.12" else "3.13"
    with pytest.raises(DeployError, match=f"not for python{re.escape(other)}"):
        settings_for("local", other)
