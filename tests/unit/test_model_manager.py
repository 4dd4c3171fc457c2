import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from model_lambda.errors import (
    ConfigurationError,
    DuplicateModelError,
    ManifestError,
    ModelFileError,
    ModelNotFoundError,
)
from model_lambda.model_manager import ModelManager, model_class, packaged_folders
from model_lambda.models.iris.iris_model import IrisModel
from tests.unit.flower_rows import ScriptedModel
from tests.unit.model_folders import REFERENCE, copy_of_model_files, model_in

IRIS = "model_lambda.models.iris.iris_model.IrisModel"
SCRIPTED = "tests.unit.flower_rows.ScriptedModel"
IRIS_DESCRIPTION = {
    "display_name": "Iris Model",
    "qualified_name": "iris_model",
    "description": "Predicts the species of an iris flower from four measurements.",
    "major_version": 1,
    "minor_version": 0,
}


@pytest.fixture
def manager() -> ModelManager:
    loaded = ModelManager()
    loaded.load_models((IRIS,))
    return loaded


def test_a_new_manager_has_no_models() -> None:
    assert ModelManager().get_models() == []


def test_a_model_is_described_in_five_fields(manager: ModelManager) -> None:
    assert manager.get_models() == [IRIS_DESCRIPTION]


def test_models_are_listed_in_the_order_of_loading() -> None:
    manager = ModelManager()
    manager.load_models((SCRIPTED, IRIS))
    names = [model["qualified_name"] for model in manager.get_models()]
    assert names == ["scripted_model", "iris_model"]


def test_metadata_adds_both_schemas(manager: ModelManager) -> None:
    metadata = manager.get_model_metadata("iris_model")
    schemas = manager.get_model("iris_model").json_schemas
    assert metadata == {
        **IRIS_DESCRIPTION,
        "input_schema": schemas["input"],
        "output_schema": schemas["output"],
    }
    assert schemas["input"]["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_model_is_found_by_its_qualified_name(manager: ModelManager) -> None:
    assert isinstance(manager.get_model("iris_model"), IrisModel)


@pytest.mark.parametrize("name", ["", "rose_model", "Iris_Model", "iris_model ", "__class__"])
def test_another_name_is_not_found(manager: ModelManager, name: str) -> None:
    with pytest.raises(ModelNotFoundError):
        manager.get_model(name)
    with pytest.raises(ModelNotFoundError):
        manager.get_model_metadata(name)


@pytest.mark.parametrize("paths", [(IRIS, IRIS), (SCRIPTED, IRIS, SCRIPTED)])
def test_a_qualified_name_that_is_taken_is_refused(paths: tuple[str, ...]) -> None:
    manager = ModelManager()
    with pytest.raises(DuplicateModelError, match=r"two models are called (iris|scripted)_model"):
        manager.load_models(paths)
    assert manager.get_models() == []


def test_a_qualified_name_of_an_earlier_load_is_refused(manager: ModelManager) -> None:
    with pytest.raises(DuplicateModelError):
        manager.load_models((IRIS,))
    assert manager.get_models() == [IRIS_DESCRIPTION]


@pytest.fixture
def damaged_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of a model whose file is damaged."""
    folder = copy_of_model_files(tmp_path)
    (folder / "onnx" / "iris_model.onnx").write_bytes(b"damaged")
    module: Any = ModuleType("damaged_models")
    module.DamagedModel = model_in(folder)
    monkeypatch.setitem(sys.modules, "damaged_models", module)
    return "damaged_models.DamagedModel"


def test_a_failed_load_leaves_no_half_loaded_manager(damaged_model: str) -> None:
    manager = ModelManager()
    with pytest.raises(ModelFileError):
        manager.load_models((SCRIPTED, damaged_model, IRIS))
    assert manager.get_models() == []


def test_a_failed_load_keeps_what_was_loaded_before(
    manager: ModelManager, damaged_model: str
) -> None:
    with pytest.raises(ModelFileError):
        manager.load_models((SCRIPTED, damaged_model))
    assert manager.get_models() == [IRIS_DESCRIPTION]


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """A folder of models: one that was exported, one whose manifest is damaged, one of a class."""
    shutil.copytree(REFERENCE, tmp_path / "penguins" / "1.0")
    (tmp_path / "damaged" / "1.0").mkdir(parents=True)
    (tmp_path / "damaged" / "1.0" / "manifest.json").write_text("{")
    copy_of_model_files(tmp_path / "of_a_class")
    (tmp_path / "of_a_class" / "__init__.py").touch()
    return packaged_folders(tmp_path)


def test_a_damaged_manifest_stops_the_start_and_is_not_passed_over(folders: list[Path]) -> None:
    assert [folder.parent.name for folder in folders] == ["damaged", "penguins"]
    with pytest.raises(ManifestError, match=r"damaged/1\.0/manifest\.json is not a manifest"):
        ModelManager().load_models((), folders=folders)


def test_a_manifest_without_its_version_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "old" / "1.0").mkdir(parents=True)
    (tmp_path / "old" / "1.0" / "manifest.json").write_text("{}")
    with pytest.raises(ManifestError, match=r"^old/1\.0/manifest\.json lacks 'manifest_version'$"):
        ModelManager().load_models((), folders=packaged_folders(tmp_path))


@pytest.mark.parametrize("place", ["penguins", "penguins/1.0/copy", "."])
def test_a_manifest_where_none_belongs_is_not_passed_over(tmp_path: Path, place: str) -> None:
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    (tmp_path / place / "manifest.json").write_text("{}")
    with pytest.raises(ManifestError, match=r"manifest\.json is not in <name>/<version>: export"):
        packaged_folders(tmp_path)


def test_what_an_editor_keeps_beside_a_manifest_is_no_model(tmp_path: Path) -> None:
    for place in (".trash/1.0", "penguins/1.0/.ipynb_checkpoints", "penguins/.ipynb_checkpoints"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "manifest.json").write_text("{}")
    assert packaged_folders(tmp_path) == []


def test_a_model_that_was_not_picked_is_not_even_read(folders: list[Path]) -> None:
    manager = ModelManager()
    manager.load_models((IRIS,), folders=folders, picked=("penguins",))
    assert [model["qualified_name"] for model in manager.get_models()] == ["penguins"]


def test_a_picked_model_that_is_not_there_is_refused_with_those_that_are(
    folders: list[Path],
) -> None:
    there = r"there are \['damaged', 'iris_model', 'penguins'\]"
    with pytest.raises(ConfigurationError, match=f"there is no model roses; {there}"):
        ModelManager().load_models((IRIS,), folders=folders, picked=("penguins", "roses"))


def test_the_engine_reaches_the_model() -> None:
    manager = ModelManager()
    with pytest.raises(Exception, match=r"other/manifest\.json cannot be read"):
        manager.load_models((IRIS,), "other")


def test_a_model_class_is_imported_by_its_path() -> None:
    assert model_class(IRIS) is IrisModel
    assert model_class(SCRIPTED) is ScriptedModel


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "..",
        "IrisModel",
        ".IrisModel",
        "..models.IrisModel",
        "no_such_module.Model",
        "model_lambda.models.iris.iris_model.NoSuchModel",
        "model_lambda.models.iris.iris_model.",
        "model_lambda.models.iris.iris_model.Path",
        "model_lambda.config.Settings",
        "model_lambda.__version__",
        "model_lambda.ml_model.MLModel",
    ],
)
def test_a_path_that_leads_to_no_model_class_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError):
        model_class(path)


def test_a_wrong_path_leaves_no_half_loaded_manager() -> None:
    manager = ModelManager()
    with pytest.raises(ConfigurationError):
        manager.load_models((IRIS, "no_such_module.Model"))
    assert manager.get_models() == []
