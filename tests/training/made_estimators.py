"""Small fitted estimators of many kinds, each with the table that it is exported with."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from onnx import TensorProto, helper
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor, IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

WINE = load_wine(as_frame=True)
DIABETES = load_diabetes(as_frame=True, scaled=False)
MIXED_COLUMNS = ("contract", "tenure", "age", "paperless", "region")


class Made(NamedTuple):
    """An estimator, the example, and the column that it predicts, if the example has it."""

    estimator: Any
    example: Any
    label: str | None = None


@cache
def customers() -> pd.DataFrame:
    """A table of all types, with missing numbers and missing texts; `leaves` is what happens."""
    random, count = np.random.default_rng(0), 200
    table = pd.DataFrame(
        {
            "contract": random.choice(["monthly", "yearly"], count),
            "tenure": random.integers(0, 72, count),
            "age": np.where(random.random(count) < 0.2, np.nan, random.normal(45, 15, count)),
            "paperless": random.random(count) < 0.5,
            "region": random.choice(["north", "south", "east"], count),
        }
    )
    table.loc[random.random(count) < 0.1, "region"] = None
    leaves = random.random(count) < 1 / (1 + np.exp(table.tenure / 30 - 1))
    return table.assign(leaves=np.where(leaves, "leaves", "stays"))


@cache
def wine_model() -> Any:
    """A small classifier, fitted on a table of 13 numbers."""
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(WINE.data, WINE.target)


def line(inputs: list[str], width: int) -> bytes:
    """An ONNX file of the sum of all inputs (n, width), by hand."""
    shape: list[str | int | None] = ["n", width]
    parts = [helper.make_tensor_value_info(one, TensorProto.FLOAT, shape) for one in inputs]
    joined = helper.make_node("Concat", inputs, ["all"], axis=1)
    summed = helper.make_node("ReduceSum", ["all", "axes"], ["variable"], keepdims=1)
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    output = helper.make_tensor_value_info("variable", TensorProto.FLOAT, ["n", 1])
    graph = helper.make_graph([joined, summed], "line", parts, [output], [axes])
    opsets = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def columns_by_name() -> ColumnTransformer:
    """What turns the customers into numbers: by name, with imputers and encoders."""
    region = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    return ColumnTransformer(
        [
            ("contract", OneHotEncoder(handle_unknown="ignore"), ["contract"]),
            ("region", region, ["region"]),
            ("numbers", numbers, ["tenure", "age", "paperless"]),
        ]
    )


def _mixed() -> Made:
    table = customers()
    model = make_pipeline(columns_by_name(), LogisticRegression())
    return Made(model.fit(table[list(MIXED_COLUMNS)], table.leaves), table, "leaves")


def _mixed_forest() -> Made:
    table = customers()
    model = make_pipeline(columns_by_name(), RandomForestClassifier(11, random_state=0))
    return Made(model.fit(table[list(MIXED_COLUMNS)], table.leaves), table, "leaves")


def _regression() -> Made:
    model = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2)
    return Made(model.fit(DIABETES.data, DIABETES.target), DIABETES.frame, "target")


def _missing_values() -> Made:
    table = DIABETES.data.mask(np.random.default_rng(0).random(DIABETES.data.shape) < 0.1)
    model = HistGradientBoostingRegressor(max_iter=10, random_state=0)
    return Made(model.fit(table, DIABETES.target), table)


def _text() -> Made:
    random = np.random.default_rng(0)
    words = ["good", "bad", "great", "awful", "the", "a", "it", "product", "café"]
    texts = [" ".join(random.choice(words, 7)) for _ in range(60)]
    verdicts = ["positive" if text.count("g") > text.count("b") else "negative" for text in texts]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression())
    return Made(model.fit(texts, verdicts), pd.DataFrame({"text": texts}))


def _booster() -> Made:
    import xgboost

    model = xgboost.XGBClassifier(n_estimators=5, max_depth=3)
    return Made(model.fit(DIABETES.data, (DIABETES.target > 150).astype(int)), DIABETES.data)


def _digits() -> Made:
    images, digits = load_digits(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    return Made(model.fit(images[:400], digits[:400]), images[:100])


def _clusters() -> Made:
    model = make_pipeline(StandardScaler(), KMeans(3, n_init=2, random_state=0))
    return Made(model.fit(WINE.data), WINE.data)


def _outliers() -> Made:
    return Made(IsolationForest(n_estimators=10, random_state=0).fit(WINE.data), WINE.data)


def _components() -> Made:
    return Made(make_pipeline(StandardScaler(), PCA(2)).fit(WINE.data), WINE.data)


def _multilabel() -> Made:
    tags = np.c_[WINE.target == 0, WINE.data.alcohol > 13].astype(int)
    return Made(RandomForestClassifier(5, random_state=0).fit(WINE.data, tags), WINE.data)


def _two_targets() -> Made:
    targets = np.c_[DIABETES.target, 2 * DIABETES.target]
    return Made(Ridge().fit(DIABETES.data, targets), DIABETES.data)


MAKERS: dict[str, Callable[[], Made]] = {
    "mixed_table": _mixed,
    "mixed_forest": _mixed_forest,
    "regression": _regression,
    "missing_values": _missing_values,
    "text": _text,
    "booster": _booster,
    "digits": _digits,
    "clusters": _clusters,
    "outliers": _outliers,
    "components": _components,
    "multilabel": _multilabel,
    "two_targets": _two_targets,
}
