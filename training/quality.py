"""How good the model is: as it is served, and as the estimator is by itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn import metrics

from model_lambda.tasks import PROBABILITIES, Answer, Prediction, label_key
from training.errors import ExportError

Quality = dict[str, dict[str, float]]


def quality(
    task: str,
    answer: Answer,
    truth: Sequence[Any],
    served: Sequence[Prediction],
    expected: Sequence[Prediction],
) -> Quality:
    """Measure both on the same rows; empty for a task without a truth."""
    if task == "classification":
        measured = [_classification(answer, truth, one) for one in (served, expected)]
    elif task == "regression" and len(answer.names) > 1:
        _refuse_swapped(answer.names, truth, expected)
        measured = [_targets(answer.names, truth, one) for one in (served, expected)]
    elif task == "regression":
        measured = [_regression(answer.names[0], truth, one) for one in (served, expected)]
    else:
        return {}
    return {
        name: {"served": measured[0][name], "estimator": measured[1][name]} for name in measured[0]
    }


def _classification(
    answer: Answer, truth: Sequence[Any], predictions: Sequence[Prediction]
) -> dict[str, float]:
    """The truth is given in the classes of the estimator."""
    label_of = {
        str(one): name for one, name in zip(answer.engine_labels, answer.labels, strict=True)
    }
    known = [label_of.get(_plain(one)) for one in truth]
    if None in known:
        raise ExportError(
            f"the label {truth[known.index(None)]!r} of the example is none of the classes "
            f"{list(answer.engine_labels)}: give LABEL a column of the values that the estimator "
            "was fitted on ([labels] in CONFIG says how they are answered)"
        )
    predicted = [one[answer.names[0]] for one in predictions]
    found = {"accuracy": sum(a == b for a, b in zip(known, predicted, strict=True)) / len(known)}
    if PROBABILITIES in predictions[0]:
        found["log_loss"] = _log_loss(
            [label_key(one) for one in known if one is not None], predictions
        )
    return _rounded(found)


def _log_loss(known: Sequence[str], predictions: Sequence[Prediction]) -> float:
    shares = [one[PROBABILITIES][label] for one, label in zip(predictions, known, strict=True)]
    return float(-np.log(np.clip(shares, 1e-15, 1)).mean())


def _regression(
    name: str, truth: Sequence[Any], predictions: Sequence[Prediction]
) -> dict[str, float]:
    predicted = [one[name] for one in predictions]
    return _rounded(
        {
            "r2": metrics.r2_score(truth, predicted),
            "mean_absolute_error": metrics.mean_absolute_error(truth, predicted),
        }
    )


def _targets(
    names: Sequence[str], truth: Sequence[Any], predictions: Sequence[Prediction]
) -> dict[str, float]:
    columns = zip(names, zip(*truth, strict=True), strict=True)
    return {
        f"{metric} of {name}": value
        for name, column in columns
        for metric, value in _regression(name, column, predictions).items()
    }


def _refuse_swapped(
    names: Sequence[str], truth: Sequence[Any], expected: Sequence[Prediction]
) -> None:
    """Refuse names in another order than the targets: each number would answer as another."""
    known = np.asarray(truth, np.float64)
    predicted = np.array([[one[name] for name in names] for one in expected])
    scales = known.std(axis=0) + np.finfo(np.float64).tiny
    errors = np.abs(predicted[:, :, None] - known[:, None, :]).mean(axis=0) / scales
    places, best = linear_sum_assignment(errors)
    if errors[places, best].sum() < errors.trace() / 2:
        raise ExportError(
            f"LABEL={','.join(names)} is not the order of the estimator's targets, to which "
            f"LABEL={','.join(names[place] for place in best)} is much nearer: say that"
        )


def _plain(value: Any) -> str:
    value = value.item() if isinstance(value, np.generic) else value
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    """To four decimals; adding zero makes a negative zero, as of the logarithm of 1, plain."""
    return {name: round(float(value), 4) + 0.0 for name, value in values.items()}
