"""Decides which rows have the fields that they should, and turns them into columns.

Rows are looked at column by column, with functions that loop in C: 10,000 rows of seven fields take
about 6 ms. Only when a column does not pass is each row judged by itself, with its reasons.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import call, itemgetter
from typing import Any

from model_lambda.columns import FIELD_TYPES, Columns, Field, Matrix
from model_lambda.errors import FieldError

Column = Sequence[Any]

_NULL = type(None)
_MOST_LISTED = 20


class RowChecker:
    """Checks rows of given fields."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = tuple(fields)
        self._names_in_order = tuple(field.name for field in fields)
        self._names = frozenset(self._names_in_order)
        self._required = tuple(field.name for field in fields if field.required)
        self._cells = _cells_getter(self._names_in_order)
        self._checks = tuple(_column_check(field) for field in fields)
        self._value_checks = tuple(_value_check(field) for field in fields)

    def refusals(
        self, rows: Sequence[Any] | Columns, at_most: int | None = None
    ) -> dict[int, list[FieldError]]:
        """Find the rows that are not of these fields.

        Args:
            rows: as objects or by column.
            at_most: how many to find.

        Returns:
            The reasons by index of the row, pointers relative to the row; empty if all are valid.

        Raises:
            ValueError: columns are not of as many rows as they say.
        """
        if self.are_plainly_valid(rows):
            return {}
        return self._refused(rows.rows() if isinstance(rows, Columns) else rows, at_most)

    def _refused(self, rows: Iterable[Any], at_most: int | None) -> dict[int, list[FieldError]]:
        refused: dict[int, list[FieldError]] = {}
        for index, row in enumerate(rows):
            if not self._is_plainly_valid(row) and (errors := list(self._explain(row))):
                refused[index] = errors
                if len(refused) == at_most:
                    break
        return refused

    def columns(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
        """The values of valid rows by field, a default where a value was left out."""
        names, cells = self._names_in_order, self._cells
        try:
            if len(rows) == 1:  # half the time of the general case
                (row,) = rows
                return {name: (row[name],) for name in names}
            return dict(zip(names, zip(*map(cells, rows), strict=True), strict=True))
        except KeyError:
            return {
                field.name: [row.get(field.name, field.default) for row in rows]
                for field in self._fields
            }

    def completed(self, columns: Columns) -> Mapping[str, Column]:
        """The values of valid rows by field, a default where a whole column was left out."""
        left_out = [field for field in self._fields if field.name not in columns.values]
        defaults = {field.name: [field.default] * columns.row_count for field in left_out}
        return {**columns.values, **defaults}

    def are_plainly_valid(self, rows: Sequence[Any] | Columns) -> bool:
        """True only if all rows are valid; False decides nothing."""
        if isinstance(rows, Columns):
            return self._are_plainly_valid_columns(rows)
        if len(rows) == 1:
            return self._is_plainly_valid(rows[0])
        return self._are_plainly_valid_objects(rows)

    def _are_plainly_valid_objects(self, rows: Sequence[Any]) -> bool:
        if set(map(type, rows)) != {dict}:
            return False
        if set(map(len, rows)) != {len(self._fields)} and not self._know_all_members(rows):
            return False
        columns = self.columns(rows).values()
        return all(check(column) for check, column in zip(self._checks, columns, strict=True))

    def _are_plainly_valid_columns(self, columns: Columns) -> bool:
        """True only if all rows are valid; False decides nothing."""
        given = columns.values
        if set(map(len, given.values())) - {columns.row_count}:
            raise ValueError("a column of another number of rows")
        if not (columns.row_count and self._names.issuperset(given)):
            return False
        if not all(name in given for name in self._required):
            return False
        return all(
            check(given[name])
            for name, check in zip(self._names_in_order, self._checks, strict=True)
            if name in given
        )

    def _is_plainly_valid(self, row: Any) -> bool:
        """True only if the row is complete and valid; False decides nothing."""
        if type(row) is not dict or len(row) != len(self._fields):
            return False
        try:
            cells = self._cells(row)
        except KeyError:
            return False
        return all(map(call, self._value_checks, cells))

    def _know_all_members(self, rows: Sequence[dict[str, Any]]) -> bool:
        """Whether no row has a member too many, or lacks a required one."""
        return all(map(self._names.issuperset, rows)) and all(
            name in row for name in self._required for row in rows
        )

    def _explain(self, row: Any) -> Iterator[FieldError]:
        if not isinstance(row, Mapping):
            yield FieldError("", "Not an object.")
            return
        for field in self._fields:
            if field.name in row:
                yield from _explain_value(field, row[field.name])
            elif field.required:
                yield FieldError(pointer(field.name), "Missing data for required field.")
        if not self._names.issuperset(row):  # a name is input, and stays here
            yield FieldError("", "Unknown field.")


def pointer(name: str) -> str:
    """The JSON Pointer (RFC 6901) of a member; JSON escapes it like any other text."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _cells_getter(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    (name,) = names
    return lambda row: (row[name],)


def _column_check(field: Field) -> Callable[[Column], bool]:
    """A function that is true only if all values of a column are valid."""
    types = FIELD_TYPES[field.type].python_types
    content_check = _content_check(field)

    def check(values: Column) -> bool:
        if type(values) is Matrix:
            return content_check(values)
        found = set(map(type, values))
        if found <= types:
            return content_check(values)
        if not (field.nullable and found <= {*types, _NULL}):
            return False
        present = [value for value in values if value is not None]
        return not present or content_check(present)

    return check


def _content_check(field: Field) -> Callable[[Column], bool]:
    low, high = field.minimum, field.maximum
    choices = frozenset(field.choices)

    def within(values: Column) -> bool:
        try:
            total = sum(values)  # a NaN is passed over by min and max, but not by a sum
        except OverflowError:  # a whole number beyond float64, beside one with a fraction
            return False
        return bool(total == total and low <= min(values) and max(values) <= high)  # noqa: PLR0124

    checks: dict[str, Callable[[Column], bool]] = {
        "number": within,
        "integer": choices.issuperset if choices else within,
        "boolean": lambda values: True,
        "category": choices.issuperset,
        "text": lambda values: max(map(len, values)) <= field.max_length,
        "array": lambda values: _are_arrays(field.length, within, values),
    }
    return checks[field.type]


def _are_arrays(length: int, within: Callable[[Column], bool], values: Column) -> bool:
    if type(values) is Matrix:
        return values.width == length and _are_numbers(within, values.numbers)
    if set(map(len, values)) != {length}:
        return False
    return _are_numbers(within, list(chain.from_iterable(values)))


def _are_numbers(within: Callable[[Column], bool], numbers: Column) -> bool:
    return set(map(type, numbers)) <= FIELD_TYPES["number"].python_types and within(numbers)


def _value_check(field: Field) -> Callable[[Any], bool]:
    """A function that is true only if one value is valid, for a row that comes alone."""
    low, high, nullable = field.minimum, field.maximum, field.nullable
    types, content_check = FIELD_TYPES[field.type].python_types, _content_check(field)
    # Exact types: a boolean is an int too. A NaN fails every comparison.
    if field.choices:
        choices = frozenset(field.choices)
        return lambda value: value in choices if type(value) in types else _is_null(value, nullable)
    if field.type in ("number", "integer"):
        return lambda value: (
            low <= value <= high if type(value) in types else _is_null(value, nullable)
        )
    return lambda value: (
        content_check((value,)) if type(value) in types else _is_null(value, nullable)
    )


def _is_null(value: Any, nullable: bool) -> bool:
    return nullable and value is None


def _explain_value(field: Field, value: Any) -> Iterator[FieldError]:
    place = pointer(field.name)
    if value is None:
        if not field.nullable:
            yield FieldError(place, "Field may not be null.")
    elif not _has_type(field, value):
        yield FieldError(place, FIELD_TYPES[field.type].refusal)
    elif field.type == "array":
        yield from (
            FieldError(place + inside, text) for inside, text in _explain_array(field, value)
        )
    elif refusal := _content_refusal(field, value):
        yield FieldError(place, refusal)


def _has_type(field: Field, value: Any) -> bool:
    if type(value) in FIELD_TYPES[field.type].python_types:
        return True
    # JSON Schema counts 3.0 among the integers.
    return field.type == "integer" and type(value) is float and value.is_integer()


def _content_refusal(field: Field, value: Any) -> str | None:
    match field.type:
        case "category" | "integer" if field.choices:
            return None if value in field.choices else _not_a_choice(field)
        case "number" | "integer" if not field.minimum <= value <= field.maximum:
            return (
                f"Must be greater than or equal to {field.minimum} "
                f"and less than or equal to {field.maximum}."
            )
        case "text" if len(value) > field.max_length:
            return f"Longer than maximum length {field.max_length}."
    return None


def _explain_array(field: Field, values: list[Any]) -> list[FieldError]:
    """Reasons relative to the array."""
    if len(values) != field.length:
        return [FieldError("", f"Length must be {field.length}.")]
    item = field._replace(type="number")
    return [
        FieldError(f"/{index}", reason.detail)
        for index, value in enumerate(values)
        for reason in _explain_value(item, value)
    ]


def _not_a_choice(field: Field) -> str:
    listed = ", ".join(map(str, field.choices[:_MOST_LISTED]))
    more = ", ..." if len(field.choices) > _MOST_LISTED else ""
    return f"Must be one of: {listed}{more}."
