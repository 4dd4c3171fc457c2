"""JSON Schemas of the Open Inference Protocol's documents, for the models that are served.

Every request that the function accepts fits them, with any number of rows. Whether the data has
the size of the shape JSON Schema cannot say, and whether its numbers fit the datatype only in
keywords that client generators do not read: the function compares these and answers 400. Client
generators are also why every object is a component with a name and no list names its positions.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from model_lambda.build_time.json_schemas import json_schema
from model_lambda.ml_model import ClassifierModel, MLModel
from model_lambda.web_api.open_inference_tensors import INPUT_NAME, OUTPUT_NAMES

JsonSchema = dict[str, Any]

DATATYPES = ("FP32", "FP64", "INT64")
_IDENTIFIER: JsonSchema = {"type": "string", "description": "Returned with the answer."}


def tensor_schemas(models: Sequence[type[ClassifierModel]]) -> dict[str, JsonSchema]:
    """Every component of the protocol, by its name: two that models share, five of each model."""
    of_models = [_schemas_of(model) for model in models]
    return _shared_schemas() | {name: one for some in of_models for name, one in some.items()}


def component_name(model: type[MLModel], what: str) -> str:
    """The name of a component of one model, such as `IrisModelInferenceRequest`."""
    words = model.qualified_name.split("_")
    return f"{''.join(word.title() for word in words)}{what}"


def members(
    description: str, properties: Mapping[str, JsonSchema], *, optional: Sequence[str] = ()
) -> JsonSchema:
    """An object with these members and no others."""
    return {
        "description": description,
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def list_of(items: JsonSchema, **keywords: Any) -> JsonSchema:
    """A list; the keywords are bounds and a description."""
    return {"type": "array", "items": items, **keywords}


def one_of(*values: str) -> JsonSchema:
    """A text that is one of these."""
    return {"type": "string", "enum": list(values)}


def version_of(model: type[MLModel]) -> str:
    """``major.minor`` of a model class."""
    return f"{model.major_version}.{model.minor_version}"


def _reference(name: str) -> JsonSchema:
    return {"$ref": f"#/components/schemas/{name}"}


def _shared_schemas() -> dict[str, JsonSchema]:
    output = {"name": one_of(*OUTPUT_NAMES), "parameters": _reference("InferenceParameters")}
    return {
        "InferenceParameters": {
            "type": "object",
            "description": "Not used.",
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        },
        "RequestedOutput": members("An output to return.", output, optional=("parameters",)),
    }


def _schemas_of(model: type[ClassifierModel]) -> dict[str, JsonSchema]:
    """The components of one model."""
    output = json_schema(model.output_schema, "")["properties"]
    label = output[model.label_field]
    probability = {"type": "number", "minimum": 0, "maximum": 1}
    schemas = {
        "InferenceRequest": _inference_request(model),
        "InputTensor": _input_tensor(model),
        "InferenceResponse": _inference_response(model),
        "LabelTensor": _output_tensor("label", "BYTES", _shape("rows"), label),
        "ProbabilitiesTensor": _output_tensor(
            "probabilities", "FP32", _shape("rows", "labels"), probability
        ),
    }
    return {component_name(model, what): schema for what, schema in schemas.items()}


def _inference_request(model: type[ClassifierModel]) -> JsonSchema:
    input_tensor = _reference(component_name(model, "InputTensor"))
    outputs = list_of(
        _reference("RequestedOutput"), maxItems=2, description="All if empty or left out."
    )
    properties = {
        "id": _IDENTIFIER,
        **_model_members(model),
        "parameters": _reference("InferenceParameters"),
        "inputs": list_of(input_tensor, minItems=1, maxItems=1),
        "outputs": outputs,
    }
    optional = [name for name in properties if name != "inputs"]
    return members(f"Rows to classify with {model.qualified_name}.", properties, optional=optional)


def _inference_response(model: type[ClassifierModel]) -> JsonSchema:
    tensors = [component_name(model, f"{name.title()}Tensor") for name in OUTPUT_NAMES]
    one = {"anyOf": [_reference(name) for name in tensors]}
    properties = {
        **_model_members(model),
        "id": _IDENTIFIER,
        "outputs": list_of(one, minItems=1, maxItems=2),
    }
    return members("The outputs that were asked for.", properties, optional=("id",))


def _model_members(model: type[ClassifierModel]) -> dict[str, JsonSchema]:
    """What names the model: optional in a request, where clients repeat what the path says."""
    return {
        "model_name": one_of(model.qualified_name),
        "model_version": one_of(version_of(model)),
    }


def _input_tensor(model: type[ClassifierModel]) -> JsonSchema:
    columns: dict[str, JsonSchema] = json_schema(model.input_schema, "")["properties"]
    number = _any_column(columns)
    row = list_of(number, minItems=len(columns), maxItems=len(columns))
    names = ", ".join(columns)
    properties = {
        "name": one_of(INPUT_NAME),
        "shape": _shape("rows", f"features, which is {len(columns)}"),
        "datatype": {**one_of(*DATATYPES), "description": "INT64: whole numbers alone."},
        "parameters": _reference("InferenceParameters"),
        "data": {
            "description": f"As many numbers as the shape says, flat or a list a row: {names}.",
            "anyOf": [list_of(number), list_of(row)],
        },
    }
    return members("The rows, as one tensor.", properties, optional=("parameters",))


def _any_column(columns: Mapping[str, JsonSchema]) -> JsonSchema:
    """A number that some column may hold; the function keeps each to its own bounds."""
    number: JsonSchema = {"type": "number"}
    lowest = _bounds(columns, "minimum", "exclusiveMinimum")
    highest = _bounds(columns, "maximum", "exclusiveMaximum")
    if lowest:
        number["minimum"] = min(lowest)
    if highest:
        number["maximum"] = max(highest)
    return number


def _bounds(columns: Mapping[str, JsonSchema], *keywords: str) -> list[float]:
    """What one of the keywords says of each column; nothing if a column has no such bound."""
    bounds = [one[word] for one in columns.values() for word in keywords if word in one]
    return bounds if len(bounds) >= len(columns) else []


def _output_tensor(name: str, datatype: str, shape: JsonSchema, item: JsonSchema) -> JsonSchema:
    properties = {
        "name": one_of(name),
        "datatype": one_of(datatype),
        "shape": shape,
        "data": list_of(item),
    }
    return members(f"The output `{name}`.", properties)


def _shape(*dimensions: str) -> JsonSchema:
    """The sizes of dimensions that are named by what is counted."""
    size = {"type": "integer", "minimum": 0}
    described = f"The number of {', then of '.join(dimensions)}."
    return list_of(size, minItems=len(dimensions), maxItems=len(dimensions), description=described)
