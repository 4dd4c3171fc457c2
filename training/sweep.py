"""Tries every estimator of scikit-learn, and the boosters: served equal, by what, or why not.

`python -m training.sweep` writes docs/estimators.md.
"""

import inspect
import re
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.datasets import load_diabetes, load_wine
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.utils import all_estimators

from training.errors import ExportError
from training.export import export_model

_ENGINES = ("onnx", "sklearn")
DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "estimators.md"
_WINE = load_wine(as_frame=True)
_DIABETES = load_diabetes(as_frame=True, scaled=False)
_TEXTS = [f"good {word} product" for word in ("red", "green", "blue", "big")] * 10
_CATEGORIES = pd.DataFrame({"size": ["big", "small"] * 20, "colour": list("rgbw") * 10})
_CODES = (_WINE.data[["alcohol", "hue"]] > _WINE.data[["alcohol", "hue"]].mean()).astype(int)
_WITH_MISSING = _WINE.data.mask(np.random.default_rng(0).random(_WINE.data.shape) < 0.1)
_TWO_CLASSES = (_WINE.target > 0).astype(int)
_INNER = {"classifier": LogisticRegression(), "regressor": Ridge()}
# What an estimator needs that its defaults do not say.
_GIVEN: Mapping[str, Mapping[str, Any]] = {
    "ColumnTransformer": {"transformers": [("two", StandardScaler(), ["alcohol", "hue"])]},
    "FeatureUnion": {"transformer_list": [("two", PCA(2)), ("scaled", StandardScaler())]},
    "FrozenEstimator": {"estimator": LogisticRegression().fit(_WINE.data, _WINE.target)},
    "GaussianRandomProjection": {"n_components": 3},
    "GridSearchCV": {"estimator": Ridge(), "param_grid": {"alpha": [0.1, 1.0]}},
    "HashingVectorizer": {"n_features": 64},
    "IsotonicRegression": {"out_of_bounds": "clip"},
    "LabelPropagation": {"kernel": "knn"},
    "LabelSpreading": {"kernel": "knn"},
    "LocalOutlierFactor": {"novelty": True},
    "Pipeline": {"steps": [("scale", StandardScaler()), ("classify", LogisticRegression())]},
    "RadiusNeighborsClassifier": {"radius": 5000.0},
    "RadiusNeighborsRegressor": {"radius": 5000.0},
    "RandomizedSearchCV": {
        "estimator": Ridge(),
        "param_distributions": {"alpha": [0.1, 1.0]},
        "n_iter": 2,
    },
    "SelfTrainingClassifier": {"estimator": LogisticRegression()},
    "SparseCoder": {"dictionary": np.eye(_WINE.data.shape[1])},
    "SparseRandomProjection": {"n_components": 3},
}
# What an estimator is fitted on, if on no table of numbers.
_FITTED_ON: Mapping[str, tuple[Any, Any]] = {
    "CategoricalNB": (_CODES, _WINE.target),
    "FixedThresholdClassifier": (_WINE.data, _TWO_CLASSES),
    "IsotonicRegression": (_DIABETES.data[["bmi"]], _DIABETES.target),
    "MissingIndicator": (_WITH_MISSING, None),
    "OneHotEncoder": (_CATEGORIES, None),
    "OrdinalEncoder": (_CATEGORIES, None),
    "TargetEncoder": (_CATEGORIES, [0, 1, 1, 1] * 10),
    "TunedThresholdClassifierCV": (_WINE.data, _TWO_CLASSES),
}
# What no request can be a row of.
_NO_ROWS: Mapping[str, str] = {
    "DictVectorizer": "it takes dictionaries of any keys: name the columns of a table",
    "FeatureHasher": "it takes dictionaries of any keys: name the columns of a table",
    "KernelCenterer": "it takes kernels between rows: export the estimator behind it",
    "LabelBinarizer": "it turns labels, not rows: name them with labels=",
    "LabelEncoder": "it turns labels, not rows: name them with labels=",
    "MultiLabelBinarizer": "it turns labels, not rows: name them with labels=",
    "PatchExtractor": "it takes images and gives other rows: cut patches before",
}
_HEADER = """# Which estimators are served
Made by `make estimators`: each estimator of scikit-learn, with its defaults where it has them,
fitted on the wine or the diabetes table (or on categories, on texts, on labels of two classes
each), and exported. *Equal* means that every row and the rows searched for the worst one were
answered as by the estimator. *Engine* is the first that serves it.

| estimator | engine | result |
|---|---|---|
"""


class Result(NamedTuple):
    """One row of the table."""

    estimator: str
    engine: str
    result: str


def sweep() -> Iterator[Result]:
    """Try every estimator."""
    for name, kind in [*all_estimators(), *_boosters()]:
        yield _tried(name, kind)


def _boosters() -> list[tuple[str, type]]:
    import lightgbm
    import xgboost

    return [
        (f"{library.__name__}.{name}", getattr(library, name))
        for library, names in (
            (lightgbm, ("LGBMClassifier", "LGBMRegressor")),
            (xgboost, ("XGBClassifier", "XGBRegressor")),
        )
        for name in names
    ]


def _tried(name: str, kind: type) -> Result:
    if reason := _NO_ROWS.get(name):
        return Result(name, "-", f"not served: {reason}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator, example = _fitted(kind)
    except Exception as error:  # what cannot be fitted cannot be exported
        return Result(name, "-", f"not tried: {_one_line(error)}")
    reasons = []
    for engine in _ENGINES:
        try:
            return Result(name, engine, _exported(estimator, example, engine))
        except ExportError as error:
            reasons.append(_one_line(error))
    return Result(name, "-", f"refused: {_both(reasons)}")


def _exported(estimator: Any, example: Any, engine: str) -> str:
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = export_model(
            estimator, example, name="tried", folder=Path(scratch) / "1.0", engine=engine
        )
    edges = f", {report.search.edges} of {report.search.rows} on an edge of float32"
    return f"equal ({report.way}{edges if report.search.edges else ''})"


def _fitted(kind: Any) -> tuple[BaseEstimator, Any]:
    estimator = _made(kind)
    for example, target in _data(estimator):
        try:
            return estimator.fit(example, target), example
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            failed = error
    raise failed


def _made(kind: Any) -> Any:
    """An instance; a meta-estimator gets a simple estimator inside."""
    parameters = inspect.signature(kind).parameters
    inner = _INNER["regressor" if "Regress" in kind.__name__ else "classifier"]
    given = dict(_GIVEN.get(kind.__name__, {}))
    for name, parameter in parameters.items():
        if name in given:
            continue
        if parameter.default is inspect.Parameter.empty and name in ("estimator", "base_estimator"):
            given[name] = inner
        elif parameter.default is inspect.Parameter.empty and name == "estimators":
            given[name] = [("first", inner), ("second", inner)]
        elif name == "random_state":
            given[name] = 0
    return kind(**given)


def _data(estimator: Any) -> Iterator[tuple[Any, Any]]:
    """Examples with targets, the likeliest first."""
    if chosen := _FITTED_ON.get(type(estimator).__name__):
        yield chosen
    if hasattr(estimator, "build_analyzer"):
        yield _TEXTS, None
    regression = (_DIABETES.data, _DIABETES.target)
    classification = (_WINE.data, _WINE.target)
    first = regression if "Regress" in type(estimator).__name__ else classification
    yield from (first, classification, regression)
    yield _WINE.data, np.c_[_WINE.target == 0, _WINE.target == 1].astype(int)
    yield _DIABETES.data, np.c_[_DIABETES.target, _DIABETES.target]
    yield pd.DataFrame({"x": np.linspace(0, 1, 40)}), np.linspace(0, 1, 40)


def _both(reasons: Sequence[str]) -> str:
    """The reason of each engine, or of both if it is one."""
    if len(set(reasons)) == 1:
        return reasons[0]
    return "; ".join(
        f"by {engine}, {reason}" for engine, reason in zip(_ENGINES, reasons, strict=True)
    )


def _one_line(error: BaseException) -> str:
    text = re.sub(r"\s+", " ", str(error)).replace("|", "/").strip() or type(error).__name__
    return re.sub(r"the row \{.*?(\}|\.\.\.)", "a row", text)


def main() -> None:
    """Write the table."""
    DOCUMENT.parent.mkdir(exist_ok=True)
    lines = []
    started = time.monotonic()
    for result in sweep():
        seconds = time.monotonic() - started
        print(f"{seconds:4.0f} s {result.estimator}: {result.engine} {result.result}", flush=True)
        lines.append(f"| {result.estimator} | {result.engine} | {result.result} |")
    DOCUMENT.write_text(_HEADER + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
