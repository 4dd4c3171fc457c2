"""CSV files as tables of rows: RFC 4180 by the standard reader, strictly, with commas.

The first record names the columns, in any order; a column that the model does not have, that is
missing, or that stands there twice, refuses the file. A record with another number of cells, or
with quotes that do not fit, is a bad row: its cells are kept as far as there are columns for them.
A blank line is no row. A quote that does not end where its line ends refuses the file if the record
makes no sense: which rows it swallowed cannot be told.
"""

import csv
from collections.abc import Iterator, Sequence
from functools import partial
from io import StringIO
from itertools import chain, repeat
from math import isfinite
from typing import Any

from model_lambda.columns import Columns
from model_lambda.errors import (
    FieldError,
    FileError,
    ModelLambdaError,
    PredictionError,
    SchemaError,
)
from model_lambda.event_sources.csv_cells import read_cells
from model_lambda.event_sources.tables import (
    ERROR,
    Tally,
    answer_names,
    chunks,
    error_text,
    input_columns,
    line_end,
)
from model_lambda.event_sources.text_lines import Lines
from model_lambda.ml_model import MLModel
from model_lambda.prediction import predict_each_by_column
from model_lambda.tasks import PredictionColumns
from model_lambda.web_api.json_body import write_json

_WRITTEN_AS_THEY_ARE = {str, int, float}

Record = Sequence[str]
Reader = Any  # the csv module does not name its type
_BROKEN: Record = ()


def scored(lines: Lines, model: MLModel, tally: Tally) -> Iterator[str]:
    """The result of a file, in pieces.

    Raises:
        FileError: it cannot be read as a table of the model's rows.
    """
    first = next(lines, "")
    end = line_end(first)
    reader = csv.reader(chain((first,), lines), strict=True)
    table = _Table(_read_header(reader), model)
    yield _written([[*table.header, *table.answers, ERROR]], end)
    # Not in a loop, which would keep a chunk while the next is read.
    yield from map(partial(table.result, tally, end), chunks(_records(reader), lines))


class _Table:
    """One file's header, and the model that its records are for."""

    def __init__(self, header: Record, model: MLModel) -> None:
        self.header = header
        self.answers = answer_names(model)
        self._model = model
        self._columns = [_column_of(model, name, place) for place, name in enumerate(header, 1)]
        _refuse_incomplete(header, model)

    def result(self, tally: Tally, end: str, records: Sequence[Record]) -> str:
        """The lines of the result for some records."""
        return _written(self._scored(records, tally), end)

    def _scored(self, records: Sequence[Record], tally: Tally) -> Iterator[Sequence[Any]]:
        """The records with the cells that are added to each."""
        width = len(self.header)
        if set(map(len, records)) == {width}:
            outcomes = self._outcomes(records)
        else:
            whole = iter(self._outcomes([one for one in records if len(one) == width]))
            outcomes = [next(whole) if len(one) == width else _misfit(one) for one in records]
            blank = ("",) * width
            records = [[*one, *blank][:width] for one in records]
        tally.add(outcomes)
        for record, outcome in zip(records, outcomes, strict=True):
            yield [*record, *(self._refusal(outcome) if _is_error(outcome) else outcome)]

    def _outcomes(self, records: Sequence[Record]) -> list[Any]:
        """The cells to add to each record, or why there are none."""
        if not records:
            return []
        cells = zip(*records, strict=True)
        values = {
            name: read_cells(column, column_cells)
            for name, column, column_cells in zip(self.header, self._columns, cells, strict=True)
        }
        return predict_each_by_column(self._model, Columns(values, len(records)), self._cells)

    def _cells(self, found: PredictionColumns) -> list[Sequence[Any]]:
        if not found or set(found) - set(self.answers):
            raise PredictionError("the model gave other members than its schema has")
        columns = [_printed(found[name]) if name in found else repeat("") for name in self.answers]
        return list(zip(*columns, repeat("")))

    def _refusal(self, error: ModelLambdaError) -> Sequence[str]:
        return (*repeat("", len(self.answers)), error_text(error))


def _is_error(outcome: Any) -> bool:
    return isinstance(outcome, ModelLambdaError)


def _read_header(reader: Reader) -> Record:
    try:
        header: Record = next((record for record in reader if record), _BROKEN)
    except csv.Error:
        raise FileError("the header is not a line of CSV") from None
    if not header:
        raise FileError("the file is empty: it has no header")
    return header


def _column_of(model: MLModel, name: str, place: int) -> Any:
    columns = input_columns(model)
    if name not in columns:
        expected = ", ".join(columns)
        raise FileError(
            f"column {place} of the header is no field of {model.qualified_name}; "
            f"the header is one line of {expected}, with commas"
        )
    return columns[name]


def _refuse_incomplete(header: Record, model: MLModel) -> None:
    if len(set(header)) != len(header):
        raise FileError("a column stands twice in the header")
    for name, column in input_columns(model).items():
        if column.required and name not in header:
            raise FileError(f"the header lacks the column {name}")


def _records(reader: Reader) -> Iterator[Record]:
    """Every record, `_BROKEN` for one whose quotes do not fit; no blank lines."""
    record: Record | None = None
    while (record := _next_record(reader)) is not None:
        if record or record is _BROKEN:
            yield record


def _next_record(reader: Reader) -> Record | None:
    line = reader.line_num
    try:
        record: Record | None = next(reader, None)
    except csv.Error:
        if reader.line_num - line > 1:
            raise FileError(f"a quote in line {line + 1} does not end there") from None
        return _BROKEN
    return record


def _misfit(record: Record) -> SchemaError:
    detail = f"{len(record)} cells in the line." if record else "The quotes of the line do not fit."
    return SchemaError("the row is not valid", [FieldError("", detail)])


def _printed(column: Sequence[Any]) -> Sequence[Any]:
    """Values as cells: texts and numbers as they are, all else as JSON."""
    types = set(map(type, column))
    if not types <= _WRITTEN_AS_THEY_ARE:
        return [_printed_value(value) for value in column]
    if float in types and not all(isfinite(value) for value in column if type(value) is float):
        raise PredictionError("the model gave a number that is not finite")
    return column


def _printed_value(value: Any) -> str:
    if value is None:
        return ""
    return value if type(value) is str else write_json(value)


def _written(records: Any, end: str) -> str:
    piece = StringIO(newline="")
    csv.writer(piece, lineterminator=end).writerows(records)
    return piece.getvalue()
