from pathlib import Path

import pytest

from model_lambda.model_files import read_manifest
from model_lambda.models.iris import train
from model_lambda.models.iris.iris_model import IrisModel
from tests.unit.model_folders import PACKAGED

FILES = ("iris_model.onnx", "iris_model.skops", "manifest.json")


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that was trained into, as on the command line."""
    folder = tmp_path_factory.mktemp("trained") / "new"
    before = _contents(PACKAGED)
    train.main(["--output", str(folder)])
    assert _contents(PACKAGED) == before
    return folder


def test_training_writes_three_files_and_nothing_else(trained: Path) -> None:
    assert sorted(_contents(trained)) == sorted(FILES)


def test_training_again_gives_the_packaged_model(trained: Path) -> None:
    again, packaged = read_manifest(trained), read_manifest(PACKAGED)
    assert again.files["onnx"].sha256 == packaged.files["onnx"].sha256
    assert again.golden_predictions == packaged.golden_predictions
    assert (trained / "iris_model.onnx").read_bytes() == (PACKAGED / "iris_model.onnx").read_bytes()


def test_training_twice_gives_the_same_bytes(trained: Path, tmp_path: Path) -> None:
    train.train(tmp_path)
    assert _contents(tmp_path) == _contents(trained)


def test_a_trained_folder_can_be_served_by_both_runtimes(trained: Path) -> None:
    model = type("TrainedModel", (IrisModel,), {"model_files": trained})
    flower = dict(zip(IrisModel.input_schema.fields, (5.1, 3.5, 1.4, 0.2), strict=True))
    for engine in ("onnx", "sklearn"):
        assert model(engine).predict(flower) == {"species": "setosa"}


def test_no_flower_is_both_trained_on_and_held_out() -> None:
    data = train.load_data()
    assert (len(data.train_features), len(data.test_features)) == (120, 30)
    assert [int((data.test_species == species).sum()) for species in range(3)] == [10, 10, 10]


def test_the_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        train.main(["--help"])
    assert raised.value.code == 0
    assert "--output" in capsys.readouterr().out
