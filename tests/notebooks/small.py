"""Small notebooks for the tests of the rules and of the execution."""

import json
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks.execute import METADATA

OPENING = """# 00 · A title
**You will be able to** count.
**You need** nothing.
**It takes** 5 minutes.
**You will read** [this file](other.md).
"""


def good_notebook(code_cells: int = 12) -> NotebookNode:
    """Return a notebook that keeps every rule when `keep` has written it."""
    cells = [new_markdown_cell(OPENING)]
    for number in range(1, code_cells):
        cells += [new_markdown_cell(f"Now {number}."), printing_cell(number)]
    cells += [
        new_markdown_cell("## Recap\nWe counted.\n\n## Checkpoint\nIs it so?"),
        new_code_cell("assert 1 + 1 == 2", execution_count=code_cells),
        new_markdown_cell("[Next](01_next.ipynb)"),
    ]
    notebook: NotebookNode = new_notebook(cells=cells, metadata=METADATA)
    return notebook


def printing_cell(number: int) -> NotebookNode:
    """Return an executed cell that has printed a number."""
    output = new_output("stream", name="stdout", text=f"{number}\n")
    source = f"print({number})"
    cell: NotebookNode = new_code_cell(source, execution_count=number, outputs=[output])
    return cell


def keep(notebook: NotebookNode, folder: Path) -> Path:
    """Write the notebook, and what it links to, into an empty folder."""
    path = folder / "00_small.ipynb"
    path.write_text(json.dumps(notebook))
    for neighbour in ("01_next.ipynb", "other.md"):
        (folder / neighbour).touch()
    return path
