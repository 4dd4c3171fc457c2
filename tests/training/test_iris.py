"""The first reference model: numbers in an array, exported for both engines behind a class."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from model_lambda.manifest import read_manifest
from model_lambda.models.iris.iris_model import IrisModel
from model_lambda.packaged_model import load_packaged_model
from training import iris

FILES = {
    "onnx": ["iris_model.onnx", "manifest.json"],
    "sklearn": ["iris_model.skops", "manifest.json"],
}
PACKAGED = IrisModel.model_files


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def record(folder: Path) -> dict[str, Any]:
    """What a manifest says, without what the versions and the processor of this machine decide."""
    document = dict(read_manifest(folder).document)
    return {name: document[name] for name in ("fields", "answer", "data", "metrics", "files")}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that was trained into, as on the command line."""
    folder = tmp_path_factory.mktemp("trained") / "new"
    before = contents(PACKAGED)
    iris.main(["--output", str(folder)])
    assert contents(PACKAGED) == before
    return folder


def test_training_writes_a_folder_for_each_engine_and_nothing_else(trained: Path) -> None:
    names = [f"{engine}/{name}" for engine, files in FILES.items() for name in files]
    assert sorted(contents(trained)) == sorted(names)


@pytest.mark.parametrize("engine", FILES)
def test_training_again_gives_the_packaged_model(trained: Path, engine: str) -> None:
    again, packaged = (record(folder / engine) for folder in (trained, PACKAGED))
    if engine == "sklearn":  # numbers in full, whose last digits are the processor's
        assert again.pop("files").keys() == packaged.pop("files").keys()
    assert again == packaged


def test_training_twice_gives_the_same_bytes(trained: Path, tmp_path: Path) -> None:
    iris.train(tmp_path)
    assert contents(tmp_path) == contents(trained)


@pytest.mark.slow
def test_training_on_another_processor_gives_the_same_onnx_file(tmp_path: Path) -> None:
    settings = {"OPENBLAS_CORETYPE": "Prescott", "PYTHONHASHSEED": "1"}
    subprocess.run(
        [sys.executable, "-m", "training.iris", "--output", str(tmp_path)],
        env={**os.environ, **settings}, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    name = "onnx/iris_model.onnx"
    assert contents(tmp_path)[name] == contents(PACKAGED)[name]


def test_a_trained_folder_can_be_served_by_both_engines(trained: Path) -> None:
    model = type("TrainedModel", (IrisModel,), {"model_files": trained})
    flower = dict(zip(IrisModel.input_schema.fields, (5.1, 3.5, 1.4, 0.2), strict=True))
    for engine in FILES:
        assert model(engine).predict(flower) == {"species": "setosa"}


def test_every_row_was_compared_and_the_quality_is_measured_as_served() -> None:
    document = load_packaged_model(PACKAGED / "onnx").record
    compared = document["equivalence"]
    assert (compared["example"]["rows"], compared["example"]["different_labels"]) == (150, 0)
    assert compared["search"]["rows"] > 1000
    assert document["metrics"]["accuracy"] == {"served": 0.9667, "estimator": 0.9667}


def test_no_flower_is_both_trained_on_and_held_out() -> None:
    data = iris.load_data()
    assert (len(data.train_features), len(data.test_features)) == (120, 30)
    assert [int((data.test_species == species).sum()) for species in range(3)] == [10, 10, 10]


def test_every_candidate_can_be_exported(tmp_path: Path) -> None:
    data = iris.load_data()
    ways = {
        name: iris.export(
            pipeline.fit(data.train_features, data.train_species), data, tmp_path / name / "onnx"
        ).way
        for name, pipeline in iris.candidates().items()
    }
    assert ways == {
        "svc": "numbers in float32",
        "logistic regression": "numbers in float32",
        # Behind the scaler, float32 moves numbers across the thresholds of the trees.
        "random forest": "numbers in float64, float32 for the last step",
    }


def test_the_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        iris.main(["--help"])
    assert raised.value.code == 0
    assert "--output" in capsys.readouterr().out
