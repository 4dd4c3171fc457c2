"""What the estimator itself answers: in the words of the answer, so that both can be compared."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans

from model_lambda.engines import Output
from model_lambda.engines.arrays import to_lists
from model_lambda.tasks import (
    DISTANCES,
    ON_REQUEST,
    PROBABILITIES,
    TASKS,
    Answer,
    Label,
    Prediction,
    answers,
)
from training.errors import ExportError
from training.estimators import parts

# An answer of more is no document that anybody reads.
MOST_MEMBERS = 2000
# Their transform gives the distances to the centres, in the order of the clusters' numbers.
_WITH_DISTANCES = (KMeans, MiniBatchKMeans, BisectingKMeans)
_DEFAULT_NAMES = {
    "classification": "label",
    "regression": "value",
    "multilabel": "labels",
    "clustering": "cluster",
    "outlier_detection": "inlier",
    "transformation": "component",
}


def describe_answer(
    estimator: Any,
    task: str,
    *,
    name: str | Sequence[str] | None,
    labels: Mapping[Any, Label] | None,
    description: str,
    data: Any,
) -> Answer:
    """Name the members and labels of the answers; `engine_labels` are the estimator's classes.

    Raises:
        ExportError: the labels are not those of the estimator's classes, or the names not one for
            each number.
    """
    if name is not None and task == "regression":
        return Answer(_target_names(estimator, name, data), (), (), description)
    member = _free(_single(name or _DEFAULT_NAMES[task], task))
    if task in ("classification", "multilabel"):
        classes = _classes(estimator, task, data)
        return Answer((member,), _labels(classes, labels), tuple(classes), description)
    if labels is not None:
        raise ExportError(f"a model for {task.replace('_', ' ')} has no labels to rename")
    if task in ("regression", "transformation"):
        return Answer(_member_names(estimator, task, member, data), (), (), description)
    if task == "clustering" and on_request(estimator, task):
        clusters = tuple(range(len(parts(estimator)[-1].cluster_centers_)))
        return Answer((member,), clusters, clusters, description)
    return Answer((member,), (), (), description)


def _single(name: str | Sequence[str], task: str) -> str:
    if isinstance(name, str):
        return name
    raise ExportError(
        f"LABEL names {len(name)} columns ({', '.join(name)}), and the answer of {task} has one "
        "name: say one column, or leave LABEL out"
    )


def _free(member: str) -> str:
    if member in ON_REQUEST:
        raise ExportError(f"an answer has a member {member} already: rename the label")
    return member


def _target_names(estimator: Any, name: str | Sequence[str], data: Any) -> tuple[str, ...]:
    """A name for each number: with one for all of them, one target would be taken for another."""
    names = (name,) if isinstance(name, str) else tuple(name)
    width = len(estimator_outputs(estimator, data[:2], "regression")[0][0])
    if width != len(names) or width != len(set(names)):
        raise ExportError(
            f"the estimator predicts {width} numbers a row, and LABEL names {', '.join(names)}: "
            "name a column for each of them, in the order in which it was fitted, as in "
            "LABEL=price,rent; or leave LABEL out"
        )
    return tuple(map(_free, names))


def expected_answers(estimator: Any, data: Any, task: str, answer: Answer) -> list[Prediction]:
    """The estimator's own predictions, as answers with all that can be asked for."""
    outputs = estimator_outputs(estimator, data, task)
    role = TASKS[task].on_request
    asked = bool(on_request(estimator, task))
    if role and asked:
        values = _asked_values(estimator, data, task)
        outputs.append(to_lists(Output(role.name, role.rank, role.decimals), values, len(values)))
    return answers(TASKS[task], answer, outputs, on_request=asked)


def estimator_outputs(estimator: Any, data: Any, task: str) -> list[list[Any]]:
    """What the task needs, of the estimator, in the order of the roles."""
    if task == "transformation":
        values = estimator.transform(data)
        values = values.toarray() if hasattr(values, "toarray") else np.asarray(values)
        return [_matrix(values)]
    predicted = np.asarray(estimator.predict(data))
    if task == "classification":
        predicted = predicted.ravel()
    if task == "regression":
        return [_matrix(predicted)]
    if task == "outlier_detection":
        scores = np.asarray(estimator.decision_function(data), np.float64).ravel()
        return [predicted.tolist(), scores.tolist()]
    return [predicted.tolist()]


def on_request(estimator: Any, task: str) -> str:
    """What an answer of the estimator can also have: a value for each label; empty if nothing."""
    if task in ("classification", "multilabel") and hasattr(estimator, "predict_proba"):
        return PROBABILITIES
    if task == "clustering" and isinstance(parts(estimator)[-1], _WITH_DISTANCES):
        return DISTANCES
    return ""


def lists_probabilities(estimator: Any, data: Any) -> bool:
    """Whether it gives a list of probabilities (n, 2), one for each label."""
    return hasattr(estimator, "predict_proba") and isinstance(estimator.predict_proba(data), list)


def _asked_values(estimator: Any, data: Any, task: str) -> Any:
    if task == "clustering":
        return estimator.transform(data)
    shares = estimator.predict_proba(data)
    if task == "multilabel" and isinstance(shares, list):  # one (n, 2) a label
        return np.column_stack([one[:, 1] for one in shares])
    return shares


def _matrix(values: Any) -> list[list[float]]:
    numbers = np.asarray(values, np.float64).reshape(len(values), -1)
    if not np.isfinite(numbers).all():
        raise ExportError("it answers no finite number")
    matrix: list[list[float]] = numbers.tolist()
    return matrix


def _classes(estimator: Any, task: str, data: Any) -> list[Label]:
    if task == "multilabel":
        return list(range(np.asarray(estimator.predict(data[:2])).shape[1]))
    return [_plain_class(one) for one in np.asarray(estimator.classes_).tolist()]


def _plain_class(value: Any) -> Label:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, (str, int)):
        return value
    raise ExportError(f"the class {value!r} is neither a text nor a whole number nor a boolean")


def _labels(classes: Sequence[Label], labels: Mapping[Any, Label] | None) -> tuple[Label, ...]:
    if labels is None:
        return tuple(classes)
    if not isinstance(labels, Mapping):
        by_value = dict.fromkeys(classes, "...")
        raise ExportError(f"say which class has which label, as in labels={by_value}")
    given = {str(key): label for key, label in labels.items()}
    if set(given) != {str(one) for one in classes}:
        raise ExportError(
            f"labels are given for {sorted(given)}, and the classes are "
            f"{[str(one) for one in classes]}: name each class once"
        )
    named = tuple(given[str(one)] for one in classes)
    if len(set(named)) != len(named) or len(set(map(type, named))) != 1:
        raise ExportError("two classes have the same label, or labels of more than one type")
    return named


def _member_names(estimator: Any, task: str, member: str, data: Any) -> tuple[str, ...]:
    width = len(estimator_outputs(estimator, data[:2], task)[0][0])
    if width == 0:
        raise ExportError("an answer would have no member: the estimator gives no column")
    if width > MOST_MEMBERS:
        raise ExportError(
            f"an answer would have {width} members: reduce them to {MOST_MEMBERS}, or export the "
            "whole pipeline with what predicts from them"
        )
    if width == 1:
        return (member,)
    if task == "transformation" and hasattr(estimator, "get_feature_names_out"):
        names = tuple(map(str, estimator.get_feature_names_out()))
        if len(names) == width and len(set(names)) == width:
            return names
    return tuple(f"{member}_{number}" for number in range(1, width + 1))
