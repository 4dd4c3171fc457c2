"""The commands that the documents show, and whether each would run as it is printed.

Nothing is run: make says what it would do, a module of the project reads its arguments and stops.
"""

import argparse
import importlib
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nbformat
from jupyter_server.serverapp import aliases, flags
from uv import find_uv_bin

from tests.structure.documents import PROJECT

# What a reader of "You need" has. Everything else is called by its path in the project.
INSTALLED = {"git", "cd"}
_PROGRAM = re.compile(
    r"(?:\w+=\S+ )*"
    r"(?:make$|(?:make|python3?|pip|npm|npx|node|osls|uv|pytest|git|cd|[\w.-]*/bin/[\w.-]+) )"
)
_SETTING = re.compile(r"(?:ARGS|TARGET|PYTHON|WORKERS)=")


def document_text(path: Path) -> str:
    """Return a document's Markdown; of a notebook, that of its text cells."""
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def shown_commands(markdown: str) -> list[str]:
    """Return the commands in the code of a document, each once.

    `ARGS=...` or `TARGET=...` standing alone belongs to the first command of its line.
    """
    fences = re.findall(r"^```(?:sh|bash|console)?\n(.*?)^```", markdown, re.DOTALL | re.MULTILINE)
    blocks = [line.removeprefix("$ ").strip() for block in fences for line in block.splitlines()]
    prose = re.sub(r"^```.*?^```", "", markdown, flags=re.DOTALL | re.MULTILINE)
    spans = [found for line in prose.splitlines() for found in _of_a_line(line)]
    return list(dict.fromkeys(line for line in [*blocks, *spans] if _PROGRAM.match(line)))


def _of_a_line(line: str) -> Iterator[str]:
    first = ""
    for span in re.findall(r"`([^`]+)`", line):
        if _PROGRAM.match(span):
            first = first or span
            yield span
        elif first and _SETTING.match(span):
            yield f"{first.split(' ARGS=')[0]} {span}"


def complaint(command: str) -> str | None:
    """Say why a command would not run as it is printed; None when it would.

    A name in `<angle brackets>` is the reader's to choose: the iris model takes its place.
    """
    words = shlex.split(command.replace("<name>", "iris"))
    while words and re.match(r"\w+=", words[0]):
        words.pop(0)
    program, arguments = words[0], words[1:]
    if program == "make":
        return _of_make(arguments)
    if program in INSTALLED:
        return None
    if not (PROJECT / program).exists() or "/" not in program:
        return f"{program} is neither on the reader's PATH nor a file of the project"
    return _of_python(arguments) if Path(program).name == "python" else None


def _of_make(arguments: list[str]) -> str | None:
    """Ask make for the recipe, and each of its programs for what it would do."""
    command = ["make", "--dry-run", "--no-print-directory", *arguments]
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    asked = subprocess.run(
        command, cwd=PROJECT, env=environment, check=False, capture_output=True, text=True
    )
    if asked.returncode != 0:
        return asked.stderr.strip()
    recipe = asked.stdout.replace("\\\n", " ").splitlines()
    found = [_of_python(shlex.split(line.split(".venv/bin/python ", 1)[1]))
             for line in recipe if ".venv/bin/python -m" in line]  # fmt: skip
    return next(filter(None, found), None)


def _of_python(arguments: list[str]) -> str | None:
    """Whether `python -m module ...` finds the module, its files, and accepts the options."""
    if arguments[:2] == ["-m", "workbook.command"]:  # runs the module that follows
        arguments = arguments[2:]
    if arguments[:1] != ["-m"]:
        return f"python {' '.join(arguments)} runs no module"
    module, given = arguments[1], arguments[2:]
    file = _file_that_runs(module)
    if file is None:
        return f"there is no module {module}"
    if not file.is_relative_to(PROJECT) or file.is_relative_to(PROJECT / ".venv") or not given:
        return None
    # What lies in build/ is made by the command before.
    paths = [word for word in given if re.match(r"(?!build/)[\w.]+/", word)]
    missing = [word for word in paths if not (PROJECT / word).exists()]
    return f"{missing[0]} is not there" if missing else _accepts.get(module, _parses)(module, given)


def _file_that_runs(module: str) -> Path | None:
    spec = find_spec(module)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = find_spec(f"{module}.__main__")
    return Path(spec.origin) if spec is not None and spec.origin is not None else None


class _Accepted(Exception):  # noqa: N818
    """The arguments were read without an error."""


def _parses(module: str, given: list[str]) -> str | None:
    """Whether the main function of a module accepts these arguments; it gets no further."""
    file = _file_that_runs(module)
    if file is None or "parse_args(" not in file.read_text(encoding="utf-8"):
        return f"{module} takes no arguments"
    in_a_package = file.name == "__main__.py"
    loaded = importlib.import_module(f"{module}.__main__" if in_a_package else module)
    read = argparse.ArgumentParser.parse_args

    def accept(parser: argparse.ArgumentParser, *_args: Any) -> None:
        read(parser, given)
        raise _Accepted

    try:
        with patch.object(argparse.ArgumentParser, "parse_args", accept):
            loaded.main()
    except _Accepted:
        return None
    except SystemExit:
        return f"{module} refuses {' '.join(given)}"
    return f"{module} reads no arguments"


def _for_jupyter(_module: str, given: list[str]) -> str | None:
    names = [word.removeprefix("--").partition("=")[0] for word in given]
    unknown = [name for name in names if name not in flags and name not in aliases]
    return f"jupyter lab has no --{unknown[0]}" if unknown else None


def _for_uv(_module: str, given: list[str]) -> str | None:
    asked = subprocess.run(
        [find_uv_bin(), "pip", "compile", *given, "--help"], check=False, capture_output=True
    )
    return None if asked.returncode == 0 else f"uv pip compile refuses {' '.join(given)}"


# These hand their arguments on.
_accepts: dict[str, Callable[[str, list[str]], str | None]] = {
    "workbook.lab": _for_jupyter,
    "workbook.lock": _for_uv,
}
