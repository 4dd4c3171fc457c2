"""Decides which rows a model's input schema accepts.

Marshmallow is exact and explains, but takes 25 ms to import and tens of microseconds a row. Rows
of a schema that is nothing but required numbers with bounds are accepted by comparing each number
with its bounds, many rows column by column; whatever does not pass goes to marshmallow, which has
the last word on every refusal.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from model_lambda.columns import Field
from model_lambda.errors import FieldError
from model_lambda.row_checks import RowChecker

if TYPE_CHECKING:
    from marshmallow import Schema

Bounds = tuple[str, float, float]
LARGEST_FLOAT32 = (2 - 2**-23) * 2.0**127


class RowValidator:
    """Validates rows against one marshmallow schema.

    Attributes:
        bounds: of each field, in order; None if bounds alone do not express the schema.
    """

    def __init__(
        self, schema: "Schema | Callable[[], Schema]", bounds: Sequence[Bounds] | None = None
    ) -> None:
        """Prepare to validate.

        Args:
            schema: of the rows, or what imports it once a row is not within the bounds.
            bounds: those of a schema that is not imported yet.
        """
        self._schema = schema
        self.bounds = bounds if callable(schema) else _bounds_of(schema)

    def refusals(
        self, rows: Sequence[Any], at_most: int | None = None
    ) -> dict[int, list[FieldError]]:
        """Find the rows that the schema refuses.

        Args:
            at_most: how many to find; an explanation costs far more than a look.

        Returns:
            The reasons by index of the row, pointers relative to the row; empty if all are valid.
        """
        if len(rows) > 1 and self._are_plainly_valid(rows):
            return {}
        refused: dict[int, list[FieldError]] = {}
        for index, row in enumerate(rows):
            if not self._is_plainly_valid(row) and (errors := self._explain(row)):
                refused[index] = errors
                if len(refused) == at_most:
                    break
        return refused

    def _are_plainly_valid(self, rows: Sequence[Any]) -> bool:
        """True only if the schema accepts all rows; False decides nothing."""
        return self._columns is not None and self._columns.are_plainly_valid(rows)

    @cached_property
    def _columns(self) -> RowChecker | None:
        if self.bounds is None:
            return None
        return RowChecker(
            [Field(name, "number", minimum=low, maximum=high) for name, low, high in self.bounds]
        )

    def _is_plainly_valid(self, row: Any) -> bool:
        """True only if the schema accepts the row; False decides nothing."""
        bounds = self.bounds
        if bounds is None or type(row) is not dict or len(row) != len(bounds):
            return False
        for name, minimum, maximum in bounds:
            value = row.get(name)
            # Exact types: a boolean is an int too. A NaN fails every comparison.
            if not ((type(value) is float or type(value) is int) and minimum <= value <= maximum):
                return False
        return True

    def _explain(self, row: Any) -> list[FieldError]:
        if not isinstance(row, Mapping):
            return [FieldError("", "Not an object.")]
        schema = self._schema() if callable(self._schema) else self._schema
        messages = schema.validate(row)
        errors = [
            FieldError(f"/{name}", text)
            for name in schema.fields
            if name in messages
            for text in _texts(messages.pop(name))
        ]
        # What is left names fields that the schema does not know; a name is input and stays here.
        return errors + [FieldError("", text) for text in dict.fromkeys(_texts(messages))]


class Float32Validator(RowValidator):
    """Refuses, of rows that the schema accepts, those with a number too large for float32."""

    def _are_plainly_valid(self, rows: Sequence[Any]) -> bool:
        return False

    def _is_plainly_valid(self, row: Any) -> bool:
        return False

    def _explain(self, row: Any) -> list[FieldError]:
        return super()._explain(row) or [
            FieldError(f"/{name}", "Too large for FP32.")
            for name, value in row.items()
            if abs(value) > LARGEST_FLOAT32
        ]


def _bounds_of(schema: "Schema") -> Sequence[Bounds] | None:
    from model_lambda.schema_bounds import bounds_of

    return bounds_of(schema)


def _texts(messages: Any) -> Iterator[str]:
    """The texts in marshmallow's nested dictionaries and lists."""
    if isinstance(messages, str):
        yield messages
    elif isinstance(messages, Mapping):
        for nested in messages.values():
            yield from _texts(nested)
    else:
        for nested in messages:
            yield from _texts(nested)
