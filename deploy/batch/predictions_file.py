"""Joins the results of all parts, in the order of the rows, into one file that appears whole."""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, NamedTuple

from deploy.atomic_write import whole_file
from deploy.batch.run_folder import RunFolder, SentPart
from deploy.commands import DeployError
from model_lambda.event_sources.tables import ERROR
from model_lambda.event_sources.text_lines import Lines


class Count(NamedTuple):
    """How many rows there are, and how many of them were refused."""

    rows: int
    refused: int


class Piece(NamedTuple):
    """A record of a result, as it stands there."""

    text: str
    is_refused: bool


def write_predictions(
    path: Path, folder: RunFolder, parts: Sequence[SentPart], *, is_csv: bool
) -> Count:
    """Write the predictions of all parts.

    Raises:
        DeployError: a result has not the rows of its part, or another header than the first.
    """
    with whole_file(path) as file:
        joined = _Joined(file, is_csv=is_csv)
        for part in parts:
            with closing(folder.result(part).body) as body:
                joined.add(part, Lines(body, is_packed=False))
    return Count(sum(part.rows for part in parts), joined.refused)


class _Joined:
    """The predictions so far."""

    def __init__(self, file: BinaryIO, *, is_csv: bool) -> None:
        self._file = file
        self._is_csv = is_csv
        self._header: str | None = None
        self.refused = 0

    def add(self, part: SentPart, lines: Iterator[str]) -> None:
        """Write the result of a part."""
        records = _csv_records(lines) if self._is_csv else _json_records(lines)
        self._add_header(part, next(records).text if self._is_csv else "")
        count = 0
        for record in records:
            count += 1
            self.refused += record.is_refused
            self._file.write(record.text.encode())
        if count != part.rows:
            raise DeployError(f"the result of {part.told} has {count} rows, not {part.rows}")

    def _add_header(self, part: SentPart, header: str) -> None:
        if self._header is None:
            self._header = header
            self._file.write(header.encode())
        elif header != self._header:
            raise DeployError(f"the result of {part.told} has other columns: run it again")


def _csv_records(lines: Iterator[str]) -> Iterator[Piece]:
    """Records with the lines that they were read of; the last cell says why one was refused."""
    taken: list[str] = []

    def given() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    for record in csv.reader(given(), strict=True):
        yield Piece("".join(taken), bool(record[-1]))
        taken.clear()


def _json_records(lines: Iterator[str]) -> Iterator[Piece]:
    for line in lines:
        yield Piece(line, ERROR in json.loads(line))
