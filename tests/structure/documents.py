"""Reads the Makefile, the tables of the README, and the files that git keeps."""

import re
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def tracked() -> list[Path]:
    """Return the files that are in the repository, or would be after `git add`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    paths = [PROJECT / name for name in sorted(set(listed.stdout.split("\0"))) if name]
    return [path for path in paths if path.is_file()]


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
