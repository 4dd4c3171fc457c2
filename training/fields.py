"""Infers the fields of a row from an example; a person may say them better."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from model_lambda.columns import Field, read_field, write_field
from training.errors import ExportError
from training.estimators import known_categories
from training.example import Example

# How far a number may lie outside of the example: this part of the example's range, on each side.
MARGIN = 0.5
MOST_CHOICES = 20
_TEXT_LENGTHS = 4
_SHORTEST_LIMIT = 200

Edits = Mapping[str, Mapping[str, Any]]


def infer_fields(estimator: Any, example: Example) -> list[Field]:
    """A field a column of the example.

    Raises:
        ExportError: a column holds what no field can be.
    """
    categories = known_categories(estimator)
    return [
        read_field(
            {"name": name, **_inferred(name, example.frame[name], categories.get(name), example)}
        )
        for name in example.frame.columns
    ]


def edited(fields: Sequence[Field], edits: Edits) -> list[Field]:
    """The fields with some attributes as a person says them.

    Raises:
        ExportError: an edit names no field, or says what no field can be.
    """
    names = [field.name for field in fields]
    if unknown := sorted(set(edits) - set(names)):
        raise ExportError(f"there is no field {unknown[0]} to describe: there are {names}")
    try:
        return [read_field({**write_field(field), **edits.get(field.name, {})}) for field in fields]
    except (ValueError, TypeError, KeyError) as error:
        raise ExportError(f"the description of a field cannot be used: {error}") from error


def differences(first: Sequence[Field], second: Sequence[Field]) -> dict[str, dict[str, Any]]:
    """The attributes in which fields of the second differ from those of the first, by name."""
    before = {field.name: write_field(field) for field in first}
    changed: dict[str, dict[str, Any]] = {}
    for field in second:
        old, new = before.get(field.name, {}), write_field(field)
        if own := {key: value for key, value in new.items() if old.get(key, old) != value}:
            changed[field.name] = own
    return changed


def _inferred(
    name: str, column: pd.Series, categories: list[Any] | None, example: Example
) -> dict[str, Any]:
    present = column.dropna()
    if present.empty:
        raise ExportError(f"the column {name} of the example is empty: give rows that fill it")
    if isinstance(present.iloc[0], list):
        return _array(name, present)
    # A field that may be null may also be left out.
    missing = {"nullable": True, "default": None} if len(present) < len(column) else {}
    if all(isinstance(one, str) for one in present):
        return {**_texts(present, categories, example), **missing}
    return {**_number(name, present, categories), **missing}


def _number(name: str, present: pd.Series, categories: list[Any] | None) -> dict[str, Any]:
    if pd.api.types.is_bool_dtype(present) or all(type(one) is bool for one in present):
        return {"type": "boolean"}
    if pd.api.types.is_integer_dtype(present) and categories is not None:
        return {"type": "integer", "choices": sorted(map(int, categories))}
    if pd.api.types.is_integer_dtype(present):
        return {"type": "integer", **_range(present, whole=True)}
    if pd.api.types.is_numeric_dtype(present):
        return {"type": "number", **_range(present)}
    kind = type(present.iloc[0]).__name__
    raise ExportError(
        f"the column {name} holds {kind}, which JSON has not: turn it into numbers or texts "
        "before fitting, for example a date into days"
    )


def _texts(present: pd.Series, categories: list[Any] | None, example: Example) -> dict[str, Any]:
    seen = sorted(set(present))
    if categories is not None:
        known = [str(one) for one in categories if isinstance(one, str)]
        return {"type": "category", "choices": sorted({*known, *seen})}
    if example.layout != "texts" and len(seen) <= MOST_CHOICES:
        return {"type": "category", "choices": seen}
    longest = max(map(len, present))
    return {"type": "text", "max_length": max(_TEXT_LENGTHS * longest, _SHORTEST_LIMIT)}


def _array(name: str, present: pd.Series) -> dict[str, Any]:
    lengths = {len(one) for one in present}
    if len(lengths) != 1:
        raise ExportError(f"the arrays in {name} differ in length: give rows of one length")
    numbers = pd.Series([number for one in present for number in one])
    if not pd.api.types.is_numeric_dtype(numbers) or numbers.isna().any():
        raise ExportError(f"the arrays in {name} hold more than numbers")
    return {"type": "array", "length": lengths.pop(), **_range(numbers)}


def _range(numbers: pd.Series, *, whole: bool = False) -> dict[str, float]:
    """The range of the example with a margin; what has never been negative stays so."""
    low, high = float(numbers.min()), float(numbers.max())
    if math.isinf(low) or math.isinf(high):
        raise ExportError("a column of the example holds infinity, which JSON has not")
    margin = MARGIN * ((high - low) or abs(high) or 1.0)
    minimum = (
        _rounded(low - margin, math.floor)
        if low < 0
        else max(0.0, _rounded(low - margin, math.floor))
    )
    maximum = _rounded(high + margin, math.ceil)
    if high <= 0:
        maximum = min(0.0, maximum)
    return (
        {"minimum": int(minimum), "maximum": int(maximum)}
        if whole
        else {
            "minimum": minimum,
            "maximum": maximum,
        }
    )


def _rounded(value: float, towards: Any) -> float:
    """Outwards to three digits, so that a person can read it."""
    if value == 0:
        return 0.0
    digits = 2 - math.floor(math.log10(abs(value)))
    if digits <= 0:
        step = 10.0**-digits
        return float(towards(value / step) * step)
    return float(round(towards(value * 10**digits) / 10**digits, digits))
