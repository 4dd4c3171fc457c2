"""Every kind of estimator is served, and answers as it did before."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from model_lambda.config import Settings
from model_lambda.errors import GoldenPredictionError, ManifestError, ModelFileError
from model_lambda.model_files import MANIFEST_NAME, manifest_sha256
from model_lambda.model_manager import ModelManager, packaged_folders
from model_lambda.packaged_model import load_packaged_model
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request
from tests.training.made_estimators import (
    DIABETES,
    MAKERS,
    WINE,
    customers,
    wine_model,
)
from training.errors import ExportError
from training.export import export_model
from training.report import ExportReport

Exported = Callable[[str], ExportReport]

# The first answer of each kind.
ANSWERS: dict[str, dict[str, type]] = {
    "mixed_table": {"leaves": str, "probabilities": dict},
    "mixed_forest": {"leaves": str, "probabilities": dict},
    "regression": {"target": float},
    "missing_values": {"value": float},
    "text": {"label": str, "probabilities": dict},
    "booster": {"label": int, "probabilities": dict},
    "digits": {"label": int, "probabilities": dict},
    "clusters": {"cluster": int, "distances": dict},
    "outliers": {"inlier": bool, "score": float},
    "components": {"pca0": float, "pca1": float},
    "multilabel": {"labels": list, "probabilities": dict},
    "two_targets": {"value_1": float, "value_2": float},
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_request_is_answered_as_the_estimator_answers(exported: Exported, kind: str) -> None:
    report = exported(kind)
    model = load_packaged_model(report.folder)
    application = Application(Services(ModelManager([model]), Settings()))
    golden = model.manifest.golden_predictions
    for one in golden:
        query = {model.on_request: "true"} if model.on_request else {}
        path = f"/api/models/{kind}/predict"
        response = application.respond(Request("POST", path, query=query, body=json.dumps(one.row)))
        answer = json.loads(response.body)
        assert response.status == 200
        assert {name: type(value) for name, value in answer.items()} == ANSWERS[kind]
        assert answer == _approximately(one.prediction)
    schemas = model.json_schemas
    for one in golden:
        Draft202012Validator(schemas["input"]).validate(one.row)
        Draft202012Validator(schemas["output"]).validate(one.prediction)


def _approximately(prediction: Any) -> Any:
    return {
        name: pytest.approx(value, rel=1e-4, abs=1e-5) if type(value) in (float, dict) else value
        for name, value in prediction.items()
    }


@pytest.mark.parametrize("kind", MAKERS)
def test_every_row_of_the_example_was_compared(exported: Exported, kind: str) -> None:
    report, made = exported(kind), MAKERS[kind]()
    assert report.example.rows == len(made.example)
    assert report.search.rows > 60
    for comparison in (report.example, report.search):
        assert comparison.different_labels == 0
        assert comparison.largest_difference <= 1e-5


def test_a_forest_behind_a_scaler_is_served_without_any_difference(exported: Exported) -> None:
    report = exported("mixed_forest")
    assert report.way == "numbers in float64, float32 for the last step"
    assert report.search.edges == 0


def test_the_quality_is_measured_as_served(exported: Exported) -> None:
    quality = exported("mixed_table").quality
    assert quality["accuracy"]["served"] == quality["accuracy"]["estimator"] > 0.5
    assert exported("regression").quality["r2"]["served"] > 0.4
    assert exported("missing_values").quality == {}


def test_a_golden_row_has_a_null(exported: Exported) -> None:
    manifest = load_packaged_model(exported("mixed_table").folder).manifest
    assert any(None in one.row.values() for one in manifest.golden_predictions)


def test_what_is_nullable_may_be_null_or_left_out(exported: Exported) -> None:
    model = load_packaged_model(exported("mixed_table").folder)
    row = {"contract": "yearly", "tenure": 3, "paperless": True}
    rows = [row, row | {"age": None, "region": None}]
    assert model.refusals(rows) == {}
    first, second = model.predict_batch(rows, probabilities=True)
    assert first == second
    assert list(model.refusals([row | {"contract": "weekly"}])) == [0]


def test_a_report_reads_well(exported: Exported) -> None:
    lines = str(exported("mixed_table")).splitlines()
    assert lines[0] == "model     mixed_table 1.0, classification"
    assert "field     region: category (east, north, south), or null" in lines
    assert exported("mixed_table")._repr_html_().startswith("<table><tr><th")


@pytest.mark.parametrize(
    ("classes", "labels"),
    [
        ([-1, 1], [-1, 1]),
        ([False, True], [False, True]),
        (["z", "a"], ["a", "z"]),
        ([2.0, 7.0], [2, 7]),
    ],
    ids=["minus one and one", "booleans", "texts", "floats"],
)
def test_labels_are_those_of_the_classes(
    target: Path, classes: list[Any], labels: list[Any]
) -> None:
    truth = np.where(WINE.target > 0, classes[0], classes[1])
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(WINE.data, truth)
    export_model(model, WINE.data, name="probe", folder=target)
    served = load_packaged_model(target)
    assert served.json_schemas["output"]["properties"]["label"]["enum"] == labels
    rows = json.loads(WINE.data.to_json(orient="records"))
    predicted = [one["label"] for one in served.predict_batch(rows)]
    assert predicted == model.predict(WINE.data).tolist()
    assert {type(one) for one in predicted} == {type(labels[0])}


def test_labels_are_renamed_by_value(target: Path) -> None:
    model = wine_model()
    names = {2: "third", 0: "first", 1: "second"}
    export_model(model, WINE.data, name="probe", folder=target, labels=names)
    served = load_packaged_model(target)
    rows = json.loads(WINE.data.to_json(orient="records"))
    expected = [names[one] for one in model.predict(WINE.data)]
    assert [one["label"] for one in served.predict_batch(rows)] == expected


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ({0: "a", 1: "b"}, "name each class once"),
        ({0: "a", 1: "b", 2: "c", 3: "d"}, "name each class once"),
        ({0: "a", 1: "b", 9: "c"}, "name each class once"),
        ({0: "a", 1: "a", 2: "c"}, "two classes have the same label"),
        (["a", "b", "c"], "say which class has which label"),
    ],
)
def test_labels_that_are_not_those_of_the_classes_are_refused(
    target: Path, labels: Any, problem: str
) -> None:
    model = wine_model()
    with pytest.raises(ExportError, match=problem):
        export_model(model, WINE.data, name="probe", folder=target, labels=labels)


def test_columns_are_taken_by_name_whatever_their_order(target: Path) -> None:
    model = wine_model()
    reversed_columns = WINE.data[WINE.data.columns[::-1]]
    export_model(model, reversed_columns, name="probe", folder=target)
    served = load_packaged_model(target)
    rows = json.loads(reversed_columns.to_json(orient="records"))
    predicted = [one["label"] for one in served.predict_batch(rows)]
    assert predicted == model.predict(WINE.data).tolist()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda table: table.drop(columns="alcohol"), "lacks the column alcohol"),
        (lambda table: table.to_numpy(), "has to be one with the columns alcohol"),
        (lambda table: table.head(19), "at least 20"),
        (lambda table: table.assign(alcohol="much"), "does not take the example"),
    ],
    ids=["a column is missing", "an array", "too few rows", "another type"],
)
def test_an_example_of_other_columns_is_refused(target: Path, change: Any, problem: str) -> None:
    model = wine_model()
    with pytest.raises(ExportError, match=problem):
        export_model(model, change(WINE.data), name="probe", folder=target)


def test_an_array_of_another_width_is_refused(target: Path) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(WINE.data.to_numpy(), WINE.target)
    with pytest.raises(ExportError, match="takes 13 columns and the example has 14"):
        export_model(model, WINE.frame, name="probe", folder=target)
    report = export_model(model, WINE.frame, name="probe", folder=target, label="target")
    assert any("in the order of the example" in note for note in report.notes)


def test_an_encoder_that_refuses_unknown_categories_is_never_asked_for_one(target: Path) -> None:
    table = customers()[["contract", "tenure"]]
    table = table.assign(plan=np.arange(len(table)) % 3)
    encoders = ColumnTransformer(
        [("known", OneHotEncoder(), ["contract", "plan"])], remainder="passthrough"
    )
    model = make_pipeline(encoders, LogisticRegression()).fit(table, customers().leaves)
    export_model(model, table.assign(contract="yearly"), name="probe", folder=target)
    served = load_packaged_model(target)
    row = {"contract": "monthly", "tenure": 3, "plan": 2}
    assert served.refusals([row]) == {}
    assert served.refusals([row | {"plan": 3}, row | {"contract": "weekly"}]).keys() == {0, 1}


def test_a_person_says_fields_better(target: Path) -> None:
    model = wine_model()
    said = {"alcohol": {"minimum": 0.0, "maximum": 100.0, "unit": "percent"}}
    export_model(model, WINE.data, name="probe", folder=target, fields=said)
    schema = load_packaged_model(target).json_schemas["input"]["properties"]["alcohol"]
    assert schema == {
        "type": "number",
        "minimum": 0.0,
        "maximum": 100.0,
        "description": "In percent.",
    }
    with pytest.raises(ExportError, match="no field alcool"):
        export_model(model, WINE.data, name="p", folder=target, fields={"alcool": {}})
    narrow = {"alcohol": {"minimum": 12.0}}
    with pytest.raises(ExportError, match="is refused at /alcohol"):
        export_model(model, WINE.data, name="p", folder=target, fields=narrow)


def test_edits_of_the_fields_file_are_kept(target: Path) -> None:
    model = wine_model()
    export_model(model, WINE.data, name="probe", folder=target)
    path = target.parent / "fields.json"
    document = json.loads(path.read_text())
    document["fields"][0]["description"] = "Alcohol by volume."
    path.write_text(json.dumps(document))
    report = export_model(model, WINE.data, name="probe", folder=target)
    assert "kept as edited in fields.json: alcohol: description" in report.notes
    schema = load_packaged_model(target).json_schemas["input"]["properties"]["alcohol"]
    assert schema["description"] == "Alcohol by volume."


def test_a_damaged_folder_does_not_load(exported: Exported, target: Path) -> None:
    source = exported("components").folder
    target.mkdir(parents=True)
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    manifest = target / MANIFEST_NAME
    text = manifest.read_text()
    manifest.write_text(text.replace('"minimum"', '"maximum"', 1))
    with pytest.raises(ManifestError, match="sha256 is of another content"):
        load_packaged_model(target)
    document = json.loads(text)
    document["golden_predictions"][0]["prediction"]["pca0"] += 0.01
    manifest.write_text(json.dumps(document | {"sha256": manifest_sha256(document)}))
    with pytest.raises(GoldenPredictionError, match="otherwise than it did at export"):
        load_packaged_model(target)
    manifest.write_text(text)
    (target / "components.onnx").write_bytes(b"\x08")
    with pytest.raises(ModelFileError, match="another size"):
        load_packaged_model(target)


def test_versions_lie_side_by_side(tmp_path: Path) -> None:
    model = wine_model()
    for version in ("1.0", "1.10", "1.9"):
        folder = tmp_path / "probe" / version
        export_model(model, WINE.data, name="probe", version=version, folder=folder)
    manager = ModelManager()
    manager.load_models((), folders=packaged_folders(tmp_path))
    assert [one["minor_version"] for one in manager.get_models()] == [10, 9, 0]
    assert manager.get_model("probe").version == "1.10"
    assert manager.get_model("probe", "1.9").version == "1.9"


def test_a_hold_out_is_compared_and_measured(target: Path) -> None:
    first, second = DIABETES.frame.iloc[:300], DIABETES.frame.iloc[300:]
    model = Ridge().fit(first.drop(columns="target"), first.target)
    report = export_model(
        model, first, name="probe", folder=target, label="target", hold_out=second
    )
    assert report.example.rows == len(DIABETES.frame)
    assert report.quality["r2"]["served"] == pytest.approx(
        model.score(second.drop(columns="target"), second.target), abs=1e-4
    )
