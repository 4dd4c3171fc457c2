import shutil
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_iris

from model_lambda import engines
from model_lambda.engines import ENGINES, Input
from model_lambda.engines.arrays import to_array
from model_lambda.engines.onnx import OnnxEngine
from model_lambda.errors import ManifestError, ModelFileError, ModelLoadError
from model_lambda.manifest import read_manifest
from model_lambda.models.iris.iris_model import IrisModel
from tests.unit.model_folders import (
    REFERENCE,
    copy_of_model_files,
    edit_manifest,
    model_in,
)

FLOWERS = load_iris()
ROWS = [dict(zip(IrisModel.input_schema.fields, row, strict=True)) for row in FLOWERS.data.tolist()]


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """What the model says of the 150 flowers with each engine."""
    return {kind: IrisModel(kind).predict_batch(ROWS, probabilities=True) for kind in ENGINES}


def test_both_engines_give_equal_labels(answers: dict[str, Any]) -> None:
    onnx, sklearn = ([one["species"] for one in answers[kind]] for kind in ENGINES)
    assert onnx == sklearn


def test_both_engines_give_equal_probabilities(answers: dict[str, Any]) -> None:
    for onnx, sklearn in zip(*answers.values(), strict=True):
        assert onnx["probabilities"] == pytest.approx(sklearn["probabilities"], abs=2e-6)


def test_the_model_knows_its_flowers(answers: dict[str, Any]) -> None:
    names = FLOWERS.target_names[FLOWERS.target]
    right = [one["species"] == name for one, name in zip(answers["onnx"], names, strict=True)]
    assert sum(right) / len(right) >= 0.96


@pytest.mark.parametrize("kind", ENGINES)
def test_a_model_without_the_folder_of_its_engine_is_refused(tmp_path: Path, kind: str) -> None:
    folder = copy_of_model_files(tmp_path)
    shutil.rmtree(folder / kind)
    with pytest.raises(ManifestError, match=rf"{kind}/manifest\.json cannot be read"):
        model_in(folder)(kind)


def test_an_engine_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "ENGINES", {"onnx": "no_such_engine"})
    with pytest.raises(ModelLoadError, match="the onnx engine is not installed"):
        IrisModel()


def test_a_type_that_the_manifest_does_not_trust_is_refused(tmp_path: Path) -> None:
    folder = copy_of_model_files(tmp_path)
    edit_manifest(
        folder, lambda manifest: manifest["files"]["sklearn"]["trusted_types"].pop(), "sklearn"
    )
    with pytest.raises(ModelFileError, match=r"iris_model\.skops is refused by skops"):
        model_in(folder)("sklearn")


def test_an_onnx_file_that_its_engine_refuses_is_told() -> None:
    manifest = read_manifest(REFERENCE)
    content = (REFERENCE / manifest.engine.file.name).read_bytes()
    unknown = content.replace(b"TreeEnsembleClassifier", b"TreeEnsembleClassifiex")
    with pytest.raises(ModelFileError, match=r"penguins\.onnx is refused by onnxruntime"):
        OnnxEngine(unknown, manifest.engine.file, manifest.engine.inputs)


def test_an_onnx_file_with_other_inputs_than_its_manifest_says_is_refused() -> None:
    manifest = read_manifest(REFERENCE)
    content = (REFERENCE / manifest.engine.file.name).read_bytes()
    with pytest.raises(ModelFileError, match="has other inputs than its manifest says"):
        OnnxEngine(content, manifest.engine.file, manifest.engine.inputs[1:])


def test_several_texts_of_one_input_stand_beside_one_another_and_a_missing_one_is_empty() -> None:
    columns: dict[str, list[Any]] = {
        "country": ["Perú", None, "Chile"],
        "city": ["Lima", "Quito", "Arica"],
    }
    array = to_array(Input("places", "BYTES", ("country", "city")), columns, 3)
    assert array.tolist() == [["Perú", "Lima"], ["", "Quito"], ["Chile", "Arica"]]
