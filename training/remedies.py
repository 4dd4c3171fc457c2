"""Why an estimator does not convert exactly, as far as it is known, and what helps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from training.estimators import known_categories, parts, walk

_SCALERS = (
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
_TREES = ("tree", "ensemble", "lightgbm", "xgboost")
_BOOSTERS = ("lightgbm", "xgboost")
_ONE_HOT = 'OneHotEncoder(handle_unknown="ignore")'


def obstacle(estimator: Any) -> str:
    """The step that cannot be converted, with the remedy; empty if none is known."""
    found = list(walk(estimator))
    # HistGradientBoosting's own encoder of categories is no step of the person's.
    own = {id(one) for part in found for one in walk(getattr(part, "_preprocessor", None))}
    for part in found:
        if id(part) not in own and isinstance(part, FunctionTransformer) and part.func is not None:
            name = getattr(part.func, "__name__", type(part.func).__name__)
            return (
                f"the step FunctionTransformer({name}) runs Python and cannot be "
                "converted: compute its columns before fitting, and send them"
            )
        if _splits_by_categories(part):
            return (
                f"the {type(part).__name__} splits by categories, which is not converted: leave "
                f"categorical_features out, put {_ONE_HOT} before the trees, and fit again"
            )
        if type(part).__module__.split(".")[0] in _BOOSTERS and _pandas_categories(part):
            return (
                f"the {type(part).__name__} was fitted on pandas categoricals, which JSON has not: "
                f"fit again on texts, with {_ONE_HOT} in a ColumnTransformer before it"
            )
    return ""


def cause(estimator: Any) -> str:
    """Why a converted estimator is known to differ, with the remedy; empty if it is not known."""
    found = list(walk(estimator))
    if any(isinstance(part, OrdinalEncoder) for part in found) and (
        names := _columns_with_nulls(estimator)
    ):
        return (
            f"An OrdinalEncoder over nulls ({', '.join(names)}) is not converted exactly: put "
            'SimpleImputer(strategy="constant", fill_value="missing") before it (a number for a '
            "column of numbers), and fit again"
        )
    is_scaled = any(isinstance(part, _SCALERS) for part in found)
    if is_scaled and any(word in type(parts(estimator)[-1]).__module__ for word in _TREES):
        return (
            "Trees need no scaling, and rounding to float32 moves rows across their thresholds: "
            "leave the scaler out and fit again"
        )
    return ""


def lost_digits(rows: Sequence[Mapping[str, Any]]) -> str:
    """The remedy where a column has numbers that float32 makes equal; empty if none has."""
    for name in rows[0]:
        values = {row[name] for row in rows if type(row[name]) in (int, float)}
        if len({float(np.float32(value)) for value in values}) < len(values):
            return (
                f"{name} has more digits than the 7 of float32, such as {max(values)}: fit on the "
                "difference to a start instead (seconds since a day, a number less its minimum), "
                "and send that"
            )
    return ""


def _pandas_categories(part: Any) -> bool:
    """Whether LightGBM or XGBoost was fitted on columns of the type category."""
    if booster := getattr(part, "_Booster", None):
        is_lightgbm = bool(getattr(booster, "pandas_categorical", None))
        return is_lightgbm or "c" in (getattr(booster, "feature_types", None) or ())
    return False


def _splits_by_categories(part: Any) -> bool:
    # HistGradientBoosting's own bins have an `is_categorical_`, too.
    is_boosting = hasattr(part, "categorical_features")
    return is_boosting and getattr(part, "is_categorical_", None) is not None


def _columns_with_nulls(estimator: Any) -> list[str]:
    return [
        name
        for name, known in known_categories(estimator).items()
        if any(one is None or one != one for one in known)  # noqa: PLR0124 - a NaN
    ]
