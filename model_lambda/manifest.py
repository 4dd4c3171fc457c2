"""Reads the manifest of a model that is a folder: it says all that serving needs."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from model_lambda.columns import Field, read_field
from model_lambda.engines import ENGINES, Input
from model_lambda.errors import ManifestError
from model_lambda.model_files import MANIFEST_NAME, FileEntry, manifest_sha256
from model_lambda.tasks import TASKS, Answer

MANIFEST_VERSION = 2
LAYOUTS = ("table", "array", "texts")
NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,62}")
VERSION_PATTERN = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class GoldenPrediction(NamedTuple):
    """A row and the whole answer to it, recorded at export and repeated at each load."""

    row: Mapping[str, Any]
    prediction: Mapping[str, Any]


class EngineSettings(NamedTuple):
    """How the model is run.

    Attributes:
        outputs: the engine's name of each output that the task needs, by role.
    """

    kind: str
    file: FileEntry
    inputs: tuple[Input, ...]
    outputs: Mapping[str, str]


class Manifest(NamedTuple):
    """What export wrote down about a model.

    Attributes:
        layout: what it was fitted on: `table`, `array` or `texts`.
        document: all of it, as JSON has it.
    """

    task: str
    layout: str
    qualified_name: str
    version: str
    display_name: str
    description: str
    fields: tuple[Field, ...]
    answer: Answer
    engine: EngineSettings
    golden_predictions: tuple[GoldenPrediction, ...]
    document: Mapping[str, Any]

    @property
    def on_request(self) -> str:
        """The member of an answer that can be asked for; empty if there is none."""
        role = TASKS[self.task].on_request
        return role.name if role and role.name in self.engine.outputs else ""


def read_manifest(folder: Path) -> Manifest:
    """Read `manifest.json`.

    Raises:
        ManifestError: it is missing, damaged, or says something that cannot be served.
    """
    place = f"{folder.parent.name}/{folder.name}/{MANIFEST_NAME}"
    try:
        return parse_manifest(json.loads((folder / MANIFEST_NAME).read_bytes()))
    except OSError as error:
        raise ManifestError(f"{place} cannot be read: {error.strerror}") from error
    except KeyError as error:
        raise ManifestError(f"{place} lacks {error}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise ManifestError(f"{place} is not a manifest: {error}") from error


def parse_manifest(document: Mapping[str, Any]) -> Manifest:
    """Read a manifest from its JSON document.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it is none.
    """
    if document["manifest_version"] != MANIFEST_VERSION:
        raise ValueError(f"its version is not {MANIFEST_VERSION}: export the model again")
    if document["sha256"] != manifest_sha256(document):
        raise ValueError("its sha256 is of another content: export the model again")
    manifest = Manifest(
        task=document["task"],
        layout=document["layout"],
        qualified_name=_matching(NAME_PATTERN, document["qualified_name"]),
        version=_matching(VERSION_PATTERN, document["version"]),
        display_name=str(document["display_name"]),
        description=str(document["description"]),
        fields=tuple(read_field(field) for field in document["fields"]),
        answer=_answer(document["answer"]),
        engine=_engine(document["engine"], document["files"]),
        golden_predictions=tuple(
            GoldenPrediction(one["row"], one["prediction"])
            for one in document["golden_predictions"]
        ),
        document=document,
    )
    _check_agreement(manifest)
    return manifest


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{text!r} does not match {pattern.pattern}")
    return text


def _answer(document: Mapping[str, Any]) -> Answer:
    labels = tuple(document.get("labels", ()))
    answer = Answer(
        names=tuple(map(str, document["names"])),
        labels=labels,
        engine_labels=tuple(document.get("engine_labels", labels)),
        description=str(document.get("description", "")),
    )
    if len(set(map(type, labels))) > 1 or len(set(labels)) != len(labels):
        raise ValueError("labels that are not distinct values of one type")
    if len(answer.engine_labels) != len(labels):
        raise ValueError("another number of labels than the engine has")
    return answer


def _engine(document: Mapping[str, Any], files: Mapping[str, Any]) -> EngineSettings:
    if document["kind"] not in ENGINES:
        raise ValueError(f"{document['kind']!r} is no engine")
    return EngineSettings(
        kind=document["kind"],
        file=_file_entry(files[document["kind"]]),
        inputs=tuple(
            Input(str(one["name"]), str(one["datatype"]), tuple(one["fields"]))
            for one in document["inputs"]
        ),
        outputs={str(role): str(name) for role, name in document["outputs"].items()},
    )


def _file_entry(entry: Mapping[str, Any]) -> FileEntry:
    return FileEntry(
        name=_matching(_FILE_NAME, entry["name"]),
        size=int(entry["size"]),
        sha256=str(entry["sha256"]),
        at_least=str(entry["library"]["at_least"]),
        below=str(entry["library"]["below"]),
        trusted_types=tuple(entry.get("trusted_types", ())),
    )


def _check_agreement(manifest: Manifest) -> None:
    if manifest.task not in TASKS:
        raise ValueError(f"{manifest.task!r} is no task")
    if manifest.layout not in LAYOUTS:
        raise ValueError(f"{manifest.layout!r} is no layout")
    names = [field.name for field in manifest.fields]
    taken = [name for one in manifest.engine.inputs for name in one.fields]
    if not names or len(set(names)) != len(names) or sorted(names) != sorted(taken):
        raise ValueError("the fields are not those that the engine's inputs are made of")
    lacking = {role.name for role in TASKS[manifest.task].roles} - manifest.engine.outputs.keys()
    if lacking or not manifest.answer.names:
        raise ValueError(f"the task {manifest.task} lacks an output")
    if not manifest.golden_predictions:
        raise ValueError("no golden predictions")
