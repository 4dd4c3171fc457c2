"""What the OpenAPI document says of each route: parameters, bodies and answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from marshmallow import Schema, fields

from model_lambda.build_time.api_schemas import (
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
from model_lambda.web_api.problems import MEDIA_TYPE as PROBLEM_JSON

JSON = "application/json"
MARKDOWN = "text/markdown"
_ALWAYS = (500, 503)
_BODY = (400, 404, 413, 415)

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


@dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes:
        description: of the answer to a good request.
        answer: the schema of that answer.
        errors: the statuses of the other answers of the function.
        parameters: names of parameters among the components.
        body: the schema of the request's body.
        also: the same answer in other media types, for who asks for them, each with its schema.
        is_public: answered without a key.
    """

    tag: str
    description: str
    answer: AnySchema
    errors: Sequence[int] = _ALWAYS
    parameters: Sequence[str] = ()
    body: AnySchema | None = None
    media_type: str = JSON
    also: Mapping[str, AnySchema] = field(default_factory=dict)
    error_format: ErrorFormat = PROBLEM
    is_public: bool = False


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
        "listModels": Operation("Models", "The models in service.", ModelListSchema),
        "getModelMetadata": Operation(
            "Models",
            "The model and its schemas.",
            ModelMetadataSchema,
            errors=(404, *_ALWAYS),
            parameters=("qualifiedName", "version"),
        ),
        "getModelCard": Operation(
            "Models",
            "The card, as Markdown unless JSON is preferred.",
            {"type": "string"},
            errors=(404, *_ALWAYS),
            parameters=("qualifiedName", "version"),
            media_type=MARKDOWN,
            also={JSON: ModelCardSchema},
        ),
        "predict": _prediction(
            "The prediction.",
            body=_any_of(inputs),
            answer=_any_of(outputs),
        ),
        "predictBatch": _prediction(
            "The predictions, in the order of the rows.",
            body=_any_of([_list_of("rows", schema) for schema in inputs]),
            answer=_any_of([_list_of("predictions", schema) for schema in outputs]),
        ),
    }


def _prediction(description: str, body: AnySchema, answer: AnySchema) -> Operation:
    parameters = ("qualifiedName", "version", "probabilities")
    errors = (*_BODY, *_ALWAYS)
    return Operation("Predictions", description, answer, errors, parameters, body)


def _inference_operations(models: Models) -> dict[str, Operation]:
    prefixes = list(map(component_prefix, _with_tensors(models)))
    responses = [f"{prefix}InferenceResponse" for prefix in prefixes]
    requests = [f"{prefix}InferenceRequest" for prefix in prefixes]
    infer = replace(
        _inference("The outputs.", _any_of(responses)),
        body=_any_of(requests),
        errors=(*_BODY, *_ALWAYS),
    )
    described = _inference("The model and its tensors.", TensorModelSchema)
    ready = _inference("The model is loaded.", ModelReadySchema)
    return {
        "getServerMetadata": _inference("The server.", ServerMetadataSchema),
        "getServerLive": _inference("The server is alive.", ServerLiveSchema),
        "getServerReady": _inference("Every model is loaded.", ServerReadySchema),
        "getInferenceModel": _of_model(described),
        "getInferenceModelVersion": _of_version(described),
        "getInferenceModelReady": _of_model(ready),
        "getInferenceModelVersionReady": _of_version(ready),
        "infer": _of_model(infer),
        "inferVersion": _of_version(infer),
    }


def _inference(description: str, answer: AnySchema) -> Operation:
    return Operation("Open Inference", description, answer, error_format=INFERENCE_ERROR)


def _of_model(operation: Operation) -> Operation:
    errors = sorted({404, *operation.errors})
    return replace(operation, parameters=("modelName",), errors=errors)


def _of_version(operation: Operation) -> Operation:
    return replace(_of_model(operation), parameters=("modelName", "modelVersion"))


def _documentation_operations() -> dict[str, Operation]:
    document = Operation("Documentation", "The OpenAPI 3.1 document.", {"type": "object"})
    page = Operation("Documentation", "The page.", {"type": "string"}, media_type="text/html")
    return {
        "getOpenApi": replace(document, is_public=True),
        "getDocs": replace(page, is_public=True),
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
