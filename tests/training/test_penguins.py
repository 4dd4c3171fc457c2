"""The second reference model: a table with categories and missing values."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from model_lambda.packaged_model import load_packaged_model
from training import __main__ as command
from training import penguins
from training.penguins import REFERENCE

VERSION = REFERENCE / "1.0"


def test_no_penguin_is_both_trained_on_and_held_out_and_both_lack_values() -> None:
    data = penguins.load_data()
    assert set(data.train.index) & set(data.hold_out.index) == set()
    assert sorted([*data.train.index, *data.hold_out.index]) == list(range(344))
    assert data.train.isna().any(axis=None)
    assert data.hold_out.isna().any(axis=None)


def test_what_is_missing_may_be_null_or_left_out_and_an_unseen_category_is_refused() -> None:
    model = load_packaged_model(VERSION)
    whole = dict(model.manifest.golden_predictions[-1].row)
    lacking = {"island": whole["island"]}
    nulls = {**dict.fromkeys(whole), **lacking}
    assert model.refusals([whole, lacking, nulls]) == {}
    assert model.predict(lacking, probabilities=True) == model.predict(nulls, probabilities=True)
    refused = model.refusals([whole | {"island": "Anvers"}, whole | {"island": None}])
    assert [[reason.pointer for reason in reasons] for reasons in refused.values()] == [
        ["/island"],
        ["/island"],
    ]


def test_a_golden_row_has_a_null() -> None:
    golden = load_packaged_model(VERSION).manifest.golden_predictions
    assert any(None in one.row.values() for one in golden)
    assert {one.prediction["species"] for one in golden} == {"Adelie", "Chinstrap", "Gentoo"}


@pytest.mark.slow
def test_the_worked_example_of_the_readme_gives_the_reference_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.places.MODELS", tmp_path / "model_lambda" / "models")
    penguins.main(["--save", str(tmp_path)])
    files = {"from": "penguins.joblib", "example": "penguins.csv"}
    files |= {"hold-out": "penguins_hold_out.csv"}
    options = [f"--{option}={tmp_path / name}" for option, name in files.items()]
    command.main(["model", "--name=penguins", "--label=species", *options])
    made = load_packaged_model(tmp_path / "model_lambda" / "models" / "penguins" / "1.0").record
    recorded = load_packaged_model(VERSION).record
    for member in ("data", "metrics", "files", "golden_predictions"):
        assert made[member] == recorded[member]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kernel", "seed", "threads"), [("Haswell", "1", "1"), ("Prescott", "2", "2")]
)
def test_training_again_on_another_processor_gives_the_same_bytes(
    kernel: str, seed: str, threads: str, tmp_path: Path
) -> None:
    settings = {"OPENBLAS_CORETYPE": kernel, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads}
    command = [sys.executable, "-m", "training.penguins", "--output", str(tmp_path / "1.0")]
    subprocess.run(command, env=os.environ | settings, check=True, stdout=subprocess.DEVNULL)
    again, recorded = load_packaged_model(tmp_path / "1.0"), load_packaged_model(VERSION)
    assert (tmp_path / "1.0" / "penguins.onnx").read_bytes() == (
        VERSION / "penguins.onnx"
    ).read_bytes()
    assert again.manifest.golden_predictions == recorded.manifest.golden_predictions
    assert again.record["metrics"] == recorded.record["metrics"]
    assert again.record["equivalence"] == recorded.record["equivalence"]
