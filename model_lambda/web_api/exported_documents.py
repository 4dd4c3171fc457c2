"""Adds exported models to the stored OpenAPI document, from their manifests.

What is exported after `make openapi` is described all the same: no stored document goes stale.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from model_lambda.columns import field_schema
from model_lambda.packaged_model import PackagedModel
from model_lambda.tasks import DISTANCES
from model_lambda.web_api.open_inference_columns import TensorType, input_types, output_types

Document = dict[str, Any]

_JSON = "application/json"
_PARAMETERS = {"$ref": "#/components/schemas/InferenceParameters"}
# Probabilities stand in the stored document.
_DISTANCES = {
    "name": DISTANCES,
    "in": "query",
    "description": "Whether to add the distance to the centre of each cluster.",
    "schema": {"type": "boolean", "default": False},
}


def with_exported_models(stored: str, models: Sequence[PackagedModel]) -> str:
    """The document with schemas, names and examples of exported models."""
    document: Document = json.loads(stored)
    for model in models:
        _add_model(document, model)
    return json.dumps(document)


def component_prefix(model: PackagedModel) -> str:
    """What the names of a model's components begin with, such as `Churn1_0`."""
    words = model.qualified_name.split("_")
    return "".join(word.title() for word in words) + model.version.replace(".", "_")


def _add_model(document: Document, model: PackagedModel) -> None:
    components, paths = document["components"], document["paths"]
    prefix = component_prefix(model)
    components["schemas"] |= {f"{prefix}{name}": one for name, one in _schemas(model).items()}
    _add_choices(components["parameters"], model)
    golden = model.manifest.golden_predictions[0]
    predict = paths["/api/models/{qualified_name}/predict"]["post"]
    _add_exchange(predict, prefix, ("Row", "Prediction"), (golden.row, golden.prediction))
    batch = paths["/api/models/{qualified_name}/predictions"]["post"]
    _add_exchange(
        batch,
        prefix,
        ("Rows", "Predictions"),
        ({"rows": [golden.row]}, {"predictions": [golden.prediction]}),
    )
    if model.on_request == DISTANCES:
        components["parameters"][DISTANCES] = _DISTANCES
        for operation in (predict, batch):
            _add_parameter(operation, DISTANCES)
    for path, operations in paths.items():
        if path.endswith("/infer"):
            names = ("InferenceRequest", "InferenceResponse")
            _add_exchange(operations["post"], prefix, names, None)


def _add_choices(parameters: Document, model: PackagedModel) -> None:
    values = {
        "qualifiedName": model.qualified_name,
        "modelName": model.qualified_name,
        "modelVersion": model.version,
        "version": model.version,
    }
    for name, value in values.items():
        choices = parameters[name]["schema"]["enum"]
        if value not in choices:
            choices.append(value)


def _add_parameter(operation: Document, name: str) -> None:
    reference = {"$ref": f"#/components/parameters/{name}"}
    if reference not in operation["parameters"]:
        operation["parameters"].append(reference)


def _add_exchange(
    operation: Document,
    prefix: str,
    names: tuple[str, str],
    examples: tuple[Any, Any] | None,
) -> None:
    """Add one more body and answer to an operation."""
    sides = (operation["requestBody"], operation["responses"]["200"])
    for place, (side, name) in enumerate(zip(sides, names, strict=True)):
        content = side["content"][_JSON]
        schema = content["schema"]
        choices = schema.get("anyOf", [schema])
        content["schema"] = {"anyOf": [*choices, _reference(f"{prefix}{name}")]}
        if examples is not None:
            content.setdefault("examples", {})[prefix] = {"value": examples[place]}


def _schemas(model: PackagedModel) -> Document:
    prefix = component_prefix(model)
    schemas = model.json_schemas
    return {
        "Row": _without_identity(schemas["input"]),
        "Prediction": _without_identity(schemas["output"]),
        "Rows": _list_of(prefix, "rows", "Row"),
        "Predictions": _list_of(prefix, "predictions", "Prediction"),
        **_inference_schemas(model),
    }


def _without_identity(schema: Mapping[str, Any]) -> Document:
    return {name: value for name, value in schema.items() if not name.startswith("$")}


def _list_of(prefix: str, member: str, item: str) -> Document:
    items = {"type": "array", "items": _reference(f"{prefix}{item}")}
    return _object(f"Many {member}, in order.", {member: items})


def _inference_schemas(model: PackagedModel) -> Document:
    prefix, inputs, outputs = component_prefix(model), input_types(model), output_types(model)
    request = {
        "id": {"type": "string", "description": "Returned with the answer."},
        **_model_members(model),
        "parameters": _PARAMETERS,
        "inputs": {
            "type": "array",
            "items": _reference(f"{prefix}InputTensor"),
            "minItems": 1,
            "maxItems": len(inputs),
        },
        "outputs": {
            "type": "array",
            "items": _reference(f"{prefix}RequestedOutput"),
            "maxItems": len(outputs),
            "description": "All if empty or left out.",
        },
    }
    response = {
        **_model_members(model),
        "id": {"type": "string", "description": "That of the request."},
        "outputs": {"type": "array", "items": _reference(f"{prefix}OutputTensor"), "minItems": 1},
    }
    requested = {"name": _one_of(*(one.name for one in outputs)), "parameters": _PARAMETERS}
    return {
        "InferenceRequest": _object("Rows, as tensors.", request, required=("inputs",)),
        "InferenceResponse": _object(
            "The outputs.", response, required=("model_name", "model_version", "outputs")
        ),
        "InputTensor": _input_tensor(model, inputs),
        "OutputTensor": _tensor("An output.", outputs, {}),
        "RequestedOutput": _object("An output to return.", requested, required=("name",)),
        "Element": _element(model),
    }


def _input_tensor(model: PackagedModel, inputs: Sequence[TensorType]) -> Document:
    tensor = _tensor("An input.", inputs, {"parameters": _PARAMETERS})
    element = _reference(f"{component_prefix(model)}Element")
    nested = {"type": "array", "items": element}
    tensor["properties"]["data"] = {
        "description": "As many elements as the shape says, flat or a list a row.",
        "anyOf": [nested, {"type": "array", "items": nested}],
    }
    return tensor


def _element(model: PackagedModel) -> Document:
    """A value that some field takes; the function keeps each to its own field."""
    schemas = [field_schema(field) for field in model.manifest.fields]
    types: set[str] = set()
    for schema in schemas:
        one = schema.get("items", schema)["type"]
        types |= {one} if isinstance(one, str) else set(one)
    if "number" in types:
        types.discard("integer")
    return {"type": sorted(types), "description": "A value of a field."}


def _tensor(description: str, types: Sequence[TensorType], more: Document) -> Document:
    datatypes = dict.fromkeys(name for one in types for name in one.datatypes)
    properties = {
        "name": _one_of(*(one.name for one in types)),
        "shape": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0},
            "minItems": 1,
            "maxItems": 2,
            "description": "The number of rows, then of elements a row.",
        },
        "datatype": _one_of(*datatypes),
        "data": {"type": "array", "items": {"type": ["boolean", "number", "string"]}},
        **more,
    }
    return _object(description, properties, required=("name", "shape", "datatype", "data"))


def _model_members(model: PackagedModel) -> Document:
    return {
        "model_name": _one_of(model.qualified_name),
        "model_version": _one_of(model.version),
    }


def _object(description: str, properties: Document, required: Sequence[str] = ()) -> Document:
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": list(required or properties),
        "additionalProperties": False,
    }


def _one_of(*values: str) -> Document:
    return {"type": "string", "enum": list(values)}


def _reference(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}
