import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from model_lambda.schema_fields import StrictFloat

SCHEMA = Schema.from_dict({"length": StrictFloat(required=True)})()


@given(st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False))
def test_a_json_number_is_taken(number: float) -> None:
    loaded = SCHEMA.load({"length": number})["length"]
    assert loaded == number
    assert type(loaded) is float


@pytest.mark.parametrize("value", ["5.1", "", True, False, [5.1], {"value": 5.1}, b"5.1", 1j])
def test_nothing_else_is_converted(value: Any) -> None:
    with pytest.raises(ValidationError, match="Not a valid number"):
        SCHEMA.load({"length": value})


def test_null_is_refused() -> None:
    with pytest.raises(ValidationError, match="Field may not be null"):
        SCHEMA.load({"length": None})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValidationError, match="Special numeric values"):
        SCHEMA.load({"length": value})


def test_an_integer_that_no_float_holds_is_refused() -> None:
    with pytest.raises(ValidationError, match="Number too large"):
        SCHEMA.load({"length": 10**400})
