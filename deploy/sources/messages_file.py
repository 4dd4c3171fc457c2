"""Reads messages from a file, one a line, and judges them before anything is sent.

What a message is judged by is what the function judges it by: the rules of
`event_sources.message`, and the JSON Schema of the deployed model for its row. A row may still be
refused by the function, for reasons that a JSON Schema cannot say.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from jsonschema import Draft202012Validator

from deploy.commands import DeployError
from deploy.stack import Stack, call
from model_lambda.config import Settings
from model_lambda.errors import ModelLambdaError, SchemaError
from model_lambda.event_sources.message import Message, read_document
from model_lambda.tasks import ON_REQUEST

_MOST_REASONS = 3
# Name and version to the metadata of a deployed model; None if there is none.
Metadata = Callable[[str, str | None], Mapping[str, Any] | None]


class Line(NamedTuple):
    """A message and where it stands."""

    number: int
    body: str
    id: str | None


def deployed_metadata(stack: Stack) -> Metadata:
    """Asks the deployed API, once for each model."""

    @cache
    def ask(name: str, version: str | None) -> Mapping[str, Any] | None:
        query = "" if version is None else f"?version={quote(version, safe='')}"
        answer = call(stack, "GET", f"/api/models/{quote(name, safe='')}/metadata{query}")
        if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
            return None
        if answer.status != HTTPStatus.OK:
            raise DeployError(f"the metadata of {name} was answered {answer.status}")
        found: Mapping[str, Any] = json.loads(answer.body)
        return found

    return ask


def read_messages(path: Path, metadata: Metadata) -> Iterator[Line]:
    """The messages of a file, each judged; blank lines are left out.

    Raises:
        DeployError: the file cannot be read, or a line is no message that the function takes.
    """
    judge = _Judge(metadata)
    for number, body in _lines(path):
        try:
            document = judge.judged(body)
        except ModelLambdaError as error:
            raise DeployError(f"line {number} of {path.name}: {_reason(error)}") from error
        yield Line(number, body, document.get("id"))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if text := line.strip():
                    yield number, text
    except OSError as error:
        raise DeployError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DeployError(f"{path} is not UTF-8") from error


class _Judge:
    """Judges messages by the models that are deployed."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata
        self._validators: dict[tuple[str, str | None], Any] = {}

    def judged(self, body: str) -> dict[str, Any]:
        """The document of a message.

        Raises:
            ModelLambdaError: the function would refuse it.
        """
        document = read_document(Message("", "", body), Settings().max_body_bytes)
        name, version = document["qualified_name"], document.get("version")
        found = self._metadata(name, version)
        if found is None:
            asked = name if version is None else f"{name} {version}"
            raise ModelLambdaError(f"no model {asked} is deployed")
        for wanted in ON_REQUEST:
            if document.get(wanted) and wanted not in found["output_schema"]["properties"]:
                raise ModelLambdaError(f"this model gives no {wanted}")
        if (name, version) not in self._validators:
            self._validators[name, version] = Draft202012Validator(found["input_schema"])
        errors = self._validators[name, version].iter_errors(document["data"])
        if reasons := [f"{_pointer(error)}: {error.message}" for error in errors]:
            raise ModelLambdaError("; ".join(reasons[:_MOST_REASONS]))
        return document


def _pointer(error: Any) -> str:
    return "/" + "/".join(["data", *map(str, error.absolute_path)])


def _reason(error: ModelLambdaError) -> str:
    if not isinstance(error, SchemaError):
        return str(error)
    reasons = [f"{one.pointer}: {one.detail}".removeprefix(": ") for one in error.errors]
    return "; ".join(reasons[:_MOST_REASONS])
