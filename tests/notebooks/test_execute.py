"""Executing stores outputs that stay the same, and never those of a failed run."""

import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.notebooks.execute import main
from tests.notebooks.small import good_notebook, keep

pytestmark = pytest.mark.slow


def execute(folder: Path) -> int:
    return main(["--folder", str(folder), "--only", "00"])


def test_a_good_notebook_is_stored_alike_twice_and_its_kernel_warns_of_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    notebook = good_notebook()
    notebook.metadata.language_info.version = sys.version
    notebook.cells[2].update(
        source="import os\n'01_next.ipynb' in os.listdir() and 'here'", outputs=[]
    )
    path = keep(notebook, tmp_path)
    assert execute(tmp_path) == 0
    first = path.read_text()
    assert execute(tmp_path) == 0
    assert path.read_text() == first
    assert capfd.readouterr().err == ""
    stored = nbformat.reads(first, as_version=4)
    assert stored.cells[2].outputs[0].data["text/plain"] == "'here'"


def test_a_failed_run_is_not_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = new_notebook(cells=[new_code_cell("1"), new_code_cell("1 / 0")])
    path = keep(notebook, tmp_path)
    before = path.read_text()
    assert execute(tmp_path) == 1
    assert path.read_text() == before
    assert list(tmp_path.glob("*.draft")) == []
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_broken_rule_fails_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(new_notebook(cells=[new_code_cell("1")]), tmp_path)
    assert execute(tmp_path) == 1
    assert "opens_with_objectives" in capsys.readouterr().out


def test_an_unknown_notebook_is_refused(tmp_path: Path) -> None:
    assert main(["--folder", str(tmp_path), "--only", "99"]) == 1
