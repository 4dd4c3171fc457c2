"""What a fitted estimator tells about itself."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.base import (
    BaseEstimator,
    is_classifier,
    is_clusterer,
    is_outlier_detector,
    is_regressor,
)
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils.validation import check_is_fitted

from training.errors import ExportError
from training.onnx_file import OnnxFile

_SEARCHED = "best_estimator_"
_KINDS = {
    "regression": is_regressor,
    "outlier_detection": is_outlier_detector,
    "clustering": is_clusterer,
}


def fitted(estimator: Any) -> Any:
    """The estimator that predicts: of a search, the best one.

    Raises:
        ExportError: it is not a scikit-learn estimator, or not fitted.
    """
    if isinstance(estimator, OnnxFile):
        return estimator
    if not (hasattr(estimator, "predict") or hasattr(estimator, "transform")):
        raise ExportError(
            f"{type(estimator).__name__} cannot predict rows that it was not fitted on: "
            "choose a scikit-learn estimator with predict or transform"
        )
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        raise ExportError(
            f"the {type(estimator).__name__} is not fitted: call fit() and save it again"
        ) from None
    except TypeError as error:
        raise ExportError(f"not a scikit-learn estimator: {error}") from error
    return getattr(estimator, _SEARCHED, estimator)


def task_of(estimator: Any, data: Any) -> str:
    """The task of a fitted estimator, as named in `model_lambda.tasks`.

    Args:
        data: rows as it takes them.

    Raises:
        ExportError: it has none that can be served.
    """
    if isinstance(estimator, OnnxFile):
        return estimator.roles.task
    return _task_of_estimator(estimator, data)


def _task_of_estimator(estimator: Any, data: Any) -> str:
    if is_classifier(estimator):
        return _classification_task(estimator, data)
    for task, is_kind in _KINDS.items():
        if is_kind(estimator) and hasattr(estimator, "predict"):
            return task
    if hasattr(estimator, "transform"):
        return "transformation"
    # A mixture, for one, is no clusterer by name, but predicts the number of a component.
    if hasattr(estimator, "predict") and np.asarray(estimator.predict(data)).dtype.kind == "i":
        return "clustering"
    raise ExportError(f"it is not known what a {type(estimator).__name__} predicts")


def _classification_task(estimator: Any, data: Any) -> str:
    predicted = np.asarray(estimator.predict(data))
    if predicted.ndim == 1 or predicted.shape[1] == 1:
        return "classification"
    if not set(np.unique(predicted).tolist()) <= {0, 1}:
        raise ExportError(
            "several targets of several classes each are not served: export a model a target"
        )
    return "multilabel"


def parts(estimator: Any) -> Sequence[Any]:
    """The steps of a pipeline, in order; of another estimator, itself."""
    if not isinstance(estimator, Pipeline):
        return [estimator]
    return [part for _, step in estimator.steps for part in parts(step)]


def walk(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Every estimator inside an estimator, itself first."""
    seen = set() if seen is None else seen
    if id(value) not in seen:
        seen.add(id(value))
        if isinstance(value, BaseEstimator):
            yield value
        for inner in _inside(value):
            yield from walk(inner, seen)


def _inside(value: Any) -> Sequence[Any]:
    if isinstance(value, BaseEstimator):
        return list(vars(value).values())
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, np.ndarray) and value.dtype == object:
        return value.ravel().tolist()
    return value if isinstance(value, (list, tuple)) else ()


def called(estimator: Any) -> str:
    """What messages call it."""
    return "the file" if isinstance(estimator, OnnxFile) else "the estimator"


def takes_text(estimator: Any) -> bool:
    """Whether it was fitted on a list of texts."""
    if isinstance(estimator, OnnxFile):
        return estimator.takes_text
    first = parts(estimator)[0]
    if isinstance(first, FeatureUnion):
        return takes_text(first.transformer_list[0][1])
    return hasattr(first, "build_analyzer")


def feature_names(estimator: Any) -> tuple[str, ...] | None:
    """The columns of the table that it was fitted on; None if it was an array or texts."""
    names = getattr(estimator, "feature_names_in_", None)
    # LightGBM makes these names up.
    if names is None or all(name == f"Column_{i}" for i, name in enumerate(names)):
        return None
    return tuple(map(str, names))


def known_categories(estimator: Any) -> dict[str, list[Any]]:
    """The categories that an encoder of the estimator knows, by column."""
    found: dict[str, list[Any]] = {}
    for part in walk(estimator):
        if not isinstance(part, ColumnTransformer):
            continue
        for _, transformer, columns in part.transformers_:
            encoders = [one for one in parts(transformer) if hasattr(one, "categories_")]
            if encoders and not isinstance(columns, (str, slice)):
                pairs = zip(columns, encoders[0].categories_, strict=False)
                found |= {str(name): list(known) for name, known in pairs}
    return found


def has_column_transformer(estimator: Any) -> bool:
    """Whether a part of it picks columns by name."""
    return any(isinstance(part, ColumnTransformer) for part in walk(estimator))
