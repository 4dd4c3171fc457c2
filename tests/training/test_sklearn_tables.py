"""Tables served by scikit-learn itself: columns by position, without pandas."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, OrdinalEncoder

from model_lambda.packaged_model import load_packaged_model
from tests.training.made_estimators import (
    MAKERS,
    MIXED_COLUMNS,
    WINE,
    Made,
    columns_by_name,
    customers,
)
from training.equivalence import remembered
from training.errors import ConversionError
from training.export import export_model
from training.worst_rows import Row

_COLUMNS = list(MIXED_COLUMNS)
# Loads the folders that it is given, repeats their golden predictions, and has no pandas.
_WITHOUT_PANDAS = """
import pathlib, sys
class NoPandas:
    def find_spec(self, name, *_):
        if name.partition(".")[0] == "pandas":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, NoPandas())
from model_lambda.packaged_model import load_packaged_model
for folder in sys.argv[1:]:
    print(load_packaged_model(pathlib.Path(folder)).manifest.engine.kind)
"""


def _categories() -> Made:
    table = customers()
    typed = table[_COLUMNS].astype({"contract": "category", "region": "category"})
    trees = HistGradientBoostingClassifier(max_iter=5, random_state=0)
    return Made(trees.fit(typed, table.leaves), table)


def _codes() -> Made:
    table = customers().fillna({"age": 40.0})
    codes = ColumnTransformer(
        [("codes", OrdinalEncoder(), ["contract", "region"])], remainder="passthrough"
    )
    model = make_pipeline(codes, RandomForestClassifier(5, random_state=0))
    return Made(model.fit(table[_COLUMNS], table.leaves), table)


def _pandas_between() -> Made:
    table = customers()
    encoder = columns_by_name()
    encoder.set_params(contract__sparse_output=False, region__onehotencoder__sparse_output=False)
    encoder.set_output(transform="pandas")
    model = make_pipeline(encoder, LogisticRegression())
    return Made(model.fit(table[_COLUMNS], table.leaves), table)


_TABLES: dict[str, Callable[[], Made]] = {
    "mixed": MAKERS["mixed_table"],
    "categories": _categories,
    "codes of nulls": _codes,
    "pandas between steps": _pandas_between,
}


@pytest.mark.slow
def test_tables_are_served_equal_and_without_pandas(tmp_path: Path) -> None:
    folders = []
    for number, make in enumerate(_TABLES.values()):
        made, folder = make(), tmp_path / f"probe_{number}" / "1.0"
        table = made.example[_COLUMNS]
        report = export_model(
            made.estimator, table, name=folder.parent.name, folder=folder, engine="sklearn"
        )
        assert (report.example.rows, report.example.different_labels) == (200, 0)
        assert report.search.rows > 400
        assert report.search.largest_difference == 0.0
        folders.append(str(folder))
    command = [sys.executable, "-c", _WITHOUT_PANDAS, *folders]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["sklearn"] * len(folders)


def test_a_missing_text_is_missing_for_the_estimator(target: Path) -> None:
    made = _codes()
    export_model(
        made.estimator, made.example[_COLUMNS], name="probe", folder=target, engine="sklearn"
    )
    lacking = made.example[_COLUMNS][made.example.region.isna()]
    rows: list[Row] = json.loads(lacking.to_json(orient="records"))
    assert all(row["region"] is None for row in rows)
    served = [one["label"] for one in load_packaged_model(target).predict_batch(rows)]
    assert served == made.estimator.predict(lacking).tolist()


def test_answers_that_are_sparse_are_served(target: Path) -> None:
    estimator = KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf").fit(WINE.data)
    export_model(estimator, WINE.data, name="probe", folder=target, engine="sklearn")
    row = WINE.data.iloc[0].to_dict()
    served = load_packaged_model(target).predict(row)
    assert list(served.values()) == estimator.transform(WINE.data.iloc[:1]).toarray()[0].tolist()


@pytest.mark.parametrize("engine", ["onnx", "sklearn"])
def test_several_vectorizers_side_by_side_take_a_text(target: Path, engine: str) -> None:
    texts = [f"crème {word} Straße" for word in ("red", "green", "blüe", "big")] * 10
    union = FeatureUnion([("words", TfidfVectorizer()), ("counts", CountVectorizer())])
    model = make_pipeline(union, LogisticRegression()).fit(texts, ["a", "b"] * 20)
    report = export_model(model, texts, name="probe", folder=target, engine=engine)
    assert (report.engine, report.search.different_labels) == (engine, 0)


def test_what_the_function_cannot_load_is_refused(target: Path) -> None:
    model = make_pipeline(FunctionTransformer(_plus_one), LinearRegression())
    with pytest.raises(ConversionError, match=r"_plus_one, and the scikit-learn engine has"):
        export_model(
            model.fit(WINE.data, WINE.target),
            WINE.data,
            name="probe",
            folder=target,
            engine="sklearn",
        )


def _plus_one(values: Any) -> Any:
    return values + 1


def test_an_estimator_is_asked_once_for_each_row() -> None:
    asked: list[int] = []

    def expect(rows: Sequence[Row]) -> list[dict[str, Any]]:
        asked.append(len(rows))
        return [{"value": row["x"]} for row in rows]

    ask = remembered(expect)
    rows = [{"x": 1.0}, {"x": 2.0}, {"x": 1.0}]
    assert ask(rows) == ask(rows) == [{"value": 1.0}, {"value": 2.0}, {"value": 1.0}]
    assert ask([{"x": 3.0}, {"x": 2.0}]) == [{"value": 3.0}, {"value": 2.0}]
    assert asked == [2, 1]


@pytest.mark.timeout(60)
def test_a_tree_that_splits_by_what_is_missing_is_exported(target: Path) -> None:
    # Its threshold is infinite, at which skl2onnx looks for the next number for ever.
    numbers = WINE.data[["alcohol", "hue"]].to_numpy().copy()
    numbers[WINE.target == 0, 0] = np.nan
    forest = RandomForestClassifier(3, random_state=0).fit(numbers, WINE.target == 0)
    assert any(np.isinf(tree.tree_.threshold).any() for tree in forest.estimators_)
    report = export_model(
        forest,
        WINE.data[["alcohol", "hue"]].mask(np.isnan(numbers)),
        name="probe",
        folder=target,
    )
    assert report.example.different_labels == 0
