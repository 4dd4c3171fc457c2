"""Running cells again, at once or after the end, breaks nothing and leaves nothing."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.notebooks.execute import NOTEBOOKS
from tests.notebooks.repeat import complaints
from tests.notebooks.small import keep

pytestmark = pytest.mark.slow


def test_the_notebook_that_writes_a_package_bears_it() -> None:
    assert complaints(NOTEBOOKS / "02_the_model_contract.ipynb") == []


def test_a_failure_a_move_and_a_file_would_be_seen(tmp_path: Path) -> None:
    move = "import os\nos.makedirs('made', exist_ok=True)\nos.chdir('made')"
    sources = ["open('new.txt', 'x').close()", move]
    path = keep(new_notebook(cells=[new_code_cell(source) for source in sources]), tmp_path)
    failed, moved, _, *left = complaints(path)
    assert failed.startswith("run 2, \"open('new.txt', 'x').close()\": FileExistsError")
    assert f"the kernel's place is {tmp_path}/made/made" in moved
    assert left == [f"it leaves {tmp_path}/{name}" for name in ("made/made/new.txt", "new.txt")]
