"""Writes the manifest of a converted model."""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version as installed_version
from typing import Any

from deploy.onnx_format import refuse_external_data
from model_lambda.columns import write_field
from model_lambda.manifest import MANIFEST_VERSION
from model_lambda.model_files import manifest_sha256
from model_lambda.tasks import TASKS
from training.conversion import Conversion
from training.errors import ConversionError
from training.expected import on_request
from training.sklearn_conversion import trusted_types
from training.subject import Subject

_GOLDEN_ROWS = 6
# What the scikit-learn engine calls for each role.
_METHODS = {
    "label": "predict",
    "labels": "predict",
    "values": "predict",
    "score": "decision_function",
    "probabilities": "predict_proba",
    "distances": "transform",
}
_LIBRARIES = ("scikit-learn", "numpy", "skl2onnx", "onnx", "onnxruntime", "pandas")


def manifest_document(subject: Subject, conversion: Conversion, engine: str) -> dict[str, Any]:
    """All that the manifest says, but its sha256, the quality and the comparison.

    Raises:
        ConversionError: the converted model gives fewer outputs than the task needs.
    """
    return {
        "manifest_version": MANIFEST_VERSION,
        **subject.description,
        "task": subject.task,
        "layout": subject.example.layout,
        "fields": [write_field(field) for field in subject.fields],
        "answer": _answer_document(subject, conversion),
        "engine": {
            "kind": engine,
            "inputs": [one._asdict() for one in conversion.inputs],
            "outputs": _outputs(subject, conversion),
        },
        "files": {engine: _file(subject.description["qualified_name"], conversion, engine)},
        "golden_predictions": _golden_predictions(subject),
        "trained_with": {library: installed_version(library) for library in _LIBRARIES},
    }


def _answer_document(subject: Subject, conversion: Conversion) -> dict[str, Any]:
    answer = subject.answer
    document: dict[str, Any] = {"names": list(answer.names)}
    if answer.labels:
        document["labels"] = list(answer.labels)
    if answer.engine_labels != answer.labels:
        document["engine_labels"] = list(answer.engine_labels)
    return document


def _outputs(subject: Subject, conversion: Conversion) -> dict[str, str]:
    """The engine's outputs by role: the task's, in their order, then that of what is on request."""
    task = TASKS[subject.task]
    roles = [role.name for role in task.roles]
    if asked := on_request(subject.estimator, subject.task):
        roles.append(asked)
    if not conversion.output_names:
        values = {"values": "transform"} if subject.task == "transformation" else {}
        return {role: (_METHODS | values)[role] for role in roles}
    if len(conversion.output_names) < len(roles):
        raise ConversionError(
            f"the converted model gives {len(conversion.output_names)} outputs and the task "
            f"{subject.task} needs {len(roles)}"
        )
    return dict(zip(roles, conversion.output_names, strict=False))


def _file(name: str, conversion: Conversion, engine: str) -> dict[str, Any]:
    content = conversion.content
    described = {
        "name": f"{name}.{'onnx' if engine == 'onnx' else 'skops'}",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if engine == "onnx":
        refuse_external_data(content)
        return {**described, "library": {"at_least": "1.17", "below": "2"}}
    # A scikit-learn object is only promised to load in the release that wrote it.
    major, minor = (int(part) for part in installed_version("scikit-learn").split(".")[:2])
    library = {"at_least": f"{major}.{minor}", "below": f"{major}.{minor + 1}"}
    return {**described, "library": library, "trusted_types": trusted_types(content)}


def _golden_predictions(subject: Subject) -> list[dict[str, Any]]:
    """Rows of different answers, one with a null if there is one, as the estimator answers."""
    rows = subject.rows[: 50 * _GOLDEN_ROWS]
    expected = subject.expect(rows)
    with_null = [index for index, row in enumerate(rows) if None in row.values()][:1]
    first_of_answer = {
        json.dumps(one.get(subject.answer.names[0])): index
        for index, one in reversed(list(enumerate(expected)))
    }
    picked = [*with_null, *sorted(first_of_answer.values()), *range(_GOLDEN_ROWS)]
    chosen = list(dict.fromkeys(picked))[:_GOLDEN_ROWS]
    return [{"row": rows[index], "prediction": expected[index]} for index in chosen]


def signed(document: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON will have it, with its sha256."""
    plain: dict[str, Any] = json.loads(json.dumps(document))
    return plain | {"sha256": manifest_sha256(plain)}
