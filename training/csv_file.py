"""Reads a CSV as another program wrote it: what encodes and separates it is found or asked for."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from training.errors import ExportError

# UTF-32's little-endian mark begins as that of UTF-16 does, so it is looked for first.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_LOOKED_AT = 100  # rows, to tell which separator divides all of them alike
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


class Table(NamedTuple):
    """The rows, and what a person should know of how they were read."""

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()


def read_text(path: Path) -> tuple[str, str]:
    """The text of a file, and its encoding, which is UTF-8 unless a mark says another one.

    Raises:
        ExportError: it is in another encoding, which only a person can say.
    """
    content = path.read_bytes()
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ExportError(
            f"{path.name} is not {encoding.upper()} (line {line}): save it as UTF-8"
        ) from error
    if "\0" in text:  # UTF-16 without a mark, or no text at all
        raise ExportError(f"{path.name} holds NUL characters: save it as UTF-8")
    return text, encoding


def read_csv(path: Path) -> Table:
    """A table whose cells are separated by commas, semicolons or tabs.

    Raises:
        ExportError: what separates the cells, the encoding or the numbers take a person to say.
    """
    text, encoding = read_text(path)
    separator = _separator(path, text)
    _refuse_twins(_header(text, separator))
    frame = pd.read_csv(io.StringIO(text), sep=separator)
    _refuse_decimal_commas(path, frame)
    notes = []
    if separator != ",":
        notes.append(f"{path.name} is separated by {_SEPARATORS[separator]}")
    if encoding in ("utf-16", "utf-32"):
        notes.append(f"{path.name} is {encoding.upper()}, as its first bytes say")
    return Table(frame, tuple(notes))


def _separator(path: Path, text: str) -> str:
    """The one that divides the header, and all rows alike where several divide the header."""
    dividing = [one for one in _SEPARATORS if len(_header(text, one)) > 1]
    if len(dividing) <= 1:
        return dividing[0] if dividing else ","
    alike = [one for one in dividing if len(set(map(len, _rows(text, one)))) == 1]
    if len(alike) == 1:
        return alike[0]
    named = " or ".join(_SEPARATORS[one] for one in dividing)
    raise ExportError(
        f"the columns of {path.name} may be separated by {named}: save it with commas, and put "
        "names and texts that hold one in quotes"
    )


def _header(text: str, separator: str) -> list[str]:
    return next(_rows(text, separator), [])


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return islice(filter(None, reader), _LOOKED_AT)


def _refuse_twins(header: list[str]) -> None:
    """Pandas gives the second of two equal names another one."""
    if twice := [name for name in header if name and header.count(name) > 1]:
        raise ExportError(f"the example has two columns {twice[0]}: name each column once")


def _refuse_decimal_commas(path: Path, frame: pd.DataFrame) -> None:
    for name in frame.columns:
        values = frame[name].dropna()
        if values.empty or pd.api.types.is_numeric_dtype(values):
            continue
        if all(_DECIMAL_COMMA.fullmatch(str(value)) for value in values):
            raise ExportError(
                f"the column {name} of {path.name} has numbers with a comma ({values.iloc[0]}): "
                "save them with decimal points"
            )
