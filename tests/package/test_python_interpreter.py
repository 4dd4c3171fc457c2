"""Bytecode is made by the function's own Python: found where it runs, fetched, or asked for."""

import sys
from pathlib import Path

import pytest

from deploy.commands import DeployError
from deploy.package_settings import this_python
from deploy.python_interpreter import fetch_python, find_python, python_to_compile_with

SHIM = "echo 'version not installed' >&2; exit 127"
GOOD = "echo 3.99 cpython"
OTHER = "echo 3.98 cpython"


def program(path: Path, body: str) -> Path:
    """Write a shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def managed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where fetched interpreters are kept; PATH has nothing but a shim that runs nothing."""
    program(tmp_path / "shims" / "python3.99", SHIM)
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    return tmp_path / "managed"


def test_this_interpreter_compiles_its_own_version() -> None:
    assert find_python(this_python()) == Path(sys.executable)


def test_a_shim_and_another_version_are_passed_over_for_one_that_runs(
    managed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_python("3.99", managed) is None
    program(managed.parent / "other" / "python3.99", OTHER)
    good = program(managed.parent / "good" / "python3.99", GOOD)
    path = ":".join(str(managed.parent / name) for name in ("shims", "other", "good"))
    monkeypatch.setenv("PATH", path)
    assert find_python("3.99", managed) == good


def test_a_missing_interpreter_is_fetched_once_and_then_found(managed: Path) -> None:
    place = managed / "cpython-3.99.1-linux-x86_64-gnu" / "bin" / "python3.99"
    fetched = []

    def fetch(version: str, folder: Path) -> None:
        fetched.append((version, folder))
        program(place, GOOD)

    assert [python_to_compile_with("3.99", managed, fetch) for _ in range(2)] == [place, place]
    assert fetched == [("3.99", managed)]


def test_without_a_network_one_line_says_what_to_do(managed: Path) -> None:
    def fetch(version: str, folder: Path) -> None:
        # The address of nothing: refused at once, on any machine.
        fetch_python(version, folder, {"UV_PYTHON_INSTALL_MIRROR": "http://127.0.0.1:9"})

    with pytest.raises(DeployError) as refused:
        python_to_compile_with("3.10", managed, fetch)
    message = str(refused.value)
    assert message.count("\n") == 0
    assert "python3.10 is on PATH" in message
    assert "FUNCTION_BYTECODE=off" in message
