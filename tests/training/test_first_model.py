"""What a person meets who brings a model of their own for the first time."""

import re
import threading
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
from skl2onnx import to_onnx
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

from model_lambda.packaged_model import load_packaged_model
from training import __main__ as command
from training.errors import ExportError
from training.export import export_model
from training.load import load_estimator
from training.progress import progress, step

_RANDOM = np.random.default_rng(0)
_HOUSES = pd.DataFrame({"area": _RANDOM.normal(100, 30, 60), "rooms": _RANDOM.integers(1, 8, 60)})
_HOUSES["price"] = 3000 * _HOUSES.area + _RANDOM.normal(0, 9999, 60)
_HOUSES["rent"] = 200 * _HOUSES.rooms + _RANDOM.normal(0, 30, 60)
_INPUTS = ["area", "rooms"]


def _of_two_targets() -> LinearRegression:
    return LinearRegression().fit(_HOUSES[_INPUTS], _HOUSES[["price", "rent"]])


def test_each_target_is_answered_and_measured_by_its_own_name(models: Path) -> None:
    report = export_model(_of_two_targets(), _HOUSES, name="houses", label=["price", "rent"])
    assert set(report.quality) == {
        f"{metric} of {name}"
        for name in ("price", "rent")
        for metric in ("r2", "mean_absolute_error")
    }
    served = load_packaged_model(models / "houses" / "1.0").predict({"area": 90.0, "rooms": 3})
    assert served["price"] > 100_000 > served["rent"]


@pytest.mark.parametrize(
    ("label", "problem"),
    [
        ("rent", "predicts 2 numbers a row, and LABEL names rent: name a column for each"),
        (["price", "price"], "name a column for each"),
        (["rent", "price"], "to which LABEL=price,rent is much nearer"),
        (["price", "let"], "no column let"),
    ],
)
def test_targets_are_not_answered_by_the_name_of_another(
    models: Path, label: Any, problem: str
) -> None:
    with pytest.raises(ExportError, match=problem):
        export_model(_of_two_targets(), _HOUSES, name="houses", label=label)
    assert list(models.iterdir()) == []


def test_a_version_that_is_replaced_by_a_model_of_other_fields_is_told(models: Path) -> None:
    first = LinearRegression().fit(_HOUSES[["area"]], _HOUSES.price)
    assert not export_model(first, _HOUSES[["area"]], name="houses").notes
    assert not export_model(first, _HOUSES[["area"]], name="houses").notes
    second = LinearRegression().fit(_HOUSES[["rooms"]], _HOUSES.price)
    (note,) = export_model(second, _HOUSES[["rooms"]], name="houses").notes
    assert "other fields (rooms is new, area is gone)" in note


def test_seconds_since_1970_that_float32_makes_equal_are_told_with_a_remedy(models: Path) -> None:
    when = 1.7e9 + np.sort(_RANDOM.random(200)) * 9999
    table = pd.DataFrame({"when": when})
    estimator = HistGradientBoostingRegressor(min_samples_leaf=2).fit(table, np.sin(when / 300))
    with pytest.raises(ExportError, match="when has more digits than the 7 of float32"):
        export_model(estimator, table, name="sine")


def test_a_booster_that_was_fitted_on_categoricals_is_told_with_a_remedy(models: Path) -> None:
    table = pd.DataFrame({"kind": ["a", "b"] * 30, "area": _HOUSES.area})
    taken = table.astype({"kind": "category"})
    estimator = lightgbm.LGBMRegressor(n_estimators=2, verbose=-1).fit(taken, _HOUSES.price)
    with pytest.raises(ExportError, match=r"fitted on pandas categoricals.*OneHotEncoder"):
        export_model(estimator, table, name="houses")


def test_a_column_that_a_converter_named_otherwise_is_told(models: Path) -> None:
    estimator = LinearRegression().fit(_HOUSES[_INPUTS], _HOUSES.price)
    table = _HOUSES.rename(columns={"area": "Area"})
    with pytest.raises(ExportError, match="rename 'Area' to 'area' in the example"):
        export_model(estimator, table, name="houses")


def test_a_zipmap_of_doubles_is_told_with_a_remedy(tmp_path: Path) -> None:
    data = _HOUSES[_INPUTS].to_numpy()
    model = to_onnx(LogisticRegression().fit(data, _HOUSES.price > 300_000), data[:1])
    (tmp_path / "kind.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ExportError, match="FloatTensorType inputs, or with options"):
        load_estimator(tmp_path / "kind.onnx")


def test_a_missing_example_is_told_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.joblib").write_bytes(b"no pickle")
    with pytest.raises(SystemExit, match=r"no\.csv cannot be read"):
        command.main(["model", "--name=a", f"--from={tmp_path / 'a.joblib'}", "--example=no.csv"])
    assert capsys.readouterr().out == ""


def test_a_long_step_is_told_again_and_again_until_it_ends() -> None:
    said, enough = list[str](), threading.Event()

    def say(line: str) -> None:
        said.append(line)
        if sum("waiting" in one for one in said) >= 3:
            enough.set()

    with progress(say, seconds=0.001):
        step("waiting")
        assert enough.wait(30)
    told = len(said)
    step("nobody listens")
    assert len(said) == told
    assert re.fullmatch(r" +\d+ s  waiting", said[-1])
