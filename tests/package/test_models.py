"""Which models will be deployed: all that lie in a folder, or those that MODELS picks."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import model_lambda.models
from deploy.commands import DeployError
from deploy.models import (
    current_settings,
    folders_not_picked,
    known_models,
    listed,
    picked_classes,
    require_known,
)
from model_lambda.config import Settings
from model_lambda.errors import ConfigurationError
from model_lambda.models import named_classes
from training.penguins import REFERENCE

CLASS = """
from marshmallow import Schema
from model_lambda.ml_model import MLModel

class Roses(MLModel):
    display_name = "Roses"
    qualified_name = "rose_model"
    description = "Says rose."
    major_version, minor_version = 2, 1
    input_schema = output_schema = Schema()

    def predict_batch(self, rows, *, probabilities=False):
        return [{"flower": "rose"} for _ in rows]
"""
PACKAGES = ("model_lambda.models.roses", "model_lambda.models.tulips")
ROSES = Settings(model_classes=("model_lambda.models.roses.model.Roses",))


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with two versions of an exported model, and a package that names a class."""
    shutil.copytree(REFERENCE / "1.0", tmp_path / "penguins" / "1.0")
    shutil.copytree(REFERENCE / "1.0", tmp_path / "penguins" / "1.1")
    (tmp_path / "roses").mkdir()
    (tmp_path / "roses" / "__init__.py").write_text('MODEL_CLASS = f"{__name__}.model.Roses"\n')
    (tmp_path / "roses" / "model.py").write_text(CLASS)
    monkeypatch.setattr(model_lambda.models, "__path__", [str(tmp_path)])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith(PACKAGES)]:
        del sys.modules[name]


def test_a_package_names_its_class_and_the_class_is_not_imported(models: Path) -> None:
    (models / "roses" / "model.py").unlink()
    assert named_classes() == ("model_lambda.models.roses.model.Roses",)


def test_a_package_that_names_no_class_is_not_passed_over(models: Path) -> None:
    (models / "tulips").mkdir()
    (models / "tulips" / "__init__.py").touch()
    with pytest.raises(ConfigurationError, match="tulips names no class: write MODEL_CLASS = "):
        named_classes()


def test_classes_and_folders_are_known(models: Path) -> None:
    found = [str(model) for model in known_models(ROSES, models)]
    assert found == ["rose_model 2.1", "penguins 1.0", "penguins 1.1"]


def test_each_is_listed_with_what_it_is_and_whether_it_will_be_deployed(models: Path) -> None:
    lines = list(listed(ROSES._replace(models=("penguins",), engine="sklearn"), models))
    assert lines[0].startswith("rose_model 2.1: class, sklearn, classification, 0.")
    assert lines[0].endswith(" kB; left out: MODELS does not name it")
    assert lines[1].startswith("penguins 1.0: folder, onnx, classification, ")
    assert lines[1].endswith(" kB; will be deployed")


def test_a_model_whose_manifest_is_none_is_listed_as_refused(models: Path) -> None:
    (models / "penguins" / "1.1" / "manifest.json").write_text("{")
    assert "penguins 1.1: REFUSED: " in "\n".join(listed(ROSES, models))


def test_a_manifest_where_none_belongs_is_refused_before_anything_is_built(models: Path) -> None:
    shutil.copy(models / "penguins" / "1.0" / "manifest.json", models / "penguins")
    with pytest.raises(DeployError, match=r"^penguins/manifest\.json is not in <name>/<version>"):
        require_known((), ROSES, models)


@pytest.mark.parametrize(
    ("picked", "without"),
    [
        ((), set()),
        (("rose_model", "penguins"), set()),
        (("rose_model",), {"penguins"}),
        (("penguins",), {"roses"}),
    ],
)
def test_folders_of_models_that_are_not_picked_are_left_out(
    models: Path, picked: tuple[str, ...], without: set[str]
) -> None:
    assert folders_not_picked(picked, ROSES, models) == without


def test_the_classes_in_a_package_are_those_that_are_picked(models: Path) -> None:
    assert [one.__name__ for one in picked_classes((), ROSES)] == ["Roses"]
    assert picked_classes(("penguins",), ROSES) == []


def test_a_name_in_models_that_no_model_has_is_refused(models: Path) -> None:
    require_known(("penguins", "rose_model"), ROSES, models)
    with pytest.raises(DeployError, match="MODELS names pinguins; there are penguins, rose_model"):
        require_known(("pinguins",), ROSES, models)


def test_a_package_without_any_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="there is no model to deploy"):
        require_known((), Settings(model_classes=()), tmp_path)


def test_variables_that_say_nothing_of_models_are_not_read() -> None:
    said = {"MODELS": "churn", "MAX_BODY_BYTES": "many"}
    assert current_settings(said) == Settings(models=("churn",))
    with pytest.raises(DeployError, match="MODEL_CLASSES names no model"):
        current_settings({"MODEL_CLASSES": ","})
