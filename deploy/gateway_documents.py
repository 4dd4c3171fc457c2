"""Writes what serverless.yml takes from the code: `python -m deploy.gateway_documents`.

`gateway_responses.json` holds API Gateway's own answers as problem documents, and
`gateway_models.json` the JSON Schemas of the request bodies in the draft that API Gateway reads.
"""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from deploy.commands import PROJECT
from model_lambda.build_time.atomic_write import write_atomically
from model_lambda.build_time.gateway_problems import GATEWAY_PROBLEMS, GatewayProblem
from model_lambda.build_time.openapi import openapi_document
from model_lambda.config import Settings
from model_lambda.model_manager import model_class
from model_lambda.web_api.problems import MEDIA_TYPE

SERVERLESS = PROJECT / "deploy" / "serverless"
RESPONSES = SERVERLESS / "gateway_responses.json"
MODELS = SERVERLESS / "gateway_models.json"
# Of the other operation with a body, the inference request, JSON Schema says too little.
VALIDATED = ("predict", "predictBatch")
# A parameter of serverless.yml, which gives the function the same value; osls puts it in.
CORS_ORIGIN = "${param:cors-origin}"

JsonSchema = dict[str, Any]


class UnsupportedKeywordError(ValueError):
    """A keyword of JSON Schema 2020-12 has no counterpart in draft 4."""


def gateway_responses() -> dict[str, Any]:
    """The answers as CloudFormation resources."""
    resources = {
        f"GatewayResponse{name.title().replace('_', '')}": _response(name, problem)
        for name, problem in GATEWAY_PROBLEMS.items()
    }
    return {"Resources": resources}


def _response(name: str, problem: GatewayProblem) -> dict[str, Any]:
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Access-Control-Allow-Origin": CORS_ORIGIN,
        "X-Content-Type-Options": "nosniff",
    }
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    properties = {
        "RestApiId": {"Ref": "ApiGatewayRestApi"},
        "ResponseType": name,
        "ResponseParameters": {
            f"gatewayresponse.header.{header}": f"'{value}'" for header, value in headers.items()
        },
        "ResponseTemplates": {"application/json": problem.body()},
    }
    if problem.has_status:
        properties["StatusCode"] = str(problem.kind.status)
    return {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": properties}


def gateway_models(document: Mapping[str, Any]) -> dict[str, JsonSchema]:
    """The schemas of request bodies, by operation id, from the OpenAPI document."""
    operations = [one for path in document["paths"].values() for one in path.values()]
    bodies = {
        one["operationId"]: one["requestBody"]["content"]["application/json"]["schema"]
        for one in operations
        if one["operationId"] in VALIDATED
    }
    return {
        name: {"$schema": "http://json-schema.org/draft-04/schema#", **to_draft_4(schema, document)}
        for name, schema in bodies.items()
    }


def to_draft_4(schema: JsonSchema, document: Mapping[str, Any]) -> JsonSchema:
    """Translate a schema of the document, with what it refers to put in its place.

    Raises:
        UnsupportedKeywordError: it cannot be said in draft 4.
    """
    if "$ref" in schema:
        schema = _resolve(schema["$ref"], document) | {
            k: v for k, v in schema.items() if k != "$ref"
        }
    translated: JsonSchema = {}
    for keyword, value in schema.items():
        if keyword not in _TRANSLATIONS:
            raise UnsupportedKeywordError(f"{keyword} is not translated to draft 4")
        translated |= _TRANSLATIONS[keyword](keyword, value, document)
    return translated


def _resolve(reference: str, document: Mapping[str, Any]) -> JsonSchema:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


Translation = Callable[[str, Any, Mapping[str, Any]], JsonSchema]


def _same(keyword: str, value: Any, _document: Mapping[str, Any]) -> JsonSchema:
    return {keyword: value}


def _one(keyword: str, value: Any, document: Mapping[str, Any]) -> JsonSchema:
    return {keyword: value if isinstance(value, bool) else to_draft_4(value, document)}


def _list(keyword: str, value: Any, document: Mapping[str, Any]) -> JsonSchema:
    return {keyword: [to_draft_4(schema, document) for schema in value]}


def _by_name(keyword: str, value: Any, document: Mapping[str, Any]) -> JsonSchema:
    return {keyword: {name: to_draft_4(schema, document) for name, schema in value.items()}}


def _constant(_keyword: str, value: Any, _document: Mapping[str, Any]) -> JsonSchema:
    return {"enum": [value]}


def _exclusive(keyword: str, value: Any, _document: Mapping[str, Any]) -> JsonSchema:
    return {keyword.removeprefix("exclusive").lower(): value, keyword: True}


_TRANSLATIONS: Mapping[str, Translation] = {
    **dict.fromkeys(
        (
            "description", "title", "type", "enum", "format", "required", "minimum", "maximum",
            "multipleOf", "minLength", "maxLength", "pattern", "minItems", "maxItems",
            "uniqueItems", "minProperties", "maxProperties",
        ),
        _same,
    ),
    **dict.fromkeys(("items", "additionalProperties", "not"), _one),
    **dict.fromkeys(("anyOf", "allOf", "oneOf"), _list),
    **dict.fromkeys(("properties", "patternProperties"), _by_name),
    "const": _constant,
    "exclusiveMinimum": _exclusive,
    "exclusiveMaximum": _exclusive,
}  # fmt: skip


def to_text(document: Mapping[str, Any]) -> str:
    """The document as it is stored."""
    return json.dumps(document, indent=1) + "\n"


def main() -> None:
    """Write both files, for the models that MODEL_CLASSES names."""
    settings = Settings.from_environment(os.environ)
    document = openapi_document([model_class(path) for path in settings.model_classes])
    written = {RESPONSES: gateway_responses(), MODELS: gateway_models(document)}
    for path, content in written.items():
        write_atomically(path, to_text(content).encode("ascii"))
        print(f"Wrote {path.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
