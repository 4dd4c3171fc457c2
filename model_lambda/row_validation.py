"""Decides which rows a model's input schema accepts.

Marshmallow is exact and explains, but takes 25 ms to import and tens of microseconds a row. Rows
of a schema that is nothing but required numbers with bounds are accepted by comparing each number
with its bounds; whatever does not pass goes to marshmallow, which has the last word on every
refusal.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from model_lambda.errors import FieldError

if TYPE_CHECKING:
    from marshmallow import Schema

Bounds = tuple[str, float, float]


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
        refused: dict[int, list[FieldError]] = {}
        for index, row in enumerate(rows):
            if not self._is_plainly_valid(row) and (errors := self._explain(row)):
                refused[index] = errors
                if len(refused) == at_most:
                    break
        return refused

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
