"""Executes the notebooks and stores their outputs, in a form that changes only when they do."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

from tests.notebooks.rules import problems

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = PROJECT / "notebooks"

# As workbook/jupyter says for JupyterLab: without, each kernel warns that others may listen.
ENCRYPTED = Config({"KernelManager": {"transport_encryption": "auto"}})

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def main(arguments: list[str] | None = None) -> int:
    """Execute the chosen notebooks; return 1 when one of them fails or breaks a rule."""
    parser = parser_of_a_choice("Execute notebooks and store their outputs.")
    return for_each(parser.parse_args(arguments), execute_and_store)


def parser_of_a_choice(description: str) -> argparse.ArgumentParser:
    """Return a parser of the arguments that choose notebooks."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--only", action="append", help="notebooks whose name starts with this")
    parser.add_argument("--folder", type=Path, default=NOTEBOOKS, help="where the notebooks are")
    return parser


def for_each(choice: argparse.Namespace, run: Callable[[Path], int]) -> int:
    """Run each of the chosen notebooks; return the highest status, 1 when there is none."""
    paths = chosen(choice.folder, choice.only)
    if not paths:
        print(f"No notebook in {choice.folder} starts with {choice.only}.", file=sys.stderr)
        return 1
    return max([run(path) for path in paths])


def chosen(folder: Path, only: list[str] | None) -> list[Path]:
    """Return the notebooks of a folder, or those whose names start with one of `only`."""
    starts = tuple(only or [""])
    return [path for path in sorted(folder.glob("[!.]*.ipynb")) if path.name.startswith(starts)]


def execute_and_store(path: Path) -> int:
    """Execute one notebook; replace its file only when no cell failed."""
    print(f"{path.name} ... ", end="", flush=True)
    start = time.monotonic()
    try:
        notebook = executed(nbformat.read(path, as_version=4), path.parent)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        print(f"failed, not stored\n{error}", file=sys.stderr)
        return 1
    store(notebook, path)
    found = problems(notebook, path)
    print(f"{time.monotonic() - start:.0f} s", *found, sep="\n    ")
    return 1 if found else 0


def executed(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run every cell in a new kernel that works in `folder`.

    Raises:
        CellExecutionError: A cell raised an exception.
    """
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        timeout=300,
        record_timing=False,
        # Without, a figure in a widget fails; `normalised` leaves the state out of the file.
        store_widget_state=True,
        coalesce_streams=True,
        config=ENCRYPTED,
    )
    client.execute()
    return normalised(notebook)


def normalised(notebook: NotebookNode) -> NotebookNode:
    """Leave in the metadata nothing that depends on the machine or the moment."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        hidden = {"jupyter": cell.metadata.jupyter} if "jupyter" in cell.metadata else {}
        cell.metadata = nbformat.from_dict(({"tags": tags} if tags else {}) | hidden)
    return notebook


def store(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook so that its file is never half-written."""
    draft = path.with_suffix(".draft")
    nbformat.write(notebook, draft)
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
