"""Rows for any model, good and hostile, made from the JSON Schema of its input.

Whether a row is good is not said here: its JSON Schema says it, and the function has to agree.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

Schema = Mapping[str, Any]
Row = Mapping[str, Any]

# What may stand in place of any value, as JSON text: some fields take one or the other.
LITERALS: Mapping[str, str] = {
    "null": "null",
    "true": "true",
    "zero": "0",
    "a_fraction": "3.7",
    "a_whole_number_with_a_point": "3.0",
    "minus_1e300": "-1e300",
    "1e400": "1e400",
    "four_hundred_digits": "9" * 400,
    "a_number_in_a_string": '"1"',
    "an_empty_string": '""',
    "a_choice_that_is_none": '"none of the choices"',
    "a_long_string": f'"{"x" * 2_000}"',
    "an_empty_list": "[]",
    "a_list_with_null": "[null]",
    "a_list_of_lists": "[[1], [2]]",
    "an_object": '{"value": 1}',
    "nested_a_hundred_deep": "[" * 100 + "]" * 100,
}
NOT_OBJECTS = ("[]", "[{}]", '"row"', "1", "true", "null")
_MOST_CHOICES = 20


class RowCase(NamedTuple):
    """A row with one thing changed.

    Attributes:
        text: the row, as JSON.
        pointer: where the reason for its refusal is, if it is refused: this or below.
    """

    name: str
    text: str
    pointer: str


def example_row(schema: Schema) -> dict[str, Any]:
    """A row that the schema of an input takes, with all its members."""
    return {name: _example(one) for name, one in schema["properties"].items()}


def row_cases(schema: Schema, row: Row) -> Iterator[RowCase]:
    """A good row changed in one place, in every way that the schema speaks of.

    Args:
        schema: of the input, as the model's metadata has it.
        row: one that the model takes.
    """
    yield RowCase("as_it_is", json.dumps(row), "")
    yield RowCase("empty", "{}", "")
    yield RowCase("unknown_member", json.dumps({**row, "no such field": 1}), "")
    yield RowCase("member_with_an_empty_name", json.dumps({**row, "": 1}), "")
    for text in NOT_OBJECTS:
        yield RowCase(f"row_is_{text}", text, "")
    for name, one in schema["properties"].items():
        place = "/" + name.replace("~", "~0").replace("/", "~1")
        rest = {other: value for other, value in row.items() if other != name}
        yield RowCase(f"{name}_missing", json.dumps(rest), place)
        for what, literal in _literals(one).items():
            text = json.dumps({**row, name: "<value>"}).replace('"<value>"', literal)
            yield RowCase(f"{name}_{what}", text, place)


def _literals(schema: Schema) -> dict[str, str]:
    """What stands in place of a value: always the same, and what is near to its limits."""
    if "items" in schema:
        return {**LITERALS, **_arrays(schema)}
    near = {f"at_{value!r}": value for value in _limits(schema)}
    longest = schema.get("maxLength")
    if longest is not None and longest <= len(LITERALS["a_long_string"]):
        near |= {"longest": "x" * longest, "too_long": "x" * (longest + 1)}
    return {**LITERALS, **{name: json.dumps(value) for name, value in near.items()}}


def _limits(schema: Schema) -> list[Any]:
    """The bounds with a neighbour on either side, or the choices."""
    if "enum" in schema:
        return [value for value in schema["enum"] if value is not None][:_MOST_CHOICES]
    bounds = [schema[word] for word in ("minimum", "maximum") if word in schema]
    if "integer" in _types(schema):
        return [number for bound in bounds for number in (bound - 1, bound, bound + 1)]
    around = (-math.inf, math.inf)
    near = [number for bound in bounds for number in (bound, *(_next(bound, to) for to in around))]
    return [number for number in near if math.isfinite(number)]


def _next(number: float, towards: float) -> float:
    return math.nextafter(float(number), towards)


def _arrays(schema: Schema) -> dict[str, str]:
    """Lists one too short and one too long, and with one element at each limit."""
    good = _example(schema)
    arrays = {"one_too_short": good[:-1], "one_too_long": [*good, good[-1]]}
    for element in _limits(schema["items"]):
        arrays[f"with_{element!r}"] = [*good[:-1], element]
    texts = {name: json.dumps(value) for name, value in arrays.items()}
    texts["with_a_string"] = json.dumps([*good[:-1], "1"])
    texts["with_null"] = json.dumps([*good[:-1], None])
    return texts


def _types(schema: Schema) -> tuple[str, ...]:
    named = schema["type"]
    return (named,) if isinstance(named, str) else tuple(named)


def _example(schema: Schema) -> Any:
    """A value that a field takes: the first choice, or a number in the middle of its bounds."""
    if "enum" in schema:
        return schema["enum"][0]
    low, high = schema.get("minimum", 0), schema.get("maximum", 1)
    middle = low + (high - low) / 2
    made: dict[str, Callable[[], Any]] = {
        "array": lambda: [_example(schema["items"])] * schema.get("minItems", 1),
        "boolean": lambda: True,
        "integer": lambda: int(middle),
        "number": lambda: middle,
        "string": lambda: "x" * max(1, schema.get("minLength", 1)),
    }
    return next(made[kind] for kind in _types(schema) if kind in made)()
