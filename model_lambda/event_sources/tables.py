"""Tables of rows as streams: what their formats share.

A result has the rows of its source, all of them and in the same order, with the members of each
prediction and `error`. A row that is refused, or on which the model fails, has an `error` and no
prediction; the rest goes on. Rows are judged by what judges them over HTTP, in the same words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from model_lambda.errors import FileError, ModelLambdaError, SchemaError
from model_lambda.event_sources.text_lines import Lines
from model_lambda.ml_model import MLModel
from model_lambda.tasks import ON_REQUEST

CHUNK_ROWS = 10_000
CHUNK_BYTES = 4 * 1024 * 1024
ERROR = "error"
_MOST_REASONS = 10

Item = TypeVar("Item")


class Column(NamedTuple):
    """What a column of a table holds: the model's JSON Schema says it."""

    type: str
    nullable: bool
    required: bool


class Tally:
    """How far a file is scored."""

    def __init__(self) -> None:
        self.rows = 0
        self.bad_rows = 0

    def add(self, outcomes: Sequence[object]) -> None:
        """Count the outcomes of a chunk.

        Raises:
            ModelLambdaError: the model failed on every row; then it is not the rows that are bad.
        """
        errors = [one for one in outcomes if isinstance(one, ModelLambdaError)]
        failures = [one for one in errors if not isinstance(one, SchemaError)]
        if failures and len(failures) == len(outcomes):
            raise failures[0]
        self.rows += len(outcomes)
        self.bad_rows += len(errors)


def input_columns(model: MLModel) -> Mapping[str, Column]:
    """The columns that a model takes, by name."""
    schema = model.json_schemas["input"]
    return {
        name: _column(field, name in schema["required"])
        for name, field in schema["properties"].items()
    }


def answer_names(model: MLModel) -> tuple[str, ...]:
    """The members of a prediction.

    Raises:
        FileError: one is called as a field, so that a result could not hold both.
    """
    schemas = model.json_schemas
    names = tuple(name for name in schemas["output"]["properties"] if name not in ON_REQUEST)
    if taken := {*names, ERROR} & schemas["input"]["properties"].keys():
        raise FileError(f"the model has a field and a column of the result called {min(taken)}")
    return names


def error_text(error: ModelLambdaError) -> str:
    """Why a row has no prediction, for its `error`."""
    if not isinstance(error, SchemaError):
        return "The model failed on this row."
    reasons = [f"{one.pointer}: {one.detail}" for one in error.errors[:_MOST_REASONS]]
    return " ".join(reason.removeprefix(": ") for reason in reasons)


def line_end(line: str) -> str:
    """How lines of a result end: as the first of its source does."""
    return "\r\n" if line.endswith("\r\n") else "\n"


def chunks(items: Iterable[Item], lines: Lines) -> Iterator[list[Item]]:
    """Cut what is made of lines into lists, each of so many items or bytes at most."""
    chunk: list[Item] = []
    begun = lines.bytes_given
    for item in items:
        chunk.append(item)
        if len(chunk) == CHUNK_ROWS or lines.bytes_given - begun > CHUNK_BYTES:
            yield chunk
            chunk = []
            begun = lines.bytes_given
    if chunk:
        yield chunk


def _column(field: Mapping[str, Any], required: bool) -> Column:
    kind = field.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    (plain,) = [one for one in kinds if one != "null"] or ["null"]
    return Column(str(plain), "null" in kinds, required)
