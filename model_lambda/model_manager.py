"""Loads the models once, at start-up, and finds them by qualified name."""

from collections.abc import Sequence
from importlib import import_module
from inspect import isabstract
from typing import Any

from model_lambda.errors import ConfigurationError, DuplicateModelError, ModelNotFoundError
from model_lambda.ml_model import MLModel


class ModelManager:
    """The models in service."""

    def __init__(self) -> None:
        self._models: dict[str, MLModel] = {}

    def load_models(self, class_paths: Sequence[str], runtime: str = "onnx") -> None:
        """Load every model, or none.

        Args:
            class_paths: importable ``package.module.ClassName``, one a model.
            runtime: ``onnx`` or ``sklearn``.

        Raises:
            ConfigurationError: a path leads to no model class.
            ModelLoadError: a model is refused, or its qualified name is taken.
        """
        loaded = dict(self._models)
        for path in class_paths:
            model = model_class(path)(runtime=runtime)
            if model.qualified_name in loaded:
                raise DuplicateModelError(f"two models are called {model.qualified_name}")
            loaded[model.qualified_name] = model
        self._models = loaded

    def get_models(self) -> list[dict[str, Any]]:
        """Describe every model in five fields, in the order of loading."""
        return [_description(model) for model in self._models.values()]

    def get_model_metadata(self, qualified_name: str) -> dict[str, Any]:
        """Describe one model, with the JSON Schema of its input and output.

        Raises:
            ModelNotFoundError: there is no such model.
        """
        model = self.get_model(qualified_name)
        schemas = model.json_schemas
        return _description(model) | {
            "input_schema": schemas["input"],
            "output_schema": schemas["output"],
        }

    def get_model(self, qualified_name: str) -> MLModel:
        """Find one model.

        Raises:
            ModelNotFoundError: there is no such model.
        """
        try:
            return self._models[qualified_name]
        except KeyError:
            raise ModelNotFoundError("no model has this qualified name") from None


def _description(model: MLModel) -> dict[str, Any]:
    return {
        "display_name": model.display_name,
        "qualified_name": model.qualified_name,
        "description": model.description,
        "major_version": model.major_version,
        "minor_version": model.minor_version,
    }


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
