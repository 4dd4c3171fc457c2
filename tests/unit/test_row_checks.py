from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from model_lambda.columns import Columns, Field, Matrix, rows_schema
from model_lambda.errors import FieldError
from model_lambda.row_checks import RowChecker

FIELDS = (
    Field("age", "number", nullable=True, required=False, minimum=0.0, maximum=120.0),
    Field("tenure", "integer", minimum=0, maximum=72),
    Field("plan", "integer", choices=(1, 3)),
    Field("paperless", "boolean"),
    Field("contract", "category", choices=("monthly", "yearly")),
    Field("note", "text", required=False, default="", max_length=5),
    Field("shape", "array", minimum=0.0, maximum=1.0, length=2),
)
CHECKER = RowChecker(FIELDS)
SCHEMA = Draft202012Validator(rows_schema(FIELDS, "urn:row", "A row."))
ROW = {
    "age": 30.5,
    "tenure": 3,
    "plan": 1,
    "paperless": True,
    "contract": "yearly",
    "note": "abc",
    "shape": [0, 1.0],
}

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 130),
    st.sampled_from([10**400, 3.0, 3.5, 120.0, 120.1, -0.0, 1, 3, "monthly", "weekly", "abcdef"]),
    st.floats(-1, 130),
    st.text(max_size=6),
    st.lists(st.floats(-0.5, 1.5), max_size=3),
)
good = st.fixed_dictionaries({name: st.just(value) for name, value in ROW.items()})
one_changed = st.builds(
    lambda name, value: {**ROW, name: value}, st.sampled_from([*ROW, "colour"]), values
)
one_missing = st.sampled_from(list(ROW)).map(
    lambda name: {key: value for key, value in ROW.items() if key != name}
)
rows = st.one_of(good, one_changed, one_missing, values)


@given(rows)
@example({"colour" if name == "plan" else name: value for name, value in ROW.items()})
@example({**ROW, "shape": [0.5]})
def test_a_row_is_refused_exactly_when_the_json_schema_refuses_it(row: Any) -> None:
    assert (CHECKER.refusals([row]) == {}) == SCHEMA.is_valid(row)


@given(st.lists(rows, max_size=6))
def test_rows_are_judged_one_by_one(several: list[Any]) -> None:
    alone = {
        index: reasons[0]
        for index, row in enumerate(several)
        if (reasons := CHECKER.refusals([row]))
    }
    assert CHECKER.refusals(several) == alone


def test_every_reason_is_told_in_the_order_of_the_fields() -> None:
    row = {
        "age": 121,
        "tenure": None,
        "plan": 2,
        "paperless": 1,
        "contract": "weekly",
        "note": "abcdef",
        "shape": [0.5, 2],
        "secret": 1,
    }
    assert CHECKER.refusals([ROW, row]) == {
        1: [
            FieldError(
                "/age", "Must be greater than or equal to 0.0 and less than or equal to 120.0."
            ),
            FieldError("/tenure", "Field may not be null."),
            FieldError("/plan", "Must be one of: 1, 3."),
            FieldError("/paperless", "Not a valid boolean."),
            FieldError("/contract", "Must be one of: monthly, yearly."),
            FieldError("/note", "Longer than maximum length 5."),
            FieldError(
                "/shape/1", "Must be greater than or equal to 0.0 and less than or equal to 1.0."
            ),
            FieldError("", "Unknown field."),
        ]
    }
    assert CHECKER.refusals([{}])[0] == [
        FieldError(f"/{name}", "Missing data for required field.")
        for name in ("tenure", "plan", "paperless", "contract", "shape")
    ]
    assert CHECKER.refusals([None]) == {0: [FieldError("", "Not an object.")]}


def test_no_more_rows_are_explained_than_asked_for() -> None:
    assert CHECKER.refusals([ROW, {}, ROW, {}, {}], at_most=2).keys() == {1, 3}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e400])
def test_a_number_that_is_not_finite_is_refused(value: float) -> None:
    assert CHECKER.refusals([ROW, ROW | {"age": value}, ROW]).keys() == {1}


def test_a_reason_has_names_and_choices_as_they_are_written() -> None:
    checker = RowChecker([Field("a/b~c é", "category", choices=("Überweisung", "bar"))])
    (reason,) = checker.refusals([{"a/b~c é": "?"}])[0]
    assert reason == FieldError("/a~1b~0c é", "Must be one of: Überweisung, bar.")


def test_a_whole_number_beyond_float64_is_refused_beside_one_with_a_fraction() -> None:
    rows = [{**ROW, "age": 10**400}, ROW, {**ROW, "shape": [0.5, 10**400]}]
    assert CHECKER.refusals(rows).keys() == {0, 2}


def test_columns_hold_what_was_sent_and_defaults_for_what_was_not() -> None:
    left_out = {name: value for name, value in ROW.items() if name not in ("age", "note")}
    columns = CHECKER.columns([ROW, left_out])
    assert list(columns) == [field.name for field in FIELDS]
    assert list(columns["age"]) == [30.5, None]
    assert list(columns["note"]) == ["abc", ""]
    assert list(columns["tenure"]) == [3, 3]
    assert list(RowChecker([Field("b", "boolean")]).columns([{"b": True}])["b"]) == [True]


complete = st.builds(lambda name, value: {**ROW, name: value}, st.sampled_from(list(ROW)), values)


def columns_of(several: list[dict[str, Any]]) -> Columns:
    """The columns of rows that all have the members of the first."""
    return Columns({name: [row[name] for row in several] for name in several[0]}, len(several))


@given(st.lists(complete, min_size=1, max_size=6))
def test_columns_are_judged_as_their_rows(several: list[dict[str, Any]]) -> None:
    columns = columns_of(several)
    assert list(columns.rows()) == several
    assert CHECKER.refusals(columns) == CHECKER.refusals(several)


def test_a_column_may_be_left_out_where_a_value_may_and_no_other_may_come() -> None:
    left_out = [{name: ROW[name] for name in ROW if name not in ("age", "note")}] * 2
    columns = columns_of(left_out)
    assert CHECKER.refusals(columns) == {}
    completed = CHECKER.completed(columns)
    assert (completed["age"], completed["note"]) == ([None, None], ["", ""])
    for several in ([{"age": 30.5}] * 2, [{**ROW, "colour": "red"}] * 2):
        assert CHECKER.refusals(columns_of(several)) == CHECKER.refusals(several) != {}


def test_a_column_of_another_length_is_no_column() -> None:
    with pytest.raises(ValueError, match="another number of rows"):
        CHECKER.refusals(Columns({**columns_of([ROW, ROW]).values, "tenure": [3]}, 2))


@pytest.mark.parametrize("number", [0.5, 2, True, None, "1", float("nan"), 10**400])
def test_a_matrix_is_judged_as_the_lists_that_it_stands_for(number: Any) -> None:
    numbers = [0, 1.0, 0.25, number]
    lists, matrix = [numbers[:2], numbers[2:]], Matrix(numbers, 2)
    assert list(matrix) == lists
    whole = columns_of([ROW, ROW])
    as_lists, as_matrix = (
        CHECKER.refusals(whole._replace(values={**whole.values, "shape": shape}))
        for shape in (lists, matrix)
    )
    assert as_matrix == as_lists
    assert (as_matrix == {}) == (number == 0.5)
    assert CHECKER.refusals(Columns({**whole.values, "shape": Matrix([0.5] * 6, 3)}, 2)).keys() == {
        0,
        1,
    }
