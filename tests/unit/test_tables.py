"""What cells and lines are read as, and what stands in a result."""

import json
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any

import pytest

from model_lambda.errors import FileError, PredictionError
from model_lambda.event_sources import csv_table, json_lines
from model_lambda.event_sources.csv_cells import read_cells
from model_lambda.event_sources.tables import Column, Tally, answer_names, input_columns
from model_lambda.event_sources.text_lines import CountedBody, Lines
from model_lambda.packaged_model import PackagedModel, load_packaged_model
from tests.unit.flower_rows import ScriptedModel
from tests.unit.model_folders import REFERENCE


@cache
def penguins() -> PackagedModel:
    return load_packaged_model(REFERENCE)


def lines_of(text: str) -> Lines:
    content = text.encode()
    return Lines(CountedBody(BytesIO(content), len(content)), is_packed=False)


def scored(text: str, model: Any, form: Any = csv_table) -> str:
    return "".join(form.scored(lines_of(text), model, Tally()))


def number(*cells: str, nullable: bool = False, kind: str = "number") -> Sequence[Any]:
    return read_cells(Column(kind, nullable, required=True), cells)


def test_a_number_is_read_as_json_reads_it() -> None:
    cells = ("1.5", "-2", "1e-3", "0.1", "9007199254740993", "1.7976931348623157e308")
    values = number(*cells)
    assert values == [json.loads(cell) for cell in cells]
    assert list(map(type, values)) == [float, int, float, float, int, float]


@pytest.mark.parametrize(
    "cell",
    [
        *("nan", "inf", "NaN", "Infinity", "-Infinity", "1_000", "+1", ".5", "5.", "007", "0x10"),
        *(" 1", "1 ", "1,5", "1;5", "\u0661", "true", "null", "[1]", '"1"', "1" * 1001, "-", "e5"),
    ],
)
def test_what_is_not_a_number_of_json_stays_a_text_and_its_neighbours_are_read(cell: str) -> None:
    assert number("1", cell, "2") == [1, cell, 2]
    assert number("1", "", cell, nullable=True) == [1, None, cell]


def test_two_cells_never_make_up_for_one_another() -> None:
    assert number("1,2", "", "3") == ["1,2", None, 3]
    assert number("1,2", "3") == ["1,2", 3]


def test_an_empty_cell_is_null() -> None:
    assert number("", "1", nullable=True) == [None, 1]
    assert number("", "1") == [None, 1]
    assert number("", kind="boolean") == [None]
    assert number("", kind="array") == [None]
    assert number("", "a", kind="string", nullable=True) == [None, "a"]
    assert number("", "a", kind="string") == ("", "a")


def test_booleans_are_the_words_that_programs_write() -> None:
    cells = ("true", "True", "TRUE", "false", "False", "FALSE", "1", "yes", "tRUE")
    assert number(*cells, kind="boolean") == [*3 * [True], *3 * [False], "1", "yes", "tRUE"]


def test_an_array_is_json() -> None:
    cells = ("[1, 2.5]", "1", '{"a": 1}', "[1", "[NaN]")
    assert number(*cells, kind="array") == [[1, 2.5], *cells[1:]]


def rows_of_penguins() -> tuple[list[str], list[dict[str, Any]]]:
    golden = penguins().manifest.golden_predictions
    return list(golden[0].row), [dict(one.row) for one in golden]


def as_cell(value: Any) -> str:
    return "" if value is None else str(value)


def test_golden_rows_with_categories_and_nulls_are_predicted_as_they_were() -> None:
    names, rows = rows_of_penguins()
    text = "\n".join(
        [",".join(names), *(",".join(as_cell(row.get(name)) for name in names) for row in rows)]
    )
    found = [line.split(",")[-2] for line in scored(text, penguins()).splitlines()]
    answers = [one.prediction for one in penguins().manifest.golden_predictions]
    (name,) = penguins().manifest.answer.names
    assert found == [name, *(answer[name] for answer in answers)]


def test_golden_rows_as_lines_of_json_are_predicted_as_they_were() -> None:
    _, rows = rows_of_penguins()
    text = "\n".join(map(json.dumps, rows))
    found = [json.loads(line) for line in scored(text, penguins(), json_lines).splitlines()]
    (name,) = penguins().manifest.answer.names
    answers = [one.prediction[name] for one in penguins().manifest.golden_predictions]
    assert found == [row | {name: answer} for row, answer in zip(rows, answers, strict=True)]


def refused_line(line: str) -> str:
    """A line between two good ones, as it stands in the result."""
    _, rows = rows_of_penguins()
    good = json.dumps(rows[0])
    before, found, after = scored(f"{good}\n{line}\n\n{good}", penguins(), json_lines).splitlines()
    assert before == after
    assert "error" not in json.loads(before)
    return found


@pytest.mark.parametrize(
    "line", ["{", "nonsense", '{"a": 1, "a": 2}', '{"a": NaN}', "[" * 600, "{} {}", "\ufeff{}"]
)
def test_a_line_that_is_not_json_has_an_error_alone(line: str) -> None:
    assert json.loads(refused_line(line)) == {"error": "The line is not JSON."}


def test_a_line_that_is_no_object_has_an_error_alone() -> None:
    assert json.loads(refused_line("[1]")) == {"error": "Not an object."}


def test_a_refused_object_keeps_its_members_unless_the_result_has_them_too() -> None:
    assert refused_line('{"unknown": 1.50 }').startswith('{"unknown": 1.50, "error": "/')
    assert refused_line("{ }").startswith('{"error": "/')
    assert list(json.loads(refused_line('{"error": 1}'))) == ["error"]


def test_lines_end_as_the_first_does() -> None:
    assert scored("{}\r\n{}\n", penguins(), json_lines).count("\r\n") == 2


class Answering(ScriptedModel):
    """Answers every row with what a test says."""

    def __init__(self, prediction: dict[str, Any], fields: dict[str, Any] | None = None) -> None:
        self.prediction = prediction
        self.fields = fields or {
            name: {"type": "number"}
            for name in ("sepal_length", "sepal_width", "petal_length", "petal_width")
        }

    @property
    def json_schemas(self) -> dict[str, Any]:
        return {
            "input": {"properties": self.fields, "required": list(self.fields)},
            "output": {"properties": {"a": {}, "b": {}, "probabilities": {}}},
        }

    def predict_batch(self, rows: Any, *, probabilities: bool = False) -> list[dict[str, Any]]:
        return [dict(self.prediction) for _ in rows]


TABLE = "sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n"


@pytest.mark.parametrize(
    ("prediction", "cells"),
    [
        ({"a": 1, "b": 0.1}, "1,0.1"),
        ({"b": True, "a": None}, ",true"),
        ({"a": ["x", "y"], "b": 'say "x, y"'}, '"[""x"", ""y""]","say ""x, y"""'),
        ({"a": {"x": 1}}, '"{""x"": 1}",'),
    ],
)
def test_predictions_are_cells_as_json_writes_them(prediction: Any, cells: str) -> None:
    assert scored(TABLE, Answering(prediction)).splitlines()[1] == f"5.1,3.5,1.4,0.2,{cells},"


@pytest.mark.parametrize(
    "prediction", [{"a": float("nan")}, {"a": float("inf"), "b": 1}, {"c": 1}, {}, {"a": object()}]
)
def test_an_answer_that_cannot_be_written_is_a_failure_of_the_model(prediction: Any) -> None:
    with pytest.raises(PredictionError):
        scored(TABLE, Answering(prediction))


def test_an_answer_with_other_members_is_a_failure_in_lines_of_json_too() -> None:
    line = json.dumps(dict(zip(TABLE.split("\n")[0].split(","), (5.1, 3.5, 1.4, 0.2), strict=True)))
    with pytest.raises(PredictionError):
        scored(line, Answering({"c": 1}), json_lines)


def test_a_model_with_a_field_called_as_a_column_of_the_result_is_refused() -> None:
    with pytest.raises(FileError, match="called error"):
        answer_names(Answering({}, {"error": {"type": "string"}}))
    with pytest.raises(FileError, match="called a"):
        answer_names(Answering({}, {"a": {"type": "string"}}))


def test_columns_are_what_the_schema_says_and_a_default_needs_none() -> None:
    assert input_columns(penguins())["bill_length_mm"] == Column("number", True, False)
    model = Answering({}, {"x": {}, "y": {"type": ["integer", "null"]}, "z": {"type": "null"}})
    assert input_columns(model) == {
        "x": Column("None", False, True),
        "y": Column("integer", True, True),
        "z": Column("null", True, True),
    }
