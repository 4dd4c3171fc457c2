"""Reads from a marshmallow schema the fields of a row, if they say all that it asks for.

Written down before deployment, they let the function accept rows without importing marshmallow.
"""

import math
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from model_lambda.columns import Field, read_field
from model_lambda.schema_fields import StrictFloat

# Of each type of marshmallow's fields the type of ours, whose values it accepts.
_TYPES: Mapping[type[fields.Field[Any]], str] = {
    StrictFloat: "number",
    fields.Integer: "integer",
    fields.Boolean: "boolean",
    fields.String: "text",
}
# What a field may say besides, in its metadata.
_DESCRIBING = ("description", "unit")


def fields_of(schema: Schema) -> tuple[Field, ...] | None:
    """The fields of a schema, in order; whatever is plainly of these fields, the schema accepts.

    Returns:
        None if the schema asks for anything that fields do not express.
    """
    hooks = schema._hooks.values()  # noqa: SLF001 - there is no public way to ask for them
    if schema.unknown != RAISE or schema.partial or any(hooks):
        return None
    found = [_field_of(name, field) for name, field in schema.fields.items()]
    return tuple(one for one in found if one) if all(found) else None


def _field_of(name: str, field: fields.Field[Any]) -> Field | None:
    kind = _TYPES.get(type(field))
    if kind is None or not field.required or field.data_key not in (None, name):
        return None
    described = {key: field.metadata[key] for key in _DESCRIBING if key in field.metadata}
    document = {"name": name, "type": kind, "nullable": bool(field.allow_none), **described}
    try:
        limits = _limits(kind, field.validators)
        return None if limits is None else read_field(document | limits)
    except (ValueError, TypeError):  # no field is so: of no choice, or of choices of any type
        return None


def _limits(kind: str, validators: Any) -> dict[str, Any] | None:
    """What a field's only validator says, as attributes of a field; None if it has another."""
    match kind, *validators:
        case ("boolean",):
            return {}
        case (
            "number" | "integer",
            validate.Range(
                min=int() | float() as minimum,
                max=int() | float() as maximum,
                min_inclusive=True,
                max_inclusive=True,
            ),
        ) if math.inf not in (abs(minimum), abs(maximum)):
            return {"minimum": minimum, "maximum": maximum}
        case "integer", validate.OneOf(choices=choices):
            within = {"minimum": min(choices), "maximum": max(choices)} if choices else {}
            return {"choices": list(choices), **within}
        case "text", validate.OneOf(choices=choices):
            return {"type": "category", "choices": list(choices)}
        case "text", validate.Length(min=None, max=int() as longest, equal=None):
            return {"max_length": longest}
    return None
