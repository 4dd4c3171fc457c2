"""Writes each model's marshmallow schemas as JSON Schema.

The documents are stored beside the models, so that the function serves them without apispec:
``python -m deploy.documents.json_schemas``.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from deploy.atomic_write import write_atomically
from model_lambda.columns import DIALECT, write_field
from model_lambda.config import Settings
from model_lambda.fields_of_schema import fields_of
from model_lambda.ml_model import MLModel
from model_lambda.model_manager import model_class


def json_schema(schema: Schema, identity: str) -> dict[str, Any]:
    """Describe a marshmallow schema as one complete JSON Schema (draft 2020-12).

    Args:
        identity: the value of ``$id``.
    """
    plugin = MarshmallowPlugin()
    # OpenAPI 3.1 uses this very dialect for its schemas.
    APISpec("", "", openapi_version="3.1.0", plugins=[plugin])
    assert plugin.converter is not None
    body = plugin.converter.schema2jsonschema(schema)  # type: ignore[no-untyped-call]
    description = (type(schema).__doc__ or "").strip()
    return {"$schema": DIALECT, "$id": identity, "description": description, **body}


def model_schemas(model: type[MLModel]) -> dict[str, Any]:
    """The input and output schema of a model class, and the fields of its rows."""
    urn = f"urn:model-lambda:{model.qualified_name}:{model.major_version}.{model.minor_version}"
    fields = fields_of(model.input_schema)
    return {
        "input": json_schema(model.input_schema, f"{urn}:input"),
        "output": json_schema(model.output_schema, f"{urn}:output"),
        # With these, a row is accepted without the schema.
        "fields": fields and list(map(write_field, fields)),
    }


def stored_schemas(model: type[MLModel]) -> dict[str, Any] | None:
    """The document of a model class, None if there is none."""
    path = schemas_path(model)
    document: dict[str, Any] | None = json.loads(path.read_bytes()) if path.exists() else None
    return document


def schemas_path(model: type[MLModel]) -> Path:
    """Where a model's document is stored."""
    return Path(sys.modules[model.__module__].__file__ or "").with_name("json_schemas.json")


def main(class_paths: Sequence[str] = Settings().model_classes) -> None:
    """Write the document of every model."""
    for path in class_paths:
        model = model_class(path)
        text = json.dumps(model_schemas(model), indent=2) + "\n"
        print(f"Wrote {write_atomically(schemas_path(model), text.encode()).name} of {path}")


if __name__ == "__main__":
    main()
