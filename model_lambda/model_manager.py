"""Loads the models once, at start-up, and finds them by qualified name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from typing import Any

from model_lambda.errors import (
    ConfigurationError,
    DuplicateModelError,
    ManifestError,
    ModelNotFoundError,
)
from model_lambda.ml_model import MLModel
from model_lambda.model_files import MANIFEST_NAME

MODELS = Path(__file__).parent / "models"


class ModelManager:
    """The models in service, by name and version."""

    def __init__(self, models: Sequence[MLModel] = ()) -> None:
        self._models: dict[str, dict[str, MLModel]] = {}
        self.add(models)

    def load_models(
        self,
        class_paths: Sequence[str],
        engine: str = "onnx",
        folders: Sequence[Path] = (),
        picked: Sequence[str] = (),
    ) -> None:
        """Load every model, or none.

        Args:
            class_paths: importable ``package.module.ClassName``, one a model.
            engine: ``onnx`` or ``sklearn``, for the classes.
            folders: of packaged models.
            picked: qualified names of the models to load; all, if it is empty.

        Raises:
            ConfigurationError: a path leads to no model class, or a picked model is not there.
            ModelLoadError: a model is refused, or its name and version are taken.
        """
        found: list[Callable[[], MLModel]] = []
        classes = [model_class(path) for path in class_paths]
        names = {one.qualified_name for one in classes}
        found += [
            partial(one, engine=engine)
            for one in classes
            if not picked or one.qualified_name in picked
        ]
        for folder in folders:
            # The folder's name is the model's, so that what is not picked is not read.
            names.add(folder.parent.name)
            if not picked or folder.parent.name in picked:
                found.append(partial(_load_packaged_model, folder))
        if unknown := sorted(set(picked) - names):
            raise ConfigurationError(f"there is no model {unknown[0]}; there are {sorted(names)}")
        self.add([load() for load in found])

    def add(self, models: Sequence[MLModel]) -> None:
        """Put loaded models into service: all of them, or none.

        Raises:
            DuplicateModelError: two have the same name and version.
        """
        loaded = {name: dict(versions) for name, versions in self._models.items()}
        for model in models:
            versions = loaded.setdefault(model.qualified_name, {})
            if model.version in versions:
                raise DuplicateModelError(
                    f"two models are called {model.qualified_name} {model.version}"
                )
            versions[model.version] = model
        self._models = {name: _newest_first(versions) for name, versions in loaded.items()}

    def __iter__(self) -> Iterator[MLModel]:
        """Every model, in the order of loading, newest versions first."""
        return (model for versions in self._models.values() for model in versions.values())

    def get_models(self) -> list[dict[str, Any]]:
        """Describe every model in five fields, in the order of loading, newest versions first."""
        return [_description(model) for model in self]

    def get_model_metadata(self, qualified_name: str, version: str | None = None) -> dict[str, Any]:
        """Describe one model, with the JSON Schema of its input and output.

        Raises:
            ModelNotFoundError: there is no such model.
        """
        model = self.get_model(qualified_name, version)
        schemas = model.json_schemas
        return _description(model) | {
            "input_schema": schemas["input"],
            "output_schema": schemas["output"],
        }

    def get_model(self, qualified_name: str, version: str | None = None) -> MLModel:
        """Find one model.

        Args:
            version: ``major.minor``; the newest, if it is None.

        Raises:
            ModelNotFoundError: there is no such model.
        """
        versions = self.get_versions(qualified_name)
        if version is None:
            return next(iter(versions.values()))
        if version not in versions:
            raise ModelNotFoundError("the model has no such version")
        return versions[version]

    def get_versions(self, qualified_name: str) -> Mapping[str, MLModel]:
        """All versions of a model, newest first.

        Raises:
            ModelNotFoundError: there is no such model.
        """
        try:
            return self._models[qualified_name]
        except KeyError:
            raise ModelNotFoundError("no model has this qualified name") from None


def _load_packaged_model(folder: Path) -> MLModel:
    # Where no model is exported, a start does not pay for what exported ones need.
    from model_lambda.packaged_model import load_packaged_model

    return load_packaged_model(folder)


def _newest_first(versions: Mapping[str, MLModel]) -> dict[str, MLModel]:
    models = sorted(versions.values(), key=lambda one: (one.major_version, one.minor_version))
    return {model.version: model for model in reversed(models)}


def _description(model: MLModel) -> dict[str, Any]:
    return {
        "display_name": model.display_name,
        "qualified_name": model.qualified_name,
        "description": model.description,
        "major_version": model.major_version,
        "minor_version": model.minor_version,
    }


def packaged_folders(models: Path = MODELS) -> list[Path]:
    """The folders ``<name>/<version>`` of packaged models, sorted.

    Raises:
        ManifestError: a manifest lies elsewhere; its model would be missing unnoticed.
    """
    found = sorted(path.relative_to(models) for path in models.rglob(MANIFEST_NAME))
    seen = [path for path in found if not any(part[0] == "." for part in path.parts)]
    for path in seen:
        # In the package of a class, it is for the class to say where its files lie.
        if len(path.parts) != 3 and not (models / path.parts[0] / "__init__.py").exists():
            raise ManifestError(
                f"{path} is not in <name>/<version>: export the model again, or remove the file"
            )
    return [models / path.parent for path in seen if len(path.parts) == 3]


def model_class(path: str) -> type[MLModel]:
    """Import a model class.

    Raises:
        ConfigurationError: the path leads to none.
    """
    module_name, _, class_name = path.rpartition(".")
    try:
        found = getattr(import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{path} cannot be imported: {error}") from error
    if not (isinstance(found, type) and issubclass(found, MLModel)) or isabstract(found):
        raise ConfigurationError(f"{path} is not a complete subclass of MLModel")
    return found
