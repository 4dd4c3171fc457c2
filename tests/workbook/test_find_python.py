"""The set-up finds a Python that really runs, or says in a line what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "workbook" / "find_python.sh"

FAILING_SHIM = "echo 'version not installed' >&2; exit 127"
TOO_OLD = 'case "$*" in *version_info*) exit 1;; *) exit 0;; esac'
WITHOUT_VENV = 'case "$*" in *ensurepip*) exit 1;; *) exit 0;; esac'
GOOD = f'exec "{sys.executable}" "$@"'
BASE = getattr(sys, "_base_executable", sys.executable)


def find(folder: Path, programs: dict[str, str], *arguments: str) -> tuple[str, str, int]:
    """Run the script with these programs on PATH; return what it says and its exit status."""
    for name, body in programs.items():
        program = folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    tools = f"{folder / 'bin'}{os.pathsep}{tools_without_python(folder)}"
    command = ["/bin/sh", str(SCRIPT), *arguments]
    done = subprocess.run(
        command, cwd=folder, env={"PATH": tools}, check=False, capture_output=True, text=True
    )
    return done.stdout.strip(), done.stderr.strip(), done.returncode


def tools_without_python(folder: Path) -> Path:
    """Make a folder that holds the few tools that the script uses."""
    tools = folder / "tools"
    tools.mkdir()
    for name in ("head", "basename"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    return tools


def test_a_shim_that_runs_nothing_is_passed_over(tmp_path: Path) -> None:
    programs = {"python3.13": FAILING_SHIM, "python3.12": TOO_OLD, "python3": GOOD}
    assert find(tmp_path, programs) == (BASE, "", 0)


def test_a_newer_python_is_taken_when_the_preferred_one_does_not_run(tmp_path: Path) -> None:
    programs = {"python3.13": FAILING_SHIM, "python3.14": GOOD, "python3.12": WITHOUT_VENV}
    assert find(tmp_path, programs) == (BASE, "", 0)


def test_a_python_without_venv_is_passed_over_for_one_with(tmp_path: Path) -> None:
    assert find(tmp_path, {"python3.13": WITHOUT_VENV, "python3.11": GOOD}) == (BASE, "", 0)


def test_the_python_that_made_the_environment_is_kept(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "made-with").write_text("mine\nfingerprint\n")
    assert find(tmp_path, {"python3.13": WITHOUT_VENV, "mine": GOOD}) == (BASE, "", 0)


@pytest.mark.parametrize(
    ("programs", "arguments", "advice"),
    [
        ({}, (), "Install one"),
        ({"python3": TOO_OLD}, (), "Install one"),
        ({"python3.12": WITHOUT_VENV}, (), "sudo apt install python3.12-venv"),
        ({"python3.13": GOOD, "old": TOO_OLD}, ("old",), "old is not there or not Python 3.11"),
        ({"python3.13": GOOD}, ("nowhere",), "nowhere is not there"),
    ],
)
def test_without_a_suitable_python_one_line_says_what_to_do(
    programs: dict[str, str], arguments: tuple[str, ...], advice: str, tmp_path: Path
) -> None:
    output, error, status = find(tmp_path, programs, *arguments)
    assert (output, status) == ("", 1)
    assert len(error.splitlines()) == 1
    assert advice in error
