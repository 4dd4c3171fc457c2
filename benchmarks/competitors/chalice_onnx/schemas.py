"""Requests as marshmallow schemas, and their description."""

from typing import Any

from marshmallow import Schema, fields, validate

CENTIMETRES = validate.Range(min=0.1, max=15.0)


class IrisInput(Schema):
    """Four measurements in centimetres."""

    sepal_length = fields.Float(required=True, validate=CENTIMETRES)
    sepal_width = fields.Float(required=True, validate=CENTIMETRES)
    petal_length = fields.Float(required=True, validate=CENTIMETRES)
    petal_width = fields.Float(required=True, validate=CENTIMETRES)


class IrisBatch(Schema):
    """Many rows."""

    rows = fields.List(fields.Nested(IrisInput), required=True)


DESCRIPTION = {
    "display_name": "Iris Model",
    "qualified_name": "iris_model",
    "description": "Predicts the species of an iris flower from four measurements.",
    "major_version": 1,
    "minor_version": 0,
}
MEASUREMENTS = ("sepal_length", "sepal_width", "petal_length", "petal_width")
JSON_SCHEMAS: dict[str, Any] = {
    "input_schema": {
        "type": "object",
        "properties": {name: {"type": "number"} for name in MEASUREMENTS},
        "required": list(MEASUREMENTS),
    },
    "output_schema": {
        "type": "object",
        "properties": {"species": {"type": "string"}},
        "required": ["species"],
    },
}
