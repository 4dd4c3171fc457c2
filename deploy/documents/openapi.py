"""Writes the OpenAPI 3.1 document of the routes and the configured models.

The document is stored, so that the function serves it without apispec:
``python -m deploy.documents.openapi``.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_instance

from deploy.atomic_write import write_atomically
from deploy.commands import PROJECT
from deploy.documents.api_examples import Example, as_examples, read_examples
from deploy.documents.api_operations import (
    JSON,
    Models,
    Operation,
    inference_schemas,
    operations,
)
from deploy.documents.api_responses import responses_of, shared_responses
from deploy.documents.api_schemas import ProblemSchema
from model_lambda import __version__
from model_lambda.config import Settings
from model_lambda.model_manager import model_class
from model_lambda.web_api import documentation
from model_lambda.web_api.routes import ROUTES, Route

DOCUMENT = Path(documentation.__file__).with_name("openapi.json")

# From where the document is served, one folder up is where the paths begin: also behind a stage.
_SERVERS = [{"url": "..", "description": "Where this document comes from."}]
_KEY = {
    "type": "apiKey",
    "in": "header",
    "name": "x-api-key",
    "description": "Belongs to a usage plan. Not needed where the service is deployed open.",
}
_TAGS = {
    "Models": "What is served.",
    "Predictions": "Rows are objects with a model's own names.",
    "Open Inference": "Rows are tensors: the Open Inference Protocol (KServe V2, REST).",
    "Documentation": "This document.",
}
_DESCRIPTION = """
Every path also answers HEAD where it answers GET, OPTIONS (204 with CORS headers), and any other
method with 405 and Allow. Errors are problem details (RFC 9457), under /v2 those of its protocol.
Unknown members are refused and nothing is converted: a number is a JSON number.
"""


class DescribingPlugin(MarshmallowPlugin):
    """Takes the description of a schema from its docstring."""

    def schema_helper(  # type: ignore[override]
        self, name: str, definition: dict[str, Any], schema: Any = None, **kwargs: Any
    ) -> dict[str, Any] | None:
        """Describe one schema among the components."""
        found: dict[str, Any] | None
        found = super().schema_helper(  # type: ignore[no-untyped-call]
            name, definition, schema=schema, **kwargs
        )
        if found is None:
            return None
        return {"description": _first_line(resolve_schema_instance(schema)), **found}


class UndocumentedRouteError(LookupError):
    """The routes and the described operations are not the same."""


def openapi_document(models: Models, routes: Sequence[Route] = ROUTES) -> dict[str, Any]:
    """Describe the whole API of a deployment.

    Args:
        models: those that it serves.
        routes: the table of routes.

    Raises:
        UndocumentedRouteError: a route is not described, or something is that is no route.
    """
    described = operations(models)
    if difference := {route.operation_id for route in routes} ^ described.keys():
        raise UndocumentedRouteError(f"described or routed, not both: {sorted(difference)}")
    names = [model.qualified_name for model in models]
    examples = list(read_examples(names))
    spec = _empty_document()
    _add_components(spec, models, routes, examples)
    for route in routes:
        operation = _operation_object(route, described[route.operation_id], examples)
        spec.path(route.path, operations={route.method.lower(): operation})
    document: dict[str, Any] = spec.to_dict()
    return {"openapi": document.pop("openapi"), **document}


def _empty_document() -> APISpec:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return APISpec(
        title=project["name"],
        version=__version__,
        openapi_version="3.1.0",
        info={
            "summary": project["description"],
            "description": _DESCRIPTION.strip(),
            "license": {"name": project["license"], "identifier": project["license"]},
        },
        servers=_SERVERS,
        security=[{"apiKey": []}],
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        plugins=[DescribingPlugin()],
    )


def _add_components(
    spec: APISpec, models: Models, routes: Sequence[Route], examples: Sequence[Example]
) -> None:
    spec.components.security_scheme("apiKey", _KEY)
    spec.components.schema("Problem", schema=ProblemSchema)
    for name, schema in inference_schemas(models).items():
        spec.components.schema(name, schema)
    for name, parameter in _parameters(models).items():
        spec.components.parameter(name, parameter["in"], parameter)
    for name, response in shared_responses(routes, examples).items():
        spec.components.response(name, response)


def _parameters(models: Models) -> dict[str, dict[str, Any]]:
    names = [model.qualified_name for model in models]
    versions = sorted({model.version for model in models})
    return {
        "qualifiedName": _path_parameter("qualified_name", "The model.", names),
        "modelName": _path_parameter("model_name", "The model.", names),
        "modelVersion": _path_parameter("model_version", "Its version.", versions),
        "version": {
            "name": "version",
            "in": "query",
            "description": "A version of the model; the newest, if it is left out.",
            "schema": {"type": "string", "enum": versions},
        },
        "probabilities": {
            "name": "probabilities",
            "in": "query",
            "description": "Whether to add the probability of each label.",
            "schema": {"type": "boolean", "default": False},
        },
    }


def _path_parameter(name: str, description: str, values: Sequence[str]) -> dict[str, Any]:
    schema = {"type": "string", "enum": list(values)}
    return {"name": name, "in": "path", "description": description, "schema": schema}


def _operation_object(
    route: Route, operation: Operation, examples: Sequence[Example]
) -> dict[str, Any]:
    good = [one for one in examples if (one.operation_id, one.status) == (route.operation_id, 200)]
    described = {
        "operationId": route.operation_id,
        "summary": _first_line(route.controller).removesuffix("."),
        "tags": [route.tag],
        "parameters": [*_in_path(route), *operation.query],
        "responses": responses_of(route, operation, good),
    }
    if route.is_public:
        described["security"] = []
    if operation.body is not None:
        bodies = {one.name: one.request_body for one in good}
        content = {JSON: {"schema": operation.body, **as_examples(bodies)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _in_path(route: Route) -> list[str]:
    """The names among the components of the parameters of a path: lower camel case."""
    return [
        re.sub(r"_(\w)", lambda match: match[1].upper(), name)
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]


def _first_line(documented: object) -> str:
    return (documented.__doc__ or "").partition("\n")[0]


def to_text(document: Mapping[str, Any]) -> str:
    """The document as it is stored: ASCII, one member a line."""
    return json.dumps(document, indent=1) + "\n"


def main() -> None:
    """Write the document for the models that ``MODEL_CLASSES`` names."""
    settings = Settings.from_environment(os.environ)
    models = [model_class(path)() for path in settings.model_classes]
    path = write_atomically(DOCUMENT, to_text(openapi_document(models)).encode("ascii"))
    print(f"Wrote {path.relative_to(PROJECT)} of {', '.join(settings.model_classes)}")


if __name__ == "__main__":
    main()
