"""A folder that MLflow itself saved is served without MLflow, from the folder to the answer."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.training.answers import answer_to
from tests.training.made_estimators import MAKERS, MIXED_COLUMNS, WINE, customers, wine_model
from tests.training.mlflow_models import copy
from training import __main__ as command

pytestmark = pytest.mark.slow
CUSTOMER = {
    "contract": "monthly", "tenure": 3, "age": None, "paperless": True, "region": "north",
}  # fmt: skip


def _make(folder: Path, *more: str) -> None:
    command.main(["model", "--name=made", f"--from={folder}", *more])


def _refused(folder: Path, *more: str) -> str:
    with pytest.raises(SystemExit) as ended:
        _make(folder, *more)
    message = str(ended.value)
    assert message.startswith("error: ")
    assert "\n" not in message
    return message


def _edit(folder: Path, edit: Any) -> Path:
    path = folder / "MLmodel"
    said = yaml.safe_load(path.read_text())
    edit(said)
    path.write_text(yaml.safe_dump(said))
    return folder


def _edit_inputs(folder: Path, edit: Any) -> Path:
    def change(said: Any) -> None:
        inputs = json.loads(said["signature"]["inputs"])
        edit(inputs)
        said["signature"]["inputs"] = json.dumps(inputs)

    return _edit(folder, change)


def _table(folder: Path, table: Any) -> str:
    path = folder / "example.csv"
    table.to_csv(path, index=False)
    return f"--example={path}"


@pytest.mark.parametrize("saved_as", ["pickle", "cloudpickle", "skops"])
def test_an_estimator_is_served_as_mlflow_saved_it(
    models: Path, tmp_path: Path, saved_as: str, capsys: pytest.CaptureFixture[str]
) -> None:
    example = _table(tmp_path, customers())
    _make(copy(saved_as, tmp_path), example, "--label=leaves")
    estimator = MAKERS["mixed_table"]().estimator
    row = customers()[list(MIXED_COLUMNS)].assign(**CUSTOMER).head(1)
    expected = dict(zip(estimator.classes_, estimator.predict_proba(row)[0], strict=True))
    assert answer_to(models, CUSTOMER)["probabilities"] == pytest.approx(expected, abs=1e-6)
    assert "saved by scikit-learn" not in capsys.readouterr().out
    assert "mlflow" not in sys.modules


def test_its_input_example_takes_the_place_of_a_table(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _make(copy("pickle", tmp_path))
    assert "on the 25 rows of its input example, which the limits" in capsys.readouterr().out
    assert answer_to(models, CUSTOMER)["label"] in ("leaves", "stays")
    manifest = json.loads((models / "made" / "1.0" / "manifest.json").read_text())
    assert manifest["data"] == {"example_rows": 25}


def test_texts_are_an_input_example_too(models: Path, tmp_path: Path) -> None:
    _make(copy("text", tmp_path))
    assert answer_to(models, {"text": "great good product"})["label"] == "positive"


def test_an_onnx_file_is_served_as_mlflow_saved_it(models: Path, tmp_path: Path) -> None:
    _make(copy("onnx", tmp_path))
    expected = wine_model().predict_proba(WINE.data[3:4])[0]
    answer = answer_to(models, WINE.data.iloc[3].to_dict())
    assert list(answer["probabilities"].values()) == pytest.approx(expected, abs=1e-5)


def test_an_array_is_an_input_example_too(models: Path, tmp_path: Path) -> None:
    _make(copy("tensor", tmp_path))
    answer = answer_to(models, {"features": WINE.data.iloc[0].tolist()})
    expected = wine_model().predict_proba(WINE.data.head(1))[0]
    assert list(answer["probabilities"].values()) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("name", ["onnx_columns", "onnx_tensors"])
def test_the_inputs_of_an_onnx_file_are_named_by_the_signature(
    models: Path, tmp_path: Path, name: str
) -> None:
    _make(copy(name, tmp_path))
    assert answer_to(models, {"ash": 2.0, "hue": 1.0}) == {"value": pytest.approx(3.0)}


@pytest.mark.parametrize("name", ["array", "onnx"])
def test_columns_without_names_in_the_model_are_in_the_order_of_the_signature(
    models: Path, tmp_path: Path, name: str
) -> None:
    turned = WINE.data[list(reversed(WINE.data.columns))]
    _make(copy(name, tmp_path), _table(tmp_path, turned))
    answer = answer_to(models, turned.iloc[0].to_dict())
    expected = wine_model().predict_proba(WINE.data.head(1))[0]
    assert list(answer["probabilities"].values()) == pytest.approx(expected, abs=1e-5)


def _turn(inputs: Any) -> None:
    inputs[0], inputs[1] = inputs[1], inputs[0]


def _rename(inputs: Any) -> None:
    inputs[0]["name"] = "other"


def _of_kind(kind: str) -> Any:
    return lambda inputs: inputs[0].update(type=kind)


@pytest.mark.parametrize(
    ("name", "edit", "problem"),
    [
        ("skops", _turn, "inputs in another order than the model: tenure where the model has con"),
        ("onnx_columns", _turn, "in another order than the model: ash where the model has hue"),
        ("skops", _rename, r"only the model has contract \(2 differ\): save the model again with"),
        ("onnx_columns", _rename, r"only the model has hue \(2 differ\): save the model again"),
        ("skops", list.pop, "only the model has region"),
        ("onnx", list.pop, "has 12 inputs and the model takes 13: save the model again"),
        ("tensor", lambda one: one[0]["tensor-spec"].update(shape=[-1, 12]), "has 12 inputs and"),
        ("array", list.pop, "has 12 inputs and the model takes 13: save the model again"),
        ("skops", _of_kind("long"), "says integer of the input contract, and the model takes text"),
        ("onnx", _of_kind("string"), "says text of the input .*the model takes number or integer"),
        ("onnx", _of_kind("datetime"), "is datetime: fit and save the model with inputs of num"),
        ("onnx", _of_kind("tensor"), r"the signature in .* cannot be read \('tensor-spec'\): save"),
    ],
)
def test_a_signature_of_other_inputs_than_the_models_is_refused(
    models: Path, tmp_path: Path, name: str, edit: Any, problem: str
) -> None:
    message = _refused(_edit_inputs(copy(name, tmp_path), edit))
    assert re.search(problem, message), message
    assert list(models.iterdir()) == []


@pytest.mark.parametrize(
    ("column", "values", "kind"),
    [("region", 7, "text"), ("tenure", 0.5, "integer"), ("age", True, "number")],
)
def test_an_example_of_other_kinds_than_the_signatures_is_refused(
    models: Path, tmp_path: Path, column: str, values: Any, kind: str
) -> None:
    table = customers().assign(**{column: values})
    message = _refused(copy("pickle", tmp_path), _table(tmp_path, table))
    expected = f"the column {column} of the example is not of the kind that the model was saved"
    assert expected in message
    assert f"({kind}): {values!r}; save" in message


def _no_signature(said: Any) -> None:
    del said["signature"]


def _say(flavor: str, **settings: Any) -> Any:
    return lambda said: said["flavors"][flavor].update(settings)


@pytest.mark.parametrize(
    ("name", "edit", "problem"),
    [
        ("pickle", _say("sklearn", pickled_model="../model.pkl"), "is in ../model.pkl, which is"),
        ("pickle", _say("sklearn", pickled_model="/model.pkl"), "is in /model.pkl, which is"),
        ("pickle", _say("sklearn", pickled_model=None), "is in None, which is not in the folder"),
        ("onnx", _say("onnx", data="no.onnx"), "lacks no.onnx, where the model should be: copy"),
        ("skops", _say("sklearn", code="code"), "lacks code, where its code should be: copy the"),
        ("pickle", _say("sklearn", serialization_format="joblib"), "was saved as joblib: save"),
        ("onnx", lambda said: said.update(flavors=3), "names no flavors: give the folder as"),
        ("pyfunc", lambda said: None, "has the flavors python_function, and served are sklearn"),
    ],
)  # fmt: skip
def test_a_folder_that_is_not_whole_or_of_another_flavor_is_refused(
    models: Path, tmp_path: Path, name: str, edit: Any, problem: str
) -> None:
    example = _table(tmp_path, customers())
    assert problem in _refused(_edit(copy(name, tmp_path), edit), example)
    assert list(models.iterdir()) == []


def test_a_link_that_leaves_the_folder_is_refused(models: Path, tmp_path: Path) -> None:
    folder, elsewhere = copy("pickle", tmp_path), tmp_path / "elsewhere.pkl"
    (folder / "model.pkl").rename(elsewhere)
    (folder / "model.pkl").symlink_to(elsewhere)
    assert "is in model.pkl, which is not in the folder" in _refused(folder)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("flavors: [", "is not YAML (while parsing"),
        ("flavors: !!python/object/apply:os.getcwd []", "is not YAML (could not determine a cons"),
        (None, "is a folder without a file MLmodel: give the one that MLflow saved the model in"),
    ],
)
def test_a_description_that_is_none_is_refused(
    models: Path, tmp_path: Path, text: str | None, problem: str
) -> None:
    if text is not None:
        (tmp_path / "MLmodel").write_text(text)
    assert problem in _refused(tmp_path)


def _few(rows: Any) -> Any:
    return {"columns": rows["columns"], "data": rows["data"][:19]}


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (_few, "has an input example of 19 rows: give EXAMPLE, a table of at least 20 rows"),
        (lambda _: {"index": []}, "cannot be read ('data'): give EXAMPLE"),
    ],
)
def test_an_input_example_that_does_not_do_is_told_and_an_example_takes_its_place(
    models: Path, tmp_path: Path, edit: Any, problem: str
) -> None:
    folder = copy("pickle", tmp_path)
    path = folder / "input_example.json"
    path.write_text(json.dumps(edit(json.loads(path.read_text()))))
    message = _refused(folder)
    assert problem in message
    _make(folder, _table(tmp_path, customers()))


def test_a_folder_without_an_input_example_asks_for_one(models: Path, tmp_path: Path) -> None:
    folder = _edit(copy("onnx", tmp_path), lambda said: said.pop("saved_input_example_info"))
    assert "EXAMPLE not given, and " in _refused(folder)


def test_a_model_without_a_signature_is_compared_by_what_it_knows_itself(
    models: Path, tmp_path: Path
) -> None:
    _make(_edit(copy("skops", tmp_path), _no_signature))
    assert set(answer_to(models, CUSTOMER)) == {"label", "probabilities"}


@pytest.mark.parametrize("name", ["pickle", "skops"])
def test_a_model_of_another_scikit_learn_is_told(
    models: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _make(_edit(copy(name, tmp_path), _say("sklearn", sklearn_version="1.5.0")))
    assert "saved by scikit-learn 1.5.0 and compared as " in capsys.readouterr().out
