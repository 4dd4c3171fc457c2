"""Cuts a file of rows into parts: CSV or JSON Lines, packed with gzip or not.

A part is a file of its own, with whole records as they stand in the file, behind its header. So the
function judges each record as it would in the whole file. Blank lines are no rows, as there.
"""

import csv
import gzip
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from deploy.commands import DeployError
from model_lambda.event_sources.text_lines import LONGEST_LINE_BYTES

# A part is in memory while it is sent.
MOST_PART_CHARACTERS = 16 * 1024 * 1024

Records = Callable[[Iterator[str]], Iterator[str]]


class Part(NamedTuple):
    """Some rows of a file; `first_row` counts from 1."""

    number: int
    first_row: int
    rows: int
    content: bytes


class RowFile(NamedTuple):
    """A file and its format, which its name tells."""

    path: Path
    ending: str
    is_packed: bool

    @property
    def is_csv(self) -> bool:
        """Whether a first record names the columns."""
        return self.ending == ".csv"

    @property
    def predictions(self) -> Path:
        """Where the predictions go: `rows.csv.gz` to `rows.predictions.csv`."""
        name = self.path.name[: -len(".gz")] if self.is_packed else self.path.name
        return self.path.with_name(f"{name[: -len(self.ending)]}.predictions{self.ending}")


def row_file(path: Path) -> RowFile:
    """Tell a file's format.

    Raises:
        DeployError: by its name, it is of none.
    """
    name = path.name.lower()
    plain = name.removesuffix(".gz")
    for ending in (".csv", ".jsonl", ".ndjson"):
        if plain.endswith(ending):
            return RowFile(path, ending, plain != name)
    raise DeployError(f"{path.name} ends with none of .csv, .jsonl, .ndjson, or these and .gz")


def parts(file: RowFile, most_rows: int) -> Iterator[Part]:
    """Cut a file, one part after the other.

    Raises:
        DeployError: it cannot be read, or holds no row.
    """
    with _text(file) as text:
        records = (csv_records if file.is_csv else json_records)(_lines(text))
        header = next(records, "") if file.is_csv else ""
        number = 0
        first_row = 1
        for number, chunk in enumerate(_chunks(records, most_rows), 1):
            yield Part(number, first_row, len(chunk), "".join([header, *chunk]).encode())
            first_row += len(chunk)
        if not number:
            raise DeployError(f"{file.path} holds no row")


@contextmanager
def _text(file: RowFile) -> Iterator[TextIO]:
    try:
        opener = gzip.open if file.is_packed else open
        with opener(file.path, "rb") as opened:
            yield io.TextIOWrapper(opened, "utf-8-sig", newline="")
    except UnicodeDecodeError as error:
        raise DeployError(f"{file.path} is not UTF-8") from error
    except (OSError, EOFError) as error:
        raise DeployError(f"{file.path} cannot be read: {error}") from error


def _lines(text: TextIO) -> Iterator[str]:
    """Lines with their ends; no more than the function takes of one is in memory."""
    while line := text.readline(LONGEST_LINE_BYTES):
        if len(line) == LONGEST_LINE_BYTES and not line.endswith(("\n", "\r")):
            raise DeployError(f"a line is longer than {LONGEST_LINE_BYTES} bytes")
        yield line


def json_records(lines: Iterator[str]) -> Iterator[str]:
    """Records of JSON Lines, as they stand there."""
    return filter(str.strip, lines)


def csv_records(lines: Iterator[str]) -> Iterator[str]:
    """Records of CSV, as they stand there; only where a quote is, one can have several lines.

    Raises:
        DeployError: a quote does not end where its record could.
    """
    for line in lines:
        record = _whole_record(line, lines) if '"' in line else line
        if record.strip("\r\n"):
            yield record


def _whole_record(first: str, lines: Iterator[str]) -> str:
    taken = [first]

    def given() -> Iterator[str]:
        yield first
        for line in lines:
            taken.append(line)
            yield line

    try:
        next(csv.reader(given(), strict=True))
    except csv.Error as error:
        # In one line it is a bad row, for the function to refuse; else nobody knows what it is.
        if len(taken) > 1:
            raise DeployError(f"a quote does not end: {first.strip()[:80]}") from error
    return "".join(taken)


def _chunks(records: Iterator[str], most_rows: int) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for record in records:
        chunk.append(record)
        size += len(record)
        if len(chunk) == most_rows or size > MOST_PART_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
