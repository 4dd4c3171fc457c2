"""Tries every estimator of scikit-learn, and the boosters: served equal, by what, or why not.

`python -m training.sweep` writes docs/estimators.md.
"""

import inspect
import re
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils import all_estimators

from training.errors import ExportError
from training.export import export_model

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "estimators.md"
_WINE = load_wine(as_frame=True)
_DIABETES = load_diabetes(as_frame=True, scaled=False)
_TEXTS = [f"good {word} product" for word in ("red", "green", "blue", "big")] * 10
# What an estimator needs that its defaults do not say.
_INNER = {"classifier": LogisticRegression(), "regressor": Ridge()}
_HEADER = """# Which estimators are served
Made by `python -m training.sweep`: each estimator of scikit-learn with its defaults, fitted on the
wine or the diabetes table (or on texts, or on labels of two classes each), and exported. *Equal*
means that every row and the rows searched for the worst one were answered as by the estimator.

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
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator, example = _fitted(kind)
    except Exception as error:  # what cannot be fitted cannot be exported
        return Result(name, "-", f"not tried: {_one_line(error)}")
    reasons = []
    for engine in ("onnx", "sklearn"):
        try:
            return Result(name, engine, _exported(estimator, example, engine))
        except ExportError as error:
            reasons.append(_one_line(error))
    return Result(name, "-", f"refused: {reasons[0]}")


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
        except (ValueError, TypeError, AttributeError) as error:
            failed = error
    raise failed


def _made(kind: Any) -> Any:
    """An instance; a meta-estimator gets a simple estimator inside."""
    parameters = inspect.signature(kind).parameters
    inner = _INNER["regressor" if "Regress" in kind.__name__ else "classifier"]
    given: dict[str, Any] = {}
    for name, parameter in parameters.items():
        if parameter.default is inspect.Parameter.empty and name in ("estimator", "base_estimator"):
            given[name] = inner
        elif parameter.default is inspect.Parameter.empty and name == "estimators":
            given[name] = [("first", inner), ("second", inner)]
        elif name == "random_state":
            given[name] = 0
    return kind(**given)


def _data(estimator: Any) -> Iterator[tuple[Any, Any]]:
    """Examples with targets, the likeliest first."""
    if hasattr(estimator, "build_analyzer"):
        yield _TEXTS, None
    regression = (_DIABETES.data, _DIABETES.target)
    classification = (_WINE.data, _WINE.target)
    first = regression if "Regress" in type(estimator).__name__ else classification
    yield from (first, classification, regression)
    yield _WINE.data, np.c_[_WINE.target == 0, _WINE.target == 1].astype(int)
    yield _DIABETES.data, np.c_[_DIABETES.target, _DIABETES.target]
    yield pd.DataFrame({"x": np.linspace(0, 1, 40)}), np.linspace(0, 1, 40)


def _one_line(error: BaseException) -> str:
    text = re.sub(r"\s+", " ", str(error)).replace("|", "/").strip() or type(error).__name__
    return text if len(text) <= 160 else f"{text[:160]}..."


def main() -> None:
    """Write the table."""
    DOCUMENT.parent.mkdir(exist_ok=True)
    lines = []
    for result in sweep():
        print(f"{result.estimator}: {result.engine} {result.result}", flush=True)
        lines.append(f"| {result.estimator} | {result.engine} | {result.result} |")
    DOCUMENT.write_text(_HEADER + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
