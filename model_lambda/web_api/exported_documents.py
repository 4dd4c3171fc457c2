"""Adds exported models to the stored OpenAPI document, from their manifests.

What is exported after `make openapi` is described all the same: no stored document goes stale.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model_lambda.columns import FIELD_TYPES, field_schema
from model_lambda.ml_model import MLModel
from model_lambda.packaged_model import PackagedModel
from model_lambda.schema_model import SchemaModel
from model_lambda.tasks import DISTANCES, PROBABILITIES
from model_lambda.web_api.open_inference_columns import TensorType, input_types, output_types

Document = dict[str, Any]

_JSON = "application/json"
_JSON_TYPES = {
    "BYTES": "string",
    "INT64": "integer",
    "BOOL": "boolean",
    "FP32": "number",
    "FP64": "number",
}
_PARAMETERS = {"$ref": "#/components/schemas/InferenceParameters"}
# Probabilities stand in the stored document.
_DISTANCES = {
    "name": DISTANCES,
    "in": "query",
    "description": "Whether to add the distance to the centre of each cluster.",
    "schema": {"type": "boolean", "default": False},
}


def with_exported_models(stored: str, models: Iterable[MLModel]) -> str:
    """The document with schemas, names and examples of exported models that it does not hold."""
    exported = [one for one in models if isinstance(one, PackagedModel)]
    lacking = [one for one in exported if f'"{component_prefix(one)}InputTensor"' not in stored]
    if not lacking:
        return stored
    document: Document = json.loads(stored)
    for model in lacking:
        _add_model(document, model)
    return json.dumps(document)


def component_prefix(model: PackagedModel) -> str:
    """What the names of a model's components begin with, such as `Churn1_0`."""
    name = "".join(word.title() for word in model.qualified_name.split("_"))
    # A folder lies beside those of its other versions; a class has one.
    return name if isinstance(model, SchemaModel) else name + model.version.replace(".", "_")


def _add_model(document: Document, model: PackagedModel) -> None:
    components, paths = document["components"], document["paths"]
    prefix = component_prefix(model)
    rows = {f"{prefix}{name}": one for name, one in _row_schemas(model).items()}
    components["schemas"] |= rows | tensor_schemas(model)
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


def _row_schemas(model: PackagedModel) -> Document:
    prefix = component_prefix(model)
    schemas = model.json_schemas
    return {
        "Row": _without_identity(schemas["input"]),
        "Prediction": _without_identity(schemas["output"]),
        "Rows": _list_of(prefix, "rows", "Row"),
        "Predictions": _list_of(prefix, "predictions", "Prediction"),
    }


def _without_identity(schema: Mapping[str, Any]) -> Document:
    return {name: value for name, value in schema.items() if not name.startswith("$")}


def _list_of(prefix: str, member: str, item: str) -> Document:
    items = {"type": "array", "items": _reference(f"{prefix}{item}")}
    return _object(f"Many {member}, in order.", {member: items})


def tensor_schemas(model: PackagedModel) -> Document:
    """The components of a model's requests and answers in the Open Inference Protocol, by name."""
    inputs, outputs = input_types(model), output_types(model)
    tensors = _output_tensors(model, outputs)
    requested = {"name": _one_of(*(one.name for one in outputs)), "parameters": _PARAMETERS}
    schemas = {
        "InferenceRequest": _inference_request(model, len(inputs), len(outputs)),
        "InferenceResponse": _inference_response(model, list(tensors), len(outputs)),
        "InputTensor": _input_tensor(model, inputs),
        **tensors,
        "RequestedOutput": _object("An output to return.", requested, required=("name",)),
        "Element": _element(model),
    }
    prefix = component_prefix(model)
    return {f"{prefix}{name}": schema for name, schema in schemas.items()}


def _inference_request(model: PackagedModel, input_count: int, output_count: int) -> Document:
    prefix = component_prefix(model)
    inputs = {"type": "array", "items": _reference(f"{prefix}InputTensor"), "minItems": 1}
    outputs = {"type": "array", "items": _reference(f"{prefix}RequestedOutput")}
    request = {
        "id": {"type": "string", "description": "Returned with the answer."},
        **_model_members(model),
        "parameters": _PARAMETERS,
        "inputs": inputs | {"maxItems": input_count},
        "outputs": outputs | {"maxItems": output_count, "description": "All if empty or left out."},
    }
    return _object("Rows, as tensors.", request, required=("inputs",))


def _inference_response(model: PackagedModel, tensors: Sequence[str], count: int) -> Document:
    prefix = component_prefix(model)
    one = {"anyOf": [_reference(f"{prefix}{name}") for name in tensors]}
    response = {
        **_model_members(model),
        "id": {"type": "string", "description": "That of the request."},
        "outputs": {"type": "array", "items": one, "minItems": 1, "maxItems": count},
    }
    required = ("model_name", "model_version", "outputs")
    return _object("The outputs.", response, required=required)


def _input_tensor(model: PackagedModel, inputs: Sequence[TensorType]) -> Document:
    tensor = _tensor("An input.", inputs, {"parameters": _PARAMETERS})
    element = _reference(f"{component_prefix(model)}Element")
    nested = {"type": "array", "items": element}
    tensor["properties"]["data"] = {
        "description": "As many elements as the shape says, flat or a list a row.",
        "anyOf": [nested, {"type": "array", "items": nested}],
    }
    return tensor


def _output_tensors(model: PackagedModel, outputs: Sequence[TensorType]) -> Document:
    """The outputs of the task, and what is given on request: of another type of elements."""
    of_task = [one for one in outputs if one.name != model.on_request]
    added = [one for one in outputs if one.name == model.on_request]
    kinds = sorted({_JSON_TYPES[name] for one in of_task for name in one.datatypes})
    element: Document = {"type": kinds[0] if len(kinds) == 1 else kinds}
    if model.task == "classification":
        element["enum"] = list(model.manifest.answer.labels)
    tensors = {"OutputTensor": _tensor("What is predicted.", of_task, _list_data(element))}
    if added:
        number: Document = {"type": "number", "minimum": 0}
        if model.on_request == PROBABILITIES:
            number["maximum"] = 1
        name = f"{model.on_request.title()}Tensor"
        tensors[name] = _tensor("What is given on request.", added, _list_data(number))
    return tensors


def _list_data(element: Document) -> Document:
    return {"data": {"type": "array", "items": element}}


def _element(model: PackagedModel) -> Document:
    """A value that some field takes; the function keeps each to its own field."""
    schemas = [field_schema(field) for field in model.manifest.fields]
    types: set[str] = set()
    for one in (schema.get("items", schema) for schema in schemas):
        types |= {one["type"]} if isinstance(one["type"], str) else set(one["type"])
    if "number" in types:
        types.discard("integer")
    element: Document = {"type": sorted(types), "description": "A value of a field."}
    numbers = [field for field in model.manifest.fields if FIELD_TYPES[field.type].largest]
    if numbers:
        element["minimum"] = min(field.minimum for field in numbers)
        element["maximum"] = max(field.maximum for field in numbers)
    return element


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
