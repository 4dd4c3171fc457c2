from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

from model_lambda.errors import ManifestError, ModelFileError, ModelLoadError
from model_lambda.model_files import read_manifest
from model_lambda.model_runtimes import RUNTIMES, load_runtime
from model_lambda.models.iris.iris_model import IrisModel
from tests.unit.model_folders import PACKAGED, copy_of_model_files, edit_manifest, model_in

MANIFEST = read_manifest(PACKAGED)


@pytest.fixture(scope="module")
def classes() -> dict[str, Any]:
    """What each runtime says of the 150 flowers."""
    flowers = load_iris().data.astype(np.float32)
    return {kind: load_runtime(kind, PACKAGED, MANIFEST).run(flowers) for kind in RUNTIMES}


def test_both_runtimes_give_equal_labels(classes: dict[str, Any]) -> None:
    assert classes["onnx"].indices.tolist() == classes["sklearn"].indices.tolist()


def test_both_runtimes_give_equal_probabilities(classes: dict[str, Any]) -> None:
    difference = classes["onnx"].probabilities - classes["sklearn"].probabilities
    assert np.abs(difference).max() < 1e-6


def test_the_model_knows_its_flowers(classes: dict[str, Any]) -> None:
    right = classes["onnx"].indices == load_iris().target
    assert right.mean() >= 0.96


def test_the_model_of_either_runtime_gives_the_same_answer() -> None:
    rows = [
        dict(zip(MANIFEST.feature_names, row, strict=True)) for row in load_iris().data.tolist()
    ]
    answers = [IrisModel(kind).predict_batch(rows) for kind in RUNTIMES]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("kind", RUNTIMES)
def test_a_model_without_the_file_of_its_runtime_is_refused(tmp_path: Path, kind: str) -> None:
    folder = copy_of_model_files(tmp_path)
    edit_manifest(folder, lambda manifest: manifest["files"].pop(kind))
    with pytest.raises(ManifestError, match=f"the manifest of iris_model lists no {kind} file"):
        model_in(folder)(kind)


def test_a_runtime_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any) -> Any:
        raise ImportError("No module named 'onnxruntime'")

    monkeypatch.setitem(RUNTIMES, "onnx", missing)
    with pytest.raises(ModelLoadError, match="the onnx runtime is not installed"):
        load_runtime("onnx", PACKAGED, MANIFEST)


def test_a_type_that_the_manifest_does_not_trust_is_refused(tmp_path: Path) -> None:
    folder = copy_of_model_files(tmp_path)
    edit_manifest(folder, lambda manifest: manifest["files"]["sklearn"]["trusted_types"].pop())
    with pytest.raises(ModelFileError, match=r"iris_model\.skops is refused by skops"):
        model_in(folder)("sklearn")
