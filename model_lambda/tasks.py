"""What each task answers: its members, their JSON Schema, and what an engine has to give for it.

| task | answer | on request |
|---|---|---|
| classification | `{<name>: label}` | `"probabilities": {label: p}` |
| regression | `{<name>: number}`, a member for each target | |
| multilabel | `{<name>: [labels]}` | `"probabilities": {label: p}` |
| clustering | `{<name>: whole number}` | `"distances": {cluster: d}` |
| outlier_detection | `{"inlier": boolean, "score": number}` | |
| transformation | `{<name>: number, ...}`, a member for each component | |
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from model_lambda.columns import DIALECT
from model_lambda.errors import PredictionError

Label = str | int | bool
Prediction = dict[str, Any]
# The n values of each member of n answers: on request, n lists in the order of the labels.
PredictionColumns = dict[str, Sequence[Any]]

PROBABILITIES = "probabilities"
DISTANCES = "distances"
ON_REQUEST = (PROBABILITIES, DISTANCES)
# Further digits differ between processors and say nothing.
PROBABILITY_DECIMALS = 6


class _AnswerFields(NamedTuple):
    names: tuple[str, ...]
    labels: tuple[Label, ...] = ()
    engine_labels: tuple[Label, ...] = ()
    description: str = ""


class Answer(_AnswerFields):
    """How a model's answer is named.

    Attributes:
        names: of the members with predictions: one, or one a target or component.
        labels: every label that can be answered, in the order of what is on request.
        engine_labels: what the engine calls them, in the same order.
        description: of the predictions, for people.
    """

    @cached_property
    def label_of(self) -> Mapping[Label, Label]:
        """The label of each of the engine's."""
        return dict(zip(self.engine_labels, self.labels, strict=True))


class Role(NamedTuple):
    """An output that a task needs of an engine; rank and decimals as of `engines.Output`."""

    name: str
    rank: int
    decimals: int | None = None


class Task(NamedTuple):
    """One row of the table.

    Attributes:
        roles: the engine's outputs that every prediction needs.
        on_request: the output, one value a label, that is added when it is asked for.
        columns: from an answer's names and the outputs, in the order of the roles, to the n values
            of each of its members.
        schemas: from an answer's names to the JSON Schema of each of its members.
    """

    roles: tuple[Role, ...]
    on_request: Role | None
    columns: Callable[[Answer, Sequence[list[Any]]], PredictionColumns]
    schemas: Callable[[Answer], dict[str, Any]]


def label_key(label: Label) -> str:
    """A label as the name of a member."""
    return label if isinstance(label, str) else json.dumps(label)


def answer_columns(
    task: Task, answer: Answer, outputs: Sequence[list[Any]], *, on_request: bool
) -> PredictionColumns:
    """Turn the engine's outputs for n rows into the columns of n answers.

    Raises:
        PredictionError: the engine gave a label that the model does not have, or a probability of
            more or fewer labels.
    """
    columns = task.columns(answer, outputs)
    if on_request and task.on_request:
        added = outputs[len(task.roles)]
        is_share = task.on_request.name == PROBABILITIES
        if is_share and added and len(added[0]) != len(answer.labels):
            raise PredictionError("the engine gave a probability of another number of labels")
        columns[task.on_request.name] = added
    return columns


def answers(
    task: Task, answer: Answer, outputs: Sequence[list[Any]], *, on_request: bool
) -> list[Prediction]:
    """Turn the engine's outputs for n rows into n answers.

    Raises:
        PredictionError: the engine gave a label that the model does not have.
    """
    columns = answer_columns(task, answer, outputs, on_request=on_request)
    if on_request and task.on_request:
        keys = [label_key(label) for label in answer.labels]
        name = task.on_request.name
        columns[name] = [dict(zip(keys, values, strict=True)) for values in columns[name]]
    if len(columns) == 1:
        ((name, values),) = columns.items()
        return [{name: value} for value in values]
    names = tuple(columns)
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def answer_schema(task: Task, answer: Answer, identity: str, *, on_request: bool) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one answer.

    Args:
        identity: the value of `$id`.
        on_request: whether the model gives what the task has on request.
    """
    properties = task.schemas(answer)
    required = list(properties)
    if on_request and task.on_request:
        properties[task.on_request.name] = _on_request_schema(task.on_request, answer)
    return {
        "$schema": DIALECT,
        "$id": identity,
        "description": answer.description or "One prediction.",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


_ON_REQUEST: Mapping[str, tuple[str, dict[str, Any]]] = {
    PROBABILITIES: (
        f"Probability of each label, rounded to {PROBABILITY_DECIMALS} decimals.",
        {"type": "number", "minimum": 0.0, "maximum": 1.0},
    ),
    DISTANCES: (
        "Distance to the centre of each cluster.",
        {"type": "number", "minimum": 0.0},
    ),
}


def _on_request_schema(role: Role, answer: Answer) -> dict[str, Any]:
    description, value = _ON_REQUEST[role.name]
    keys = [label_key(label) for label in answer.labels]
    return {
        "type": "object",
        "description": description,
        "properties": dict.fromkeys(keys, value),
        "required": keys,
        "additionalProperties": False,
    }


def _classification(answer: Answer, outputs: Sequence[list[Any]]) -> PredictionColumns:
    (name,) = answer.names
    found = outputs[0]
    if answer.engine_labels == answer.labels and type(answer.labels[0]) is str:
        if not set(found) <= set(answer.labels):
            raise PredictionError("the engine gave a label that the model does not have")
        return {name: found}
    label_of = answer.label_of
    try:
        return {name: [label_of[label] for label in found]}
    except KeyError:
        raise PredictionError("the engine gave a label that the model does not have") from None


def _multilabel(answer: Answer, outputs: Sequence[list[Any]]) -> PredictionColumns:
    (name,) = answer.names
    return {
        name: [
            [label for label, is_on in zip(answer.labels, row, strict=True) if is_on]
            for row in outputs[0]
        ]
    }


def _numbers(answer: Answer, outputs: Sequence[list[Any]]) -> PredictionColumns:
    if outputs[0] and len(outputs[0][0]) != len(answer.names):
        raise PredictionError("the engine gave another number of values a row")
    return {name: [row[at] for row in outputs[0]] for at, name in enumerate(answer.names)}


def _clustering(answer: Answer, outputs: Sequence[list[Any]]) -> PredictionColumns:
    (name,) = answer.names
    if answer.labels and not set(outputs[0]) <= set(answer.labels):
        raise PredictionError("the engine gave a cluster that the model does not have")
    return {name: outputs[0]}


def _outlier_detection(answer: Answer, outputs: Sequence[list[Any]]) -> PredictionColumns:
    return {"inlier": [label > 0 for label in outputs[0]], "score": outputs[1]}


def _label_schema(answer: Answer) -> dict[str, Any]:
    types = {bool: "boolean", int: "integer", str: "string"}
    return {
        "type": types[type(answer.labels[0])],
        "enum": list(answer.labels),
    }


def _cluster_schema(answer: Answer) -> dict[str, Any]:
    return _label_schema(answer) if answer.labels else {"type": "integer"}


def _number_schemas(answer: Answer) -> dict[str, Any]:
    return {name: {"type": "number"} for name in answer.names}


_LABEL = Role("label", 1)
_SHARES = Role(PROBABILITIES, 2, PROBABILITY_DECIMALS)

TASKS: Mapping[str, Task] = {
    "classification": Task(
        (_LABEL,),
        _SHARES,
        _classification,
        lambda answer: {answer.names[0]: _label_schema(answer)},
    ),
    "regression": Task((Role("values", 2),), None, _numbers, _number_schemas),
    "multilabel": Task(
        (Role("labels", 2),),
        _SHARES,
        _multilabel,
        lambda answer: {
            answer.names[0]: {"type": "array", "items": _label_schema(answer), "uniqueItems": True}
        },
    ),
    "clustering": Task(
        (_LABEL,),
        Role(DISTANCES, 2),
        _clustering,
        lambda answer: {answer.names[0]: _cluster_schema(answer)},
    ),
    "outlier_detection": Task(
        (_LABEL, Role("score", 1)),
        None,
        _outlier_detection,
        lambda _: {"inlier": {"type": "boolean"}, "score": {"type": "number"}},
    ),
    "transformation": Task((Role("values", 2),), None, _numbers, _number_schemas),
}
