"""Runs notebooks as a learner does who runs cells again: each twice, and all again after the end.

`python -m tests.notebooks.repeat --only 02` stores nothing and names what went wrong.
"""

import os
import sys
import time
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tests.notebooks.execute import PROJECT, for_each, parser_of_a_choice
from tests.notebooks.rules import code_cells

# What is made by any run, in places that git ignores.
_GENERATED = {".git", ".venv", "node_modules", "build", "__pycache__", ".serverless", ".hypothesis"}
_PLACE = """
import os as _os, sys as _sys
print(_os.getcwd(), sorted({path for path in _sys.path if _sys.path.count(path) > 1}))
""".strip()


def main(arguments: list[str] | None = None) -> int:
    """Run the chosen notebooks; return 1 when one of them does not bear it."""
    parser = parser_of_a_choice("Run every cell of notebooks again and again.")
    return for_each(parser.parse_args(arguments), run_again_and_again)


def run_again_and_again(path: Path) -> int:
    """Run one notebook; print how long it took and what it does not bear."""
    print(f"{path.name} ... ", end="", flush=True)
    start = time.monotonic()
    found = complaints(path)
    print(f"{time.monotonic() - start:.0f} s", *found, sep="\n    ")
    return 1 if found else 0


def complaints(path: Path) -> list[str]:
    """Return what breaks when cells run again: a cell, the kernel's place, or the folders."""
    before = set(files(path.parent)) | set(files(PROJECT))
    try:
        ran = run_repeatedly(nbformat.read(path, as_version=4), path.parent)
    except (CellTimeoutError, DeadKernelError) as error:
        return [f"{type(error).__name__}: {error}"]
    left = sorted((set(files(path.parent)) | set(files(PROJECT))) - before)
    return [*failures(ran), *moves(ran), *(f"it leaves {file}" for file in left)]


def run_repeatedly(notebook: NotebookNode, folder: Path) -> list[NotebookNode]:
    """Run each cell twice in order, then all in order once more, in one kernel.

    Returns:
        The executed cells, and at the start, in the middle and at the end one that tells where the
        kernel works.
    """
    cells = code_cells(notebook)
    doubled = [cell for one in cells for cell in repeat(one.source, 2)]
    sources = [_PLACE, *doubled, _PLACE, *(cell.source for cell in cells), _PLACE]
    notebook.cells = [new_code_cell(source) for source in sources]
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        notebook, kernel_name="python3", resources=resources, timeout=300, allow_errors=True
    )
    client.execute()
    return list(notebook.cells)


def failures(ran: list[NotebookNode]) -> list[str]:
    """Name the cells that failed and the error."""
    return [
        f"run {number}, {cell.source.splitlines()[0]!r}: {output.ename}: {output.evalue}"
        for number, cell in enumerate(ran)
        for output in cell.outputs
        if output.output_type == "error"
    ]


def moves(ran: list[NotebookNode]) -> list[str]:
    """Say where the kernel works, and from where it imports twice, when that is not as at first."""
    first, *later = [cell.outputs[0].get("text", "gone") for cell in ran if cell.source == _PLACE]
    return [f"the kernel's place is {place}, it was {first}" for place in later if place != first]


def files(folder: Path) -> Iterator[str]:
    """Yield the files of a folder, without those that any run makes."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _GENERATED]
        yield from (str(Path(place, name)) for name in names)


if __name__ == "__main__":
    sys.exit(main())
