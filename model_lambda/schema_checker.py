"""Decides which rows a model's input schema accepts.

Marshmallow is exact and explains, but takes 25 ms to import and tens of microseconds a row. Rows
of a schema that says no more than fields can are accepted by a `RowChecker`; whatever does not
pass goes to marshmallow, which has the last word on every refusal.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from model_lambda.columns import Columns, Field
from model_lambda.errors import FieldError
from model_lambda.row_checks import RowChecker

if TYPE_CHECKING:
    from marshmallow import Schema


class SchemaChecker:
    """Checks rows by one marshmallow schema."""

    def __init__(
        self,
        schema: "Callable[[], Schema]",
        fields: Sequence[Field] | None,
        then: RowChecker | None = None,
    ) -> None:
        """Prepare to check.

        Args:
            schema: what imports it, once a row is not plainly of the fields.
            fields: those of the schema; None if it says more than fields can.
            then: checks what the schema accepts, and takes every row of the fields.
        """
        self._schema = schema
        self._are_plainly_valid = _never if fields is None else RowChecker(fields).are_plainly_valid
        self._then = then

    def refusals(
        self, rows: Sequence[Any] | Columns, at_most: int | None = None
    ) -> dict[int, list[FieldError]]:
        """Find the rows that the schema refuses.

        Args:
            rows: as objects or by column.
            at_most: how many to find; an explanation costs far more than a look.

        Returns:
            The reasons by index of the row, pointers relative to the row; empty if all are valid.
        """
        if self._are_plainly_valid(rows):
            return {}
        refused: dict[int, list[FieldError]] = {}
        for index, row in enumerate(rows.rows() if isinstance(rows, Columns) else rows):
            if not self._are_plainly_valid((row,)) and (errors := self._explain(row)):
                refused[index] = errors
                if len(refused) == at_most:
                    break
        return refused

    def _explain(self, row: Any) -> list[FieldError]:
        errors = _reasons(self._schema(), row)
        if errors or self._then is None:
            return errors
        return self._then.refusals((row,)).get(0, [])


def _never(_rows: Sequence[Any] | Columns) -> bool:
    """A schema that says more than fields can is asked about every row."""
    return False


def _reasons(schema: "Schema", row: Any) -> list[FieldError]:
    """Why marshmallow refuses a row; empty if it does not."""
    if not isinstance(row, Mapping):
        return [FieldError("", "Not an object.")]
    messages = schema.validate(row)
    errors = [
        FieldError(f"/{name}", text)
        for name in schema.fields
        if name in messages
        for text in _texts(messages.pop(name))
    ]
    # What is left names fields that the schema does not know; a name is input and stays here.
    return errors + [FieldError("", text) for text in dict.fromkeys(_texts(messages))]


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
