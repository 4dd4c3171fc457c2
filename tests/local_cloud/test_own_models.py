"""From a file to an answer over HTTP by the README's commands, for models of one's own.

In a copy of the project, so that nothing here is in the way of the models in this one.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import skl2onnx
import skops.io

from model_lambda.packaged_model import is_close
from model_lambda.tasks import ON_REQUEST
from tests.structure.documents import PROJECT, project_files
from tests.training.made_estimators import MAKERS, WINE, Made, wine_model
from tests.training.mlflow_models import saved_models
from training import __main__ as command

pytestmark = pytest.mark.slow
MODELS = Path("model_lambda/models")
# What a set-up made: linked, so that the copy need not be set up.
MADE_BEFORE = ("node_modules",)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's files."""
    tree = tmp_path_factory.mktemp("project")
    for path in project_files():
        copy = tree / path.relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    for name in MADE_BEFORE:
        (tree / name).symlink_to(PROJECT / name)
    return tree


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """The arguments of `make model` for each, in the forms in which people have them."""
    folder = tmp_path_factory.mktemp("saved")
    digits = MAKERS["digits"]()
    pixels = pd.DataFrame(digits.example, columns=[f"pixel_{at}" for at in range(64)])
    return {
        "churn": _saved(folder / "churn.joblib", MAKERS["mixed_table"](), joblib.dump),
        "progression": _saved(folder / "progression.pkl", MAKERS["regression"](), joblib.dump),
        "verdict": _saved(folder / "verdict.skops", MAKERS["text"](), skops.io.dump),
        "booster": _saved(folder / "booster.joblib", MAKERS["booster"](), joblib.dump),
        "digit": _saved(folder / "digit.joblib", digits._replace(example=pixels), joblib.dump),
        "wine": _saved(folder / "wine.onnx", Made(wine_model(), WINE.data), _write_onnx),
        "tracked": [f"--from={saved_models() / 'skops'}"],
        "tracked_onnx": [f"--from={saved_models() / 'onnx'}"],
    }


def _saved(path: Path, made: Made, save: Callable[[Any, Path], Any]) -> list[str]:
    save(made.estimator, path)
    example = path.with_suffix(".csv")
    made.example.to_csv(example, index=False)
    label = [f"--label={made.label}"] if made.label else []
    return [f"--from={path}", f"--example={example}", *label]


def _write_onnx(estimator: Any, path: Path) -> None:
    model = skl2onnx.to_onnx(estimator, WINE.data[:1].to_numpy(np.float32))
    path.write_bytes(model.SerializeToString())


@pytest.fixture(scope="module")
def exported(tree: Path, saved: Mapping[str, list[str]]) -> Mapping[str, Any]:
    """The golden predictions of each model, once `make model` has written it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.places.MODELS", tree / MODELS)
        for name, arguments in saved.items():
            command.main(["model", f"--name={name}", *arguments])
    manifests = {name: tree / MODELS / name / "1.0" / "manifest.json" for name in saved}
    return {
        name: json.loads(path.read_text())["golden_predictions"] for name, path in manifests.items()
    }


def _service(tree: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.service", *arguments],
        cwd=tree,
        env={name: value for name, value in os.environ.items() if name != "MODELS"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def deployed(tree: Path, exported: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The same, while they are deployed."""
    _service(tree, "deploy", "--target", "local")
    yield exported
    _service(tree, "remove", "--target", "local")


def test_models_of_any_kind_are_answered_over_http_by_two_commands(
    tree: Path, deployed: Mapping[str, Any]
) -> None:
    said = {
        name: json.loads(_service(tree, "call", "--target", "local", name)) for name in deployed
    }
    expected = {name: _without_request(golden[0]) for name, golden in deployed.items()}
    assert is_close(expected, said), said


def _without_request(golden: Mapping[str, Any]) -> dict[str, Any]:
    """What is answered when nothing more is asked for."""
    prediction = golden["prediction"].items()
    return {name: value for name, value in prediction if name not in ON_REQUEST}
