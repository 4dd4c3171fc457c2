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

from model_lambda.errors import FieldError
from model_lambda.models.iris.schemas import IrisInputSchema
from model_lambda.row_validation import RowValidator
from model_lambda.schema_bounds import bounds_of
from model_lambda.schema_fields import StrictFloat
from tests.unit.flower_rows import SETOSA

VALIDATOR = RowValidator(IrisInputSchema())
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
    assert (VALIDATOR.refusals([row]) != {}) == refused_by_schema


@given(st.lists(rows, max_size=8))
def test_rows_are_judged_one_by_one(several: list[Any]) -> None:
    alone = {
        index: reasons[0]
        for index, row in enumerate(several)
        if (reasons := VALIDATOR.refusals([row]))
    }
    assert VALIDATOR.refusals(several) == alone


def test_valid_rows_are_not_walked_through_marshmallow() -> None:
    class CountingSchema(IrisInputSchema):
        calls = 0

        def validate(self, *arguments: Any, **options: Any) -> dict[str, list[str]]:
            type(self).calls += 1
            return super().validate(*arguments, **options)

    validator = RowValidator(CountingSchema())
    plain = [dict.fromkeys(NAMES, value) for value in (0.1, 1, 15, 15.0)]
    assert validator.refusals([SETOSA, *plain] * 1000) == {}
    assert CountingSchema.calls == 0
    assert validator.refusals([SETOSA, {}, SETOSA]).keys() == {1}
    assert CountingSchema.calls == 1


def test_no_more_rows_are_explained_than_asked_for() -> None:
    assert VALIDATOR.refusals([SETOSA, {}, None, {}], at_most=2).keys() == {1, 2}
    assert VALIDATOR.refusals([{}, None], at_most=3).keys() == {0, 1}


def test_reasons_come_in_the_order_of_the_fields() -> None:
    row = {"petal_width": 99, "sepal_width": "3.5", "sepal_length": None, "colour": "blue"}
    assert VALIDATOR.refusals([row]) == {
        0: [
            FieldError("/sepal_length", "Field may not be null."),
            FieldError("/sepal_width", "Not a valid number."),
            FieldError("/petal_length", REQUIRED),
            FieldError("/petal_width", OUT_OF_RANGE),
            FieldError("", "Unknown field."),
        ]
    }


def test_the_name_of_an_unknown_field_is_not_repeated() -> None:
    refusals = VALIDATOR.refusals([{**SETOSA, "secret": 1, "other": 2}])
    assert refusals == {0: [FieldError("", "Unknown field.")]}


@pytest.mark.parametrize("row", [None, [], "text", 1, 1.5, True])
def test_a_row_that_is_no_object_is_refused(row: Any) -> None:
    assert VALIDATOR.refusals([row]) == {0: [FieldError("", "Not an object.")]}


def test_the_bounds_are_those_of_the_schema() -> None:
    assert bounds_of(IrisInputSchema()) == tuple((name, 0.1, 15.0) for name in NAMES)


def _number(**options: Any) -> StrictFloat:
    settings: dict[str, Any] = {"required": True, "validate": validate.Range(0.1, 15.0), **options}
    return StrictFloat(**settings)


def _schema(field: fields.Field[Any], unknown: Any = RAISE) -> Schema:
    return Schema.from_dict({"length": field})(unknown=unknown)


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


# Each asks for something that bounds do not express.
OTHER_SCHEMAS = {
    "a lax float": _schema(fields.Float(required=True, validate=validate.Range(0.1, 15.0))),
    "an integer": _schema(fields.Integer(required=True, validate=validate.Range(0, 15))),
    "an optional field": _schema(_number(required=False)),
    "a field that may be null": _schema(_number(allow_none=True)),
    "another name in the data": _schema(_number(data_key="len")),
    "no bounds": _schema(_number(validate=None)),
    "an exclusive minimum": _schema(_number(validate=validate.Range(1, 2, min_inclusive=False))),
    "an exclusive maximum": _schema(_number(validate=validate.Range(1, 2, max_inclusive=False))),
    "no maximum": _schema(_number(validate=validate.Range(1))),
    "no minimum": _schema(_number(validate=validate.Range(max=2))),
    "another validator": _schema(_number(validate=validate.OneOf([1.0]))),
    "two validators": _schema(_number(validate=[validate.Range(1, 2), validate.OneOf([1.0])])),
    "unknown fields left out": _schema(_number(), EXCLUDE),
    "unknown fields kept": _schema(_number(), INCLUDE),
    "partial loading": Schema.from_dict({"length": _number()})(partial=True),
    "a hook": WithHook(),
    "a validator of the whole": WithSchemaValidator(),
}


@pytest.mark.parametrize("schema", OTHER_SCHEMAS.values(), ids=OTHER_SCHEMAS.keys())
def test_a_schema_that_asks_for_more_has_no_bounds(schema: Schema) -> None:
    assert bounds_of(schema) is None


@pytest.mark.parametrize("schema", OTHER_SCHEMAS.values(), ids=OTHER_SCHEMAS.keys())
@pytest.mark.parametrize(
    "row", [{"length": 1}, {"length": 2.0}, {"length": None}, {"len": 1.5}, {}, {"a": 1}]
)
def test_without_bounds_marshmallow_judges_every_row(schema: Schema, row: Any) -> None:
    is_refused = bool(schema.validate(row))
    assert RowValidator(schema).refusals([row]).keys() == ({0} if is_refused else set())
    assert RowValidator(schema).refusals([row, row]).keys() == ({0, 1} if is_refused else set())


def test_nested_messages_are_flattened() -> None:
    schema = Schema.from_dict({"sizes": fields.List(fields.Integer(), required=True)})()
    refusals = RowValidator(schema).refusals([{"sizes": ["a", 1, "b"]}])
    assert refusals == {0: [FieldError("/sizes", "Not a valid integer.")] * 2}
