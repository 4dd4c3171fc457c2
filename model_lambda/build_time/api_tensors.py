"""JSON Schemas of the Open Inference Protocol's documents, for the models that are served.

JSON Schema cannot tie the length of the data to the shape, so requests are spelled out for a few
numbers of rows: what fits the schema is accepted.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from model_lambda.build_time.json_schemas import json_schema
from model_lambda.ml_model import ClassifierModel, MLModel
from model_lambda.web_api.open_inference_tensors import INPUT_NAME, OUTPUT_NAMES

JsonSchema = dict[str, Any]

MOST_ROWS_SPELLED_OUT = 3
PARAMETERS: JsonSchema = {
    "type": "object",
    "description": "Not used.",
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}
_PARAMETERS_REFERENCE: JsonSchema = {"$ref": "#/components/schemas/Parameters"}
_IDENTIFIER: JsonSchema = {"type": "string", "description": "Returned with the answer."}


def members(properties: Mapping[str, Any], *, optional: Sequence[str] = ()) -> JsonSchema:
    """An object with these members and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def list_of(items: JsonSchema, **bounds: int) -> JsonSchema:
    """A list."""
    return {"type": "array", "items": items, **bounds}


def exactly(items: Sequence[JsonSchema]) -> JsonSchema:
    """A list of just these items."""
    prefix = {"prefixItems": list(items)} if items else {}
    return {"type": "array", **prefix, "minItems": len(items), "maxItems": len(items)}


def inference_request(model: type[ClassifierModel]) -> JsonSchema:
    """The body of an inference request."""
    properties = {
        "id": _IDENTIFIER,
        "parameters": _PARAMETERS_REFERENCE,
        "inputs": exactly([{"anyOf": _input_tensors(model)}]),
        "outputs": {"anyOf": _requested_outputs(), "description": "All outputs if left out."},
    }
    schema = members(properties, optional=("id", "parameters", "outputs"))
    spelled = f"Spelled out here for up to {MOST_ROWS_SPELLED_OUT} rows; more work the same."
    return {"description": f"Rows to classify with {model.qualified_name}. {spelled}", **schema}


def inference_response(model: type[ClassifierModel]) -> JsonSchema:
    """The answer to an inference request."""
    output = json_schema(model.output_schema, "")["properties"]
    label = _output_tensor("label", "BYTES", output[model.label_field])
    probability = {"type": "number", "minimum": 0, "maximum": 1}
    probabilities = _output_tensor("probabilities", "FP32", probability)
    properties = {
        "model_name": {"type": "string", "enum": [model.qualified_name]},
        "model_version": {"type": "string", "enum": [version_of(model)]},
        "id": _IDENTIFIER,
        "outputs": list_of({"anyOf": [label, probabilities]}, minItems=1, maxItems=2),
    }
    return members(properties, optional=("id",))


def version_of(model: type[MLModel]) -> str:
    """``major.minor`` of a model class."""
    return f"{model.major_version}.{model.minor_version}"


def _input_tensors(model: type[ClassifierModel]) -> list[JsonSchema]:
    columns = _columns(model)
    whole = [{**column, "type": "integer"} for column in columns]
    return [
        _input_tensor(datatypes, row_count, row)
        for datatypes, row in ((["FP32", "FP64"], columns), (["INT64"], whole))
        for row_count in range(MOST_ROWS_SPELLED_OUT + 1)
    ]


def _columns(model: type[ClassifierModel]) -> list[JsonSchema]:
    """What the model's input schema says of each feature, in the order of the features."""
    component = type(model.input_schema).__name__.removesuffix("Schema")
    reference = f"#/components/schemas/{component}/properties"
    return [{"$ref": f"{reference}/{name}"} for name in model.input_schema.fields]


def _input_tensor(
    datatypes: Sequence[str], row_count: int, row: Sequence[JsonSchema]
) -> JsonSchema:
    flat = exactly([*row] * row_count)
    nested = exactly([exactly(row)] * row_count)
    properties = {
        "name": {"type": "string", "enum": [INPUT_NAME]},
        "shape": {"type": "array", "const": [row_count, len(row)]},
        "datatype": {"type": "string", "enum": list(datatypes)},
        "parameters": _PARAMETERS_REFERENCE,
        "data": {"anyOf": [flat, nested]} if row_count else flat,
    }
    return members(properties, optional=("parameters",))


def _requested_outputs() -> list[JsonSchema]:
    """None, one or both of the outputs, in either order; none twice."""
    one, other = (_requested_output([name]) for name in OUTPUT_NAMES)
    either = _requested_output(OUTPUT_NAMES)
    return [list_of(either, maxItems=1), exactly([one, other]), exactly([other, one])]


def _requested_output(names: Sequence[str]) -> JsonSchema:
    name = {"type": "string", "enum": list(names)}
    properties = {"name": name, "parameters": _PARAMETERS_REFERENCE}
    return members(properties, optional=("parameters",))


def _output_tensor(name: str, datatype: str, item: JsonSchema) -> JsonSchema:
    properties = {
        "name": {"type": "string", "enum": [name]},
        "datatype": {"type": "string", "enum": [datatype]},
        "shape": list_of({"type": "integer", "minimum": 0}),
        "data": list_of(item),
    }
    return members(properties)
