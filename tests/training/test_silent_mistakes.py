"""What went wrong silently elsewhere is made right, refused, or told."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from model_lambda.errors import GoldenPredictionError
from model_lambda.packaged_model import load_packaged_model
from model_lambda.tasks import Answer
from tests.training.made_estimators import MAKERS, WINE, customers, wine_model
from training.errors import ConversionError, DifferenceError, ExportError, one_line
from training.export import export_model
from training.quality import quality
from training.remedies import cause, obstacle

IRIS = load_iris(as_frame=True)
RANDOM = np.random.default_rng(0)
ROUNDED = pd.DataFrame(np.round(RANDOM.normal(size=(400, 3)) * 10) / 10, columns=list("abc"))
ABOVE = (ROUNDED.sum(axis=1) + RANDOM.normal(size=400) > 0).to_numpy()


def neighbours() -> KNeighborsClassifier:
    """Its conversion has 4 of 150 labels wrong."""
    return KNeighborsClassifier(6, weights="distance").fit(IRIS.data, IRIS.target)


def test_neighbours_weighted_by_distance_are_refused_with_row_and_remedy(target: Path) -> None:
    with pytest.raises(DifferenceError) as refused:
        export_model(neighbours(), IRIS.data, name="probe", folder=target)
    message = str(refused.value)
    assert "4 of 150 labels differ" in message
    assert '{"sepal length (cm)": 6.0, "sepal width (cm)": 2.7' in message
    assert "ENGINE=sklearn" in message
    assert "ARGS=--accept-difference" in message
    assert not target.parent.exists() or list(target.parent.iterdir()) == []


def test_they_are_served_by_scikit_learn_itself(target: Path) -> None:
    report = export_model(neighbours(), IRIS.data, name="probe", folder=target, engine="sklearn")
    assert (report.example.different_labels, report.example.largest_difference) == (0, 0.0)
    model = load_packaged_model(target)
    row = dict(zip(IRIS.data.columns, [6.0, 2.7, 5.1, 1.6], strict=True))
    assert model.predict(row) == {"label": 1}


def test_a_difference_that_is_accepted_stands_in_the_report(target: Path) -> None:
    report = export_model(
        neighbours(), IRIS.data, name="probe", folder=target, accept_difference=True
    )
    assert report.accepted
    assert report.example.different_labels == 4
    assert "accepted  the differences above were accepted" in str(report)


def test_an_accepted_model_repeats_what_it_serves_and_tells_what_the_estimator_says(
    target: Path,
) -> None:
    # The rows whose labels differ come first, so that they are among the golden ones.
    table = IRIS.data.loc[[83, 77, 133, 106, 70, *range(150)]]
    export_model(neighbours(), table, name="probe", folder=target, accept_difference=True)
    document = json.loads((target / "manifest.json").read_text())
    assert document["equivalence"]["accepted"]
    different = [one for one in document["golden_predictions"] if "estimator" in one]
    assert different
    model = load_packaged_model(target)
    for one in different:
        assert model.predict(one["row"])["label"] == one["prediction"]["label"]
        assert one["prediction"] != one["estimator"]


def test_an_export_that_is_not_finished_leaves_no_folder(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> None:
        raise GoldenPredictionError("it predicts otherwise")

    monkeypatch.setattr("training.export.load_packaged_model", fail)
    with pytest.raises(ExportError, match="does not load as it was written: it predicts"):
        export_model(wine_model(), WINE.data, name="probe", folder=target)
    assert not target.parent.exists()


def test_a_discriminant_of_two_classes_is_refused(target: Path) -> None:
    model = LinearDiscriminantAnalysis().fit(WINE.data, WINE.target > 0)
    with pytest.raises(DifferenceError, match=r"largest difference 0\.1"):
        export_model(model, WINE.data, name="probe", folder=target)


def test_a_scaler_before_a_forest_is_computed_in_float64(target: Path) -> None:
    model = make_pipeline(StandardScaler(), RandomForestClassifier(11, random_state=0))
    report = export_model(model.fit(ROUNDED, ABOVE), ROUNDED, name="probe", folder=target)
    assert report.way == "numbers in float64, float32 for the last step"
    assert report.notes[0].startswith("numbers in float32 was not taken: ")
    assert (report.example.different_labels, report.search.different_labels) == (0, 0)
    assert (report.search.edges, report.example.largest_difference <= 1e-5) == (0, True)


def test_a_forest_that_is_split_in_half_answers_the_same_label(target: Path) -> None:
    model = RandomForestClassifier(20, random_state=0).fit(ROUNDED, ABOVE)
    report = export_model(model, ROUNDED, name="probe", folder=target)
    assert report.way == "numbers in float32, the first of equally probable labels"
    assert (report.example.ties, report.search.ties, report.search.different_labels) == (0, 0, 0)


def test_numbers_on_a_threshold_of_float64_are_told(target: Path) -> None:
    model = HistGradientBoostingClassifier(max_iter=10, random_state=0).fit(ROUNDED, ABOVE)
    report = export_model(model, ROUNDED, name="probe", folder=target)
    assert report.search.edges > 0
    assert "fall on the other side of a threshold, such as {'a':" in str(report)


@pytest.mark.parametrize("steps", [(), (StandardScaler(),)], ids=["tree", "scaler and tree"])
def test_epoch_seconds_and_trees_agree(target: Path, steps: tuple[Any, ...]) -> None:
    seconds = 1_767_225_600 + RANDOM.integers(0, 3600, 400)
    table = pd.DataFrame({"seconds": seconds.astype(float), "noise": RANDOM.normal(size=400)})
    model = make_pipeline(*steps, DecisionTreeClassifier(max_depth=8, random_state=0))
    report = export_model(model.fit(table, seconds // 60 % 2), table, name="probe", folder=target)
    assert report.example.different_labels == report.search.different_labels == 0


def test_integers_over_two_to_the_24th_are_computed_in_float64(target: Path) -> None:
    table = pd.DataFrame({"id": 2**24 + RANDOM.integers(0, 400, 400), "z": RANDOM.normal(size=400)})
    model = LinearRegression().fit(table, (table.id - 2.0**24) * 3)
    report = export_model(model, table, name="probe", folder=target)
    assert report.way == "numbers in float64"
    assert report.example.largest_difference < 1e-9


def test_words_with_accents_are_told_apart_as_before(target: Path) -> None:
    made = MAKERS["text"]()
    export_model(made.estimator, made.example, name="probe", folder=target)
    model = load_packaged_model(target)
    texts = ["café good", "CAFÉ bad", "cafe\u0301 bad", "über naïve ½ İ", "日本語", "", "don't"]
    served = model.predict_batch([{"text": text} for text in texts], probabilities=True)
    expected = made.estimator.predict_proba(texts)
    shares = [[one["probabilities"][label] for label in made.estimator.classes_] for one in served]
    assert np.abs(np.array(shares) - expected).max() < 2e-6


def test_what_skl2onnx_does_not_know_is_refused_in_one_sentence(target: Path) -> None:
    model = make_pipeline(FunctionTransformer(np.log1p), LinearRegression())
    with pytest.raises(ConversionError, match=r"FunctionTransformer\(log1p\)") as refused:
        export_model(model.fit(WINE.data, WINE.target), WINE.data, name="probe", folder=target)
    message = str(refused.value)
    assert "\n" not in message
    assert "http" not in message
    assert "compute its columns before fitting" in message
    assert "ENGINE=sklearn" in message
    own = make_pipeline(FunctionTransformer(lambda table: table), LinearRegression())
    own.fit(WINE.data, WINE.target)
    refusals = {"onnx": "compute its columns before fitting, and send", "sklearn": "it holds a "}
    for engine, refusal in refusals.items():
        with pytest.raises(ConversionError, match=refusal):
            export_model(own, WINE.data, name="probe", folder=target, engine=engine)


def test_a_remedy_is_of_the_cause() -> None:
    table = customers()[["contract", "region", "tenure"]]
    leaves = customers().leaves == "leaves"
    encoder = ColumnTransformer(
        [("codes", OrdinalEncoder(), ["contract", "region"])], remainder="passthrough"
    )
    plain = make_pipeline(encoder, DecisionTreeClassifier(max_depth=3)).fit(table, leaves)
    assert "An OrdinalEncoder over nulls (region)" in cause(plain)
    numbers = table[["tenure"]]
    trees = HistGradientBoostingClassifier(max_iter=1, categorical_features=[0])
    assert 'OneHotEncoder(handle_unknown="ignore")' in obstacle(trees.fit(numbers, leaves))
    assert obstacle(HistGradientBoostingClassifier(max_iter=1).fit(numbers, leaves)) == ""
    assert cause(HistGradientBoostingClassifier(max_iter=1).fit(numbers, leaves)) == ""
    scaled = make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=3))
    assert "leave the scaler out" in cause(scaled.fit(numbers, leaves))
    assert cause(DecisionTreeClassifier(max_depth=3).fit(numbers, leaves)) == ""


def test_pandas_categoricals_are_refused_in_one_sentence(target: Path) -> None:
    import lightgbm

    table = customers()[["contract", "tenure"]].astype({"contract": "category"})
    trees = HistGradientBoostingClassifier(max_iter=1).fit(table, customers().leaves)
    with pytest.raises(ExportError, match=r"splits by categories.*OneHotEncoder.*ENGINE=sklearn"):
        export_model(trees, customers(), name="probe", folder=target)
    booster = lightgbm.LGBMClassifier(n_estimators=1, verbose=-1).fit(table, customers().leaves)
    with pytest.raises(ExportError, match=r"pandas categoricals.*OneHotEncoder"):
        export_model(booster, table, name="probe", folder=target)


def test_a_foreign_error_is_cut_between_words_and_without_its_addresses() -> None:
    error = ValueError("It failed. See https://example.org/a. " + "word " * 100)
    text = one_line(error)
    assert "http" not in text
    assert text.endswith("word ...")


def test_a_row_that_the_estimator_refuses_is_no_row_of_the_model(target: Path) -> None:
    table = pd.DataFrame({"kind": np.arange(60) % 3, "size": np.arange(60.0)})
    strict = ColumnTransformer([("kind", OneHotEncoder(), ["kind"])], remainder="passthrough")
    model = make_pipeline(strict, LogisticRegression(max_iter=1000)).fit(table, table.kind == 1)
    wider = {"kind": {"choices": [0, 1, 2, 3]}}
    with pytest.raises(ExportError, match=r"estimator itself refuses the row .*handle_unknown"):
        export_model(model, table, name="probe", folder=target, fields=wider)


@pytest.mark.parametrize(
    ("estimator", "problem"),
    [
        (LogisticRegression(), "is not fitted"),
        (object(), "cannot predict rows that it was not fitted on"),
    ],
)
def test_what_is_no_fitted_estimator_is_refused(target: Path, estimator: Any, problem: str) -> None:
    with pytest.raises(ExportError, match=problem):
        export_model(estimator, WINE.data, name="probe", folder=target)


@pytest.mark.parametrize(("name", "version"), [("Churn", "1.0"), ("a-b", "1.0"), ("a", "1")])
def test_a_name_or_version_that_no_path_has_is_refused(
    target: Path, name: str, version: str
) -> None:
    with pytest.raises(ExportError, match=r"lower-case letters|major\.minor"):
        export_model(neighbours(), IRIS.data, name=name, version=version, folder=target)


def test_dates_are_refused(target: Path) -> None:
    table = customers().assign(tenure=pd.Timestamp("2026-01-01"))
    with pytest.raises(ExportError, match="the column tenure holds Timestamp, which JSON has not"):
        export_model(MAKERS["mixed_table"]().estimator, table, name="probe", folder=target)


def test_a_column_that_stands_twice_is_refused(target: Path) -> None:
    table = pd.concat([WINE.data, WINE.data[["ash"]]], axis=1)
    with pytest.raises(ExportError, match="two columns ash"):
        export_model(wine_model(), table, name="probe", folder=target)


def test_a_label_that_would_hide_the_probabilities_is_refused(target: Path) -> None:
    table = WINE.frame.rename(columns={"target": "probabilities"})
    with pytest.raises(ExportError, match="rename the label"):
        export_model(wine_model(), table, name="probe", folder=target, label="probabilities")


def test_a_mixture_predicts_its_components(target: Path) -> None:
    model = GaussianMixture(3, random_state=0).fit(IRIS.data)
    report = export_model(model, IRIS.data, name="probe", folder=target)
    assert (report.task, report.example.different_labels) == ("clustering", 0)


def test_a_loss_of_nothing_is_zero_without_a_sign() -> None:
    answers = [{"label": "a", "probabilities": {"a": 1.0, "b": 0.0}}]
    answer = Answer(("label",), ("a", "b"), ("a", "b"), "")
    measured = quality("classification", answer, ["a"], answers, answers)
    assert str(measured["log_loss"]["served"]) == "0.0"
