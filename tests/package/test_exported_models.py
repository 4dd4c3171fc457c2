"""Exported models inside the built package, in an interpreter that sees nothing else."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import onnx
import pytest

from deploy.commands import DeployError
from deploy.golden_rows import (
    require_current_fields,
    require_engine,
    require_no_external_data,
)
from deploy.model_classes import require_agreement
from deploy.package_check import CheckFailedError, Package, check_golden_rows
from model_lambda.config import Settings
from model_lambda.model_files import MANIFEST_NAME, manifest_sha256
from model_lambda.models.iris.iris_model import IrisModel
from tests.training.made_estimators import MAKERS
from tests.training.mlflow_models import saved_models
from tests.unit.model_folders import PATHS, copy_of_model_files, edit_manifest, replace_model_file
from training import __main__ as command
from training.export import export_model
from training.penguins import REFERENCE

ALL = ()  # no choice by MODELS
KINDS = ("mixed_table", "missing_values", "text", "booster", "digits")
FROM_MLFLOW = ("skops", "onnx")


@pytest.fixture
def put(package: Package) -> Callable[[str], None]:
    """Exports a kind of model into the unpacked package."""

    def export(kind: str) -> None:
        made = MAKERS[kind]()
        folder = package.folder / "model_lambda" / "models" / kind / "1.0"
        export_model(made.estimator, made.example, name=kind, label=made.label, folder=folder)

    return export


@pytest.fixture
def put_from_mlflow(package: Package, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has `make model` write what MLflow saved into the unpacked package."""
    monkeypatch.setattr("training.places.MODELS", package.folder / "model_lambda" / "models")

    def make(kind: str) -> None:
        command.main(["model", f"--name=mlflow_{kind}", f"--from={saved_models() / kind}"])

    return make


@pytest.mark.slow
def test_every_kind_answers_its_golden_rows_over_http(
    package: Package, put: Callable[[str], None], put_from_mlflow: Callable[[str], None]
) -> None:
    before = check_golden_rows(package, ALL).golden_rows
    for kind in KINDS:
        put(kind)
    for kind in FROM_MLFLOW:
        put_from_mlflow(kind)
    shutil.copytree(REFERENCE, package.folder / "model_lambda" / "models" / "penguins")
    after = check_golden_rows(package, ALL)
    assert after.golden_rows == before + 6 * len([*KINDS, *FROM_MLFLOW, REFERENCE])
    assert {f"{kind} 1.0" for kind in KINDS} <= set(after.models)
    assert check_golden_rows(package, ("text", "booster")).models == ("booster 1.0", "text 1.0")


def test_a_model_of_another_engine_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    made = MAKERS["clusters"]()
    folder = tmp_path / "clusters" / "1.0"
    export_model(made.estimator, made.example, name="clusters", folder=folder, engine="sklearn")
    require_engine("sklearn", tmp_path)
    with pytest.raises(DeployError, match=r"clusters 1\.0 needs .* MODELS=clusters"):
        require_engine("onnx", tmp_path)
    require_engine("onnx", tmp_path, picked=["another"])


@pytest.fixture
def clusters(tmp_path: Path) -> Path:
    """The one model of a folder of models, exported."""
    made, folder = MAKERS["clusters"](), tmp_path / "clusters" / "1.0"
    export_model(made.estimator, made.example, name="clusters", folder=folder)
    return folder


def test_fields_that_are_no_json_are_named(clusters: Path) -> None:
    (clusters.parent / "fields.json").write_text("{")
    with pytest.raises(DeployError, match=r"clusters/fields\.json cannot be read as JSON"):
        require_current_fields(clusters.parent.parent)


def test_fields_edited_after_the_export_are_not_deployed_unnoticed(clusters: Path) -> None:
    require_current_fields(clusters.parent.parent)
    path = clusters.parent / "fields.json"
    path.write_text(path.read_text().replace('"maximum"', '"minimum"', 1))
    with pytest.raises(DeployError, match="edited after the export: run make model again"):
        require_current_fields(clusters.parent.parent)


def test_data_outside_of_a_model_file_is_refused_before_anything_is_built(clusters: Path) -> None:
    require_no_external_data(clusters.parent.parent)
    model = onnx.load(clusters / "clusters.onnx")
    tensor = model.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/hostname")
    content = model.SerializeToString()
    (clusters / "clusters.onnx").write_bytes(content)
    document = json.loads((clusters / MANIFEST_NAME).read_text())
    described = {"size": len(content), "sha256": sha256(content).hexdigest()}
    document["files"]["onnx"] |= described
    document["sha256"] = manifest_sha256(document)
    (clusters / MANIFEST_NAME).write_text(json.dumps(document))
    with pytest.raises(DeployError, match="external data"):
        require_no_external_data(clusters.parent.parent)


def test_classes_are_looked_through_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_agreement((), Settings(), "onnx")
    model = onnx.load(PATHS["onnx"])
    entry = onnx.TensorProto(name="far", data_type=onnx.TensorProto.FLOAT, dims=[1])
    entry.data_location = onnx.TensorProto.EXTERNAL
    entry.external_data.add(key="location", value="/etc/hostname")
    model.training_info.add().initialization.initializer.append(entry)
    folder = copy_of_model_files(tmp_path)
    replace_model_file(folder, "onnx", model.SerializeToString())
    monkeypatch.setattr(IrisModel, "model_files", folder)
    with pytest.raises(DeployError, match="external data"):
        require_agreement((), Settings(), "onnx")
    require_agreement(("churn",), Settings(), "onnx")
    edit_manifest(folder, lambda manifest: manifest["fields"][0].update(maximum=14.0))
    with pytest.raises(DeployError, match="the input schema of iris_model takes rows"):
        require_agreement((), Settings(), "onnx")


@pytest.mark.slow
def test_a_model_that_answers_otherwise_is_refused(
    package: Package, put: Callable[[str], None]
) -> None:
    put("digits")
    path = package.folder / "model_lambda" / "models" / "digits" / "1.0" / MANIFEST_NAME
    document = json.loads(path.read_text())
    document["golden_predictions"][0]["prediction"]["label"] = 10
    path.write_text(json.dumps(document | {"sha256": manifest_sha256(document)}))
    with pytest.raises(CheckFailedError, match="predicts otherwise than it did at export"):
        check_golden_rows(package, ALL)
