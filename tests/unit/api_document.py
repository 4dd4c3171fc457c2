"""Reads the stored OpenAPI document: operations, schemas, and what they accept."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from deploy.documents.openapi import DOCUMENT

_URI = "urn:openapi"


class DocumentedOperation(NamedTuple):
    """An operation with its place in the document."""

    method: str
    path: str
    content: dict[str, Any]

    def responses(self) -> dict[str, Any]:
        """The answers by status, references followed."""
        return {status: resolve(one) for status, one in self.content["responses"].items()}


@cache
def stored_document() -> dict[str, Any]:
    """The document in the package."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_bytes())
    return document


def operations() -> Iterator[DocumentedOperation]:
    """Every operation."""
    for path, methods in stored_document()["paths"].items():
        for method, content in methods.items():
            yield DocumentedOperation(method.upper(), path, content)


def operation(operation_id: str) -> DocumentedOperation:
    """One operation."""
    return next(one for one in operations() if one.content["operationId"] == operation_id)


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """What a node of the document refers to, or the node itself."""
    if "$ref" not in node:
        return node
    found: Any = stored_document()
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    resolved: dict[str, Any] = found
    return resolved


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of a schema that may refer to the document's components."""
    resource = DRAFT202012.create_resource(stored_document())
    registry: Registry[Any] = Registry().with_resource(_URI, resource)
    return Draft202012Validator(
        _absolute(schema), registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def _absolute(node: Any) -> Any:
    """The schema with its references made independent of where it stands."""
    if isinstance(node, list):
        return [_absolute(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"{_URI}{value}" if key == "$ref" else _absolute(value) for key, value in node.items()
    }
