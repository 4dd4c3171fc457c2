"""Holds the loaded models and describes them."""

from typing import Any

from marshmallow import Schema, fields

from .iris_model import IrisModel

FIELDS = ("display_name", "qualified_name", "description", "major_version", "minor_version")
JSON_TYPES: dict[type[Any], str] = {fields.Float: "number", fields.String: "string"}


class ModelManager:
    """Loads the models once."""

    def __init__(self) -> None:
        self._models = {model.qualified_name: model for model in (IrisModel(),)}

    def get_models(self) -> list[dict[str, Any]]:
        """Describe all models."""
        return [describe(model) for model in self._models.values()]

    def get_model(self, qualified_name: str) -> IrisModel | None:
        """Find a model by name."""
        return self._models.get(qualified_name)

    def get_metadata(self, model: IrisModel) -> dict[str, Any]:
        """Describe one model with its schemas."""
        return describe(model) | {
            "input_schema": json_schema(model.input_schema),
            "output_schema": json_schema(model.output_schema),
        }


def describe(model: IrisModel) -> dict[str, Any]:
    """Describe a model in five fields."""
    return {name: getattr(model, name) for name in FIELDS}


def json_schema(schema: Schema) -> dict[str, Any]:
    """Describe a schema."""
    return {
        "type": "object",
        "properties": {
            name: {"type": JSON_TYPES[type(field)]} for name, field in schema.fields.items()
        },
        "required": [name for name, field in schema.fields.items() if field.required],
    }
