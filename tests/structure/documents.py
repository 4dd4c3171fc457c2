"""Reads the Makefile, the tables of the README, and the files that belong to the project."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def project_files(root: Path = PROJECT) -> list[Path]:
    """Return the files that are in the repository, or would be after `git add`.

    A source archive has no `.git` to ask, so the folders are walked. What `.gitignore` names is
    left out, and so is a link to nowhere, which an editor keeps beside an unsaved file.
    """
    lines = (root / ".gitignore").read_text().split()
    return sorted(_files(root, {".git", *(line.rstrip("/") for line in lines)}))


def _files(folder: Path, ignored: set[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        if any(fnmatch(path.name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from _files(path, ignored)
        elif path.is_file():
            yield path


def make_targets(makefile: str) -> list[str]:
    """Return the public commands of a Makefile: those with a help line."""
    return re.findall(r"^([a-z][a-z-]*):.*## ", makefile, re.MULTILINE)


def make_commands(text: str) -> list[str]:
    """Return the targets of every `make ...` written as code in a document."""
    code = "\n".join(re.findall(r"```.*?```|`[^`]+`", text, re.DOTALL))
    return [
        target
        for group in re.findall(r"\bmake ([a-z][a-z-]*(?:\|[a-z-]+)*)", code)
        for target in group.split("|")
    ]


def first_column(section: str) -> list[str]:
    """Return the code in the first column of a section's table."""
    rows = re.findall(r"^\| *`([^`]+)`", section, re.MULTILINE)
    return [row.strip() for row in rows]


def section(document: str, heading: str) -> str:
    """Return the text under a heading of level two.

    Raises:
        ValueError: There is no such heading.
    """
    parts = re.split(r"^## (.*)$", document, flags=re.MULTILINE)
    return parts[parts.index(heading) + 1]
