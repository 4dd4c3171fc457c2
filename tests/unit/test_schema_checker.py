from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import (
    EXCLUDE,
    INCLUDE,
    RAISE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from model_lambda.columns import Columns, Field
from model_lambda.errors import FieldError
from model_lambda.fields_of_schema import fields_of
from model_lambda.models.iris.schemas import IrisInputSchema
from model_lambda.row_checks import RowChecker
from model_lambda.schema_checker import SchemaChecker
from model_lambda.schema_fields import StrictFloat
from tests.unit.flower_rows import SETOSA


def checker_of(schema: Schema) -> SchemaChecker:
    """A checker as a model has it."""
    return SchemaChecker(lambda: schema, fields_of(schema))


CHECKER = checker_of(IrisInputSchema())
NAMES = tuple(IrisInputSchema().fields)
OUT_OF_RANGE = "Must be greater than or equal to 0.1 and less than or equal to 15.0."
REQUIRED = "Missing data for required field."

numbers = st.one_of(
    st.floats(0.1, 15.0),
    st.integers(1, 15),
    st.sampled_from([0.1, 15.0, 15, 0, -0.0, 16, 0.0999999999, 15.0000000001, 10**400]),
    st.floats(),
    st.integers(),
)
values = st.one_of(numbers, st.none(), st.booleans(), st.text(), st.lists(numbers, max_size=2))
rows = st.one_of(
    st.fixed_dictionaries(dict.fromkeys(NAMES, numbers)),
    st.fixed_dictionaries({}, optional=dict.fromkeys((*NAMES, "colour"), values)),
    st.dictionaries(st.text(max_size=3), values, max_size=4),
    values,
)


@given(rows)
def test_a_row_is_refused_exactly_when_marshmallow_refuses_it(row: Any) -> None:
    refused_by_schema = not isinstance(row, dict) or bool(IrisInputSchema().validate(row))
    assert (CHECKER.refusals([row]) != {}) == refused_by_schema


@given(st.lists(rows, max_size=8))
def test_rows_are_judged_one_by_one(several: list[Any]) -> None:
    alone = {
        index: reasons[0]
        for index, row in enumerate(several)
        if (reasons := CHECKER.refusals([row]))
    }
    assert CHECKER.refusals(several) == alone


def test_valid_rows_are_not_walked_through_marshmallow() -> None:
    class CountingSchema(IrisInputSchema):
        calls = 0

        def validate(self, *arguments: Any, **options: Any) -> dict[str, list[str]]:
            type(self).calls += 1
            return super().validate(*arguments, **options)

    checker = checker_of(CountingSchema())
    plain = [dict.fromkeys(NAMES, value) for value in (0.1, 1, 15, 15.0)]
    assert checker.refusals([SETOSA, *plain] * 1000) == {}
    assert CountingSchema.calls == 0
    assert checker.refusals([SETOSA, {}, SETOSA]).keys() == {1}
    assert CountingSchema.calls == 1


@given(st.lists(rows, max_size=4))
def test_columns_are_judged_as_their_rows_are(several: list[Any]) -> None:
    cells = [row for row in several if isinstance(row, dict) and row.keys() == set(NAMES)]
    columns = Columns({name: [row[name] for row in cells] for name in NAMES}, len(cells))
    assert CHECKER.refusals(columns) == CHECKER.refusals(cells)
    judge = SchemaChecker(IrisInputSchema, None)
    assert judge.refusals(columns) == CHECKER.refusals(cells)


def test_no_more_rows_are_explained_than_asked_for() -> None:
    assert CHECKER.refusals([SETOSA, {}, None, {}], at_most=2).keys() == {1, 2}
    assert CHECKER.refusals([{}, None], at_most=3).keys() == {0, 1}


def test_reasons_come_in_the_order_of_the_fields() -> None:
    row = {"petal_width": 99, "sepal_width": "3.5", "sepal_length": None, "colour": "blue"}
    assert CHECKER.refusals([row]) == {
        0: [
            FieldError("/sepal_length", "Field may not be null."),
            FieldError("/sepal_width", "Not a valid number."),
            FieldError("/petal_length", REQUIRED),
            FieldError("/petal_width", OUT_OF_RANGE),
            FieldError("", "Unknown field."),
        ]
    }


def test_the_name_of_an_unknown_field_is_not_repeated() -> None:
    refusals = CHECKER.refusals([{**SETOSA, "secret": 1, "other": 2}])
    assert refusals == {0: [FieldError("", "Unknown field.")]}


@pytest.mark.parametrize("row", [None, [], "text", 1, 1.5, True])
def test_a_row_that_is_no_object_is_refused(row: Any) -> None:
    assert CHECKER.refusals([row]) == {0: [FieldError("", "Not an object.")]}


def _number(**options: Any) -> StrictFloat:
    settings: dict[str, Any] = {"required": True, "validate": validate.Range(0.1, 15.0), **options}
    return StrictFloat(**settings)


def _schema(field: fields.Field[Any], unknown: Any = RAISE) -> Schema:
    return Schema.from_dict({"length": field})(unknown=unknown)


EXPRESSED: dict[str, tuple[fields.Field[Any], Field]] = {
    "a number": (
        _number(metadata={"description": "How long.", "unit": "cm"}),
        Field("length", "number", minimum=0.1, maximum=15.0, unit="cm", description="How long."),
    ),
    "a number or null": (
        _number(allow_none=True),
        Field("length", "number", nullable=True, minimum=0.1, maximum=15.0),
    ),
    "a whole number": (
        fields.Integer(strict=True, required=True, validate=validate.Range(0, 15)),
        Field("length", "integer", minimum=0, maximum=15),
    ),
    "a choice of whole numbers": (
        fields.Integer(required=True, validate=validate.OneOf([3, 1])),
        Field("length", "integer", choices=(3, 1), minimum=1, maximum=3),
    ),
    "a choice of texts": (
        fields.String(required=True, validate=validate.OneOf(["a", "b"])),
        Field("length", "category", choices=("a", "b")),
    ),
    "a text": (
        fields.String(required=True, validate=validate.Length(max=3)),
        Field("length", "text", max_length=3),
    ),
    "a boolean": (fields.Boolean(required=True), Field("length", "boolean")),
}
VALUES: list[Any] = [1, 1.5, 0, 15, 16, 3, True, False, None, "a", "b", "abc", "abcd", "", []]


@pytest.mark.parametrize(("declared", "field"), EXPRESSED.values(), ids=EXPRESSED.keys())
def test_bounds_types_and_choices_become_a_field(declared: Any, field: Field) -> None:
    assert fields_of(_schema(declared)) == (field,)


@pytest.mark.parametrize("declared", [one for one, _ in EXPRESSED.values()], ids=EXPRESSED.keys())
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_with_fields_marshmallow_still_has_the_last_word(declared: Any, value: Any) -> None:
    schema = _schema(declared)
    row = {"length": value}
    assert bool(checker_of(schema).refusals([row])) == bool(schema.validate(row))


def test_what_the_schema_takes_is_checked_further() -> None:
    schema = Schema.from_dict({"length": fields.Float(required=True)})()
    narrow = RowChecker([Field("length", "number", minimum=0, maximum=1)])
    checker = SchemaChecker(lambda: schema, fields_of(schema), narrow)
    refusals = checker.refusals([{"length": 0.5}, {"length": 2.0}, {"length": "0.5"}, {}])
    assert refusals == {
        1: [
            FieldError("/length", "Must be greater than or equal to 0 and less than or equal to 1.")
        ],
        2: [FieldError("/length", "Not a valid number.")],
        3: [FieldError("/length", REQUIRED)],
    }


class WithHook(Schema):
    length = _number()

    @post_load
    def halve(self, data: dict[str, float], **_: Any) -> dict[str, float]:
        return {"length": data["length"] / 2}


class WithSchemaValidator(Schema):
    length = _number()

    @validates_schema
    def refuse_all(self, _data: dict[str, float], **_: Any) -> None:
        raise ValidationError("never")


# Each asks for something that fields do not express.
OTHER_SCHEMAS = {
    "a lax float": _schema(fields.Float(required=True, validate=validate.Range(0.1, 15.0))),
    "an optional field": _schema(_number(required=False)),
    "another name in the data": _schema(_number(data_key="len")),
    "no bounds": _schema(_number(validate=None)),
    "an exclusive minimum": _schema(_number(validate=validate.Range(1, 2, min_inclusive=False))),
    "an exclusive maximum": _schema(_number(validate=validate.Range(1, 2, max_inclusive=False))),
    "no maximum": _schema(_number(validate=validate.Range(1))),
    "no minimum": _schema(_number(validate=validate.Range(max=2))),
    "no bounds in effect": _schema(_number(validate=validate.Range(0.0, float("inf")))),
    "choices of no one type": _schema(
        fields.Integer(required=True, validate=validate.OneOf([1, 1.5]))
    ),
    "choices without an order": _schema(
        fields.Integer(required=True, validate=validate.OneOf([1, "1"]))
    ),
    "no choice at all": _schema(fields.String(required=True, validate=validate.OneOf([]))),
    "a text of any length": _schema(fields.String(required=True)),
    "a shortest length": _schema(fields.String(required=True, validate=validate.Length(1, 3))),
    "another validator": _schema(_number(validate=validate.OneOf([1.0]))),
    "two validators": _schema(_number(validate=[validate.Range(1, 2), validate.OneOf([1.0])])),
    "unknown fields left out": _schema(_number(), EXCLUDE),
    "unknown fields kept": _schema(_number(), INCLUDE),
    "partial loading": Schema.from_dict({"length": _number()})(partial=True),
    "a hook": WithHook(),
    "a validator of the whole": WithSchemaValidator(),
}


@pytest.mark.parametrize("schema", OTHER_SCHEMAS.values(), ids=OTHER_SCHEMAS.keys())
def test_a_schema_that_asks_for_more_has_no_fields(schema: Schema) -> None:
    assert fields_of(schema) is None


@pytest.mark.parametrize("schema", OTHER_SCHEMAS.values(), ids=OTHER_SCHEMAS.keys())
@pytest.mark.parametrize(
    "row", [{"length": 1}, {"length": 2.0}, {"length": None}, {"len": 1.5}, {}, {"a": 1}]
)
def test_without_fields_marshmallow_judges_every_row(schema: Schema, row: Any) -> None:
    is_refused = bool(schema.validate(row))
    checker = checker_of(schema)
    assert checker.refusals([row]).keys() == ({0} if is_refused else set())
    assert checker.refusals([row, row]).keys() == ({0, 1} if is_refused else set())


def test_nested_messages_are_flattened() -> None:
    schema = Schema.from_dict({"sizes": fields.List(fields.Integer(), required=True)})()
    refusals = checker_of(schema).refusals([{"sizes": ["a", 1, "b"]}])
    assert refusals == {0: [FieldError("/sizes", "Not a valid integer.")] * 2}
