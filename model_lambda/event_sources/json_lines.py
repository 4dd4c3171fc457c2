r"""JSON Lines as tables of rows: an object a line, each read as strictly as a body of HTTP.

A result's line is its source's, to the digit, with the members of the prediction behind its own.
What is refused keeps its members in front of `error`, unless one is called as a member of the
result, or it is no object: then there is `error` alone. A blank line is no row.
"""

from collections.abc import Iterator
from typing import Any

from model_lambda.errors import (
    FieldError,
    MalformedJsonError,
    ModelLambdaError,
    PredictionError,
    SchemaError,
)
from model_lambda.event_sources.tables import (
    ERROR,
    Tally,
    answer_names,
    chunks,
    error_text,
    line_end,
)
from model_lambda.event_sources.text_lines import Lines
from model_lambda.ml_model import MLModel
from model_lambda.prediction import predict_each
from model_lambda.web_api.json_body import parse_json, write_json

_SPACE = " \t\r\n"
_NOT_JSON = SchemaError("the row is not valid", [FieldError("", "The line is not JSON.")])


def scored(lines: Lines, model: MLModel, tally: Tally) -> Iterator[str]:
    """The result of a file, in pieces.

    Raises:
        FileError: its result could not hold the answers.
    """
    table = _Table(model, tally)
    # Not in a loop, which would keep a chunk while the next is read.
    yield from map(table.scored, chunks(filter(str.strip, lines), lines))


class _Table:
    """The model that the lines of one file are for."""

    def __init__(self, model: MLModel, tally: Tally) -> None:
        self._model = model
        self._tally = tally
        self._names = frozenset(answer_names(model))
        self._end = ""

    def scored(self, lines: list[str]) -> str:
        """The result's lines for some of the source's."""
        self._end = self._end or line_end(lines[0])
        texts = [line.strip(_SPACE) for line in lines]
        rows = [_parsed(text) for text in texts]
        documents = [row for row in rows if row is not _NOT_JSON]
        answered = iter(predict_each(self._model, documents, self._members))
        outcomes = [_NOT_JSON if row is _NOT_JSON else next(answered) for row in rows]
        self._tally.add(outcomes)
        results = map(self._result, texts, rows, outcomes)
        return "".join([result + self._end for result in results])

    def _members(self, prediction: dict[str, Any]) -> str:
        if not self._names.issuperset(prediction):
            raise PredictionError("the model gave other members than its schema has")
        return write_json(prediction)[1:-1]

    def _result(self, text: str, row: Any, outcome: str | ModelLambdaError) -> str:
        if not isinstance(outcome, ModelLambdaError):
            return _joined(text, outcome)
        members = write_json({ERROR: error_text(outcome)})[1:-1]
        is_taken = not isinstance(row, dict) or (self._names | {ERROR}) & row.keys()
        return f"{{{members}}}" if is_taken else _joined(text, members)


def _parsed(text: str) -> Any:
    try:
        return parse_json(text)
    except MalformedJsonError:
        return _NOT_JSON


def _joined(text: str, members: str) -> str:
    """The text of an object with further members."""
    inner = text[:-1].rstrip(_SPACE)
    comma = "" if inner == "{" else ", "
    return f"{inner}{comma}{members}}}"
