"""What the OpenAPI document says of an operation and its route does not: schemas and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, fields

from deploy.documents.api_schemas import (
    DocumentSchema,
    InferenceErrorSchema,
    ModelCardSchema,
    ModelListSchema,
    ModelMetadataSchema,
    ModelReadySchema,
    ProblemSchema,
    ServerLiveSchema,
    ServerMetadataSchema,
    ServerReadySchema,
    TensorModelSchema,
)
from model_lambda.ml_model import MLModel
from model_lambda.packaged_model import PackagedModel
from model_lambda.web_api.exported_documents import component_prefix, tensor_schemas
from model_lambda.web_api.open_inference import error_response
from model_lambda.web_api.problems import MEDIA_TYPE as PROBLEM_JSON
from model_lambda.web_api.problems import problem_response
from model_lambda.web_api.routes import RenderError

JSON = "application/json"
MARKDOWN = "text/markdown"
_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "description": "Not used.",
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}

# A marshmallow schema, the name of a component, or JSON Schema as it is.
AnySchema = Schema | type[Schema] | str | dict[str, Any]
Models = Sequence[MLModel]


class AmbiguousSchemaError(ValueError):
    """Two schemas of the models have the same name."""


@dataclass(frozen=True)
class ErrorFormat:
    """How a part of the API tells what went wrong; ``name`` begins its components' names."""

    name: str
    media_type: str
    schema: type[Schema]


PROBLEM = ErrorFormat("", PROBLEM_JSON, ProblemSchema)
INFERENCE_ERROR = ErrorFormat("Inference", JSON, InferenceErrorSchema)
# By what a route says of its errors.
ERROR_FORMATS: Mapping[RenderError, ErrorFormat] = {
    problem_response: PROBLEM,
    error_response: INFERENCE_ERROR,
}


@dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes:
        description: of the answer to a good request.
        answer: the schema of that answer.
        body: the schema of the request's body.
        query: names of parameters among the components; those of the path are the route's.
        also: the same answer in other media types, for who asks for them, each with its schema.
    """

    description: str
    answer: AnySchema
    body: AnySchema | None = None
    query: Sequence[str] = ()
    media_type: str = JSON
    also: Mapping[str, AnySchema] = field(default_factory=dict)


def operations(models: Models) -> Mapping[str, Operation]:
    """Describe every operation, by operation id, for a deployment of these models."""
    return _model_operations(models) | _inference_operations(models) | _documentation_operations()


def inference_schemas(models: Models) -> dict[str, dict[str, Any]]:
    """The components that hold the tensors of each model, and one that all models share."""
    of_models = map(tensor_schemas, _with_tensors(models))
    shared = {"InferenceParameters": _PARAMETERS}
    return shared | {name: schema for some in of_models for name, schema in some.items()}


def _model_operations(models: Models) -> dict[str, Operation]:
    inputs = _distinct([model.input_schema for model in models])
    outputs = _distinct([model.output_schema for model in models])
    return {
        "listModels": Operation("The models in service.", ModelListSchema),
        "getModelMetadata": Operation(
            "The model and its schemas.", ModelMetadataSchema, query=("version",)
        ),
        "getModelCard": Operation(
            "The card, as Markdown unless JSON is preferred.",
            {"type": "string"},
            query=("version",),
            media_type=MARKDOWN,
            also={JSON: ModelCardSchema},
        ),
        "predict": Operation(
            "The prediction.",
            answer=_any_of(outputs),
            body=_any_of(inputs),
            query=("version", "probabilities"),
        ),
        "predictBatch": Operation(
            "The predictions, in the order of the rows.",
            answer=_any_of([_list_of("predictions", schema) for schema in outputs]),
            body=_any_of([_list_of("rows", schema) for schema in inputs]),
            query=("version", "probabilities"),
        ),
    }


def _inference_operations(models: Models) -> dict[str, Operation]:
    prefixes = list(map(component_prefix, _with_tensors(models)))
    responses = [f"{prefix}InferenceResponse" for prefix in prefixes]
    requests = [f"{prefix}InferenceRequest" for prefix in prefixes]
    infer = Operation("The outputs.", _any_of(responses), body=_any_of(requests))
    described = Operation("The model and its tensors.", TensorModelSchema)
    ready = Operation("The model is loaded.", ModelReadySchema)
    return {
        "getServerMetadata": Operation("The server.", ServerMetadataSchema),
        "getServerLive": Operation("The server is alive.", ServerLiveSchema),
        "getServerReady": Operation("Every model is loaded.", ServerReadySchema),
        "getInferenceModel": described,
        "getInferenceModelVersion": described,
        "getInferenceModelReady": ready,
        "getInferenceModelVersionReady": ready,
        "infer": infer,
        "inferVersion": infer,
    }


def _documentation_operations() -> dict[str, Operation]:
    return {
        "getOpenApi": Operation("The OpenAPI 3.1 document.", {"type": "object"}),
        "getDocs": Operation("The page.", {"type": "string"}, media_type="text/html"),
    }


def _with_tensors(models: Models) -> list[PackagedModel]:
    return [model for model in models if isinstance(model, PackagedModel)]


def _distinct(schemas: Sequence[Schema]) -> list[Schema]:
    """One instance of each schema class: models may share one.

    Raises:
        AmbiguousSchemaError: two classes would be the same component.
    """
    by_class = {type(schema): schema for schema in schemas}
    names = [found.__name__ for found in by_class]
    if len(set(names)) != len(names):
        raise AmbiguousSchemaError(f"two schemas have the same name: {', '.join(names)}")
    return list(by_class.values())


def _any_of(schemas: Sequence[AnySchema]) -> AnySchema:
    """The one schema, or a choice: JSON Schema cannot say which model a path names."""
    if not schemas:
        return {"type": "object"}
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}


def _list_of(member: str, row: Schema) -> type[Schema]:
    """The schema of an object whose only member is a list of rows."""
    name = f"{type(row).__name__.removesuffix('Schema')}{member.title()}Schema"
    rows = fields.List(fields.Nested(row), required=True)
    schema = DocumentSchema.from_dict({member: rows}, name=name)
    schema.__doc__ = f"Many {member}, in order."
    return schema
