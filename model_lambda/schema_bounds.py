"""Reads from a marshmallow schema the bounds of its fields, if they say all that it asks for.

Written down before deployment, they let the function accept rows without importing marshmallow.
"""

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from model_lambda.schema_fields import StrictFloat

# Name, minimum and maximum.
Bounds = tuple[str, float, float]


def bounds_of(schema: Schema) -> tuple[Bounds, ...] | None:
    """Name, minimum and maximum (inclusive) of each field, in order.

    Returns:
        None if the schema asks for anything that bounds alone do not express.
    """
    hooks = schema._hooks.values()  # noqa: SLF001 - there is no public way to ask for them
    if schema.unknown != RAISE or schema.partial or any(hooks):
        return None
    found = tuple(_bounds_of_field(name, field) for name, field in schema.fields.items())
    return None if None in found else found  # type: ignore[return-value]


def _bounds_of_field(name: str, field: fields.Field[Any]) -> Bounds | None:
    is_plain = type(field) is StrictFloat and field.required and not field.allow_none
    if not is_plain or field.data_key not in (None, name) or len(field.validators) != 1:
        return None
    match field.validators[0]:
        case validate.Range(
            min=int() | float() as minimum,
            max=int() | float() as maximum,
            min_inclusive=True,
            max_inclusive=True,
        ):
            return name, minimum, maximum
    return None
