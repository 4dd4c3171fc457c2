"""The comparison of `make test` accepts what may differ and refuses what may not."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.rules import code_cells
from tests.notebooks.small import good_notebook, keep

PROJECT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def compare(folder: Path, source: str, stored: str) -> int:
    notebook = good_notebook(code_cells=2)
    cell = code_cells(notebook)[0]
    cell.source = source
    cell.outputs[0].text = stored
    path = keep(notebook, folder)
    sanitize = PROJECT / "tests" / "notebooks" / "sanitize.cfg"
    flags = ["--nbval", "--nbval-current-env", f"--nbval-sanitize-with={sanitize}"]
    isolated = ["-p", "no:cacheprovider", "--rootdir", str(folder), "--quiet"]
    command = [sys.executable, "-m", "pytest", *flags, *isolated, str(path)]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode


PRINTED = """in 1.5 ms
http://127.0.0.1:4566/x
restapis/a1b2c3/dev
id 01234567-89ab-cdef-0123-456789abcdef
"""
STORED = """in 2.25 s
http://localhost:4567/x
restapis/d4e5f6/dev
id fedcba98-7654-3210-fedc-ba9876543210
"""


def test_what_a_run_decides_may_differ(tmp_path: Path) -> None:
    assert compare(tmp_path, f"print({PRINTED!r}, end='')", STORED) == 0


def test_a_different_output_is_refused(tmp_path: Path) -> None:
    assert compare(tmp_path, "print('setosa')", "virginica\n") == 1


def test_a_failing_cell_is_refused(tmp_path: Path) -> None:
    assert compare(tmp_path, "1 / 0", "") == 1
