"""Checks model classes against the models that they serve, before anything is built."""

from collections.abc import Sequence

from deploy.commands import DeployError
from deploy.golden_rows import refuse_external_data_in
from model_lambda.build_time.class_agreement import disagreements
from model_lambda.config import Settings
from model_lambda.ml_model import MLModel
from model_lambda.model_manager import model_class
from model_lambda.schema_model import SchemaModel


def require_agreement(settings: Settings, engine: str) -> None:
    """Refuse classes that say otherwise than the model that they serve.

    Args:
        engine: `onnx` or `sklearn`, the one in the package.

    Raises:
        DeployError: one does, or its file points outside of itself.
    """
    for model in deployed_classes(settings):
        for problem in disagreements(model, engine):
            raise DeployError(problem)
        if issubclass(model, SchemaModel):
            refuse_external_data_in(model.model_files / engine, model(engine).manifest)


def deployed_classes(settings: Settings) -> Sequence[type[MLModel]]:
    """The classes that are deployed: those that are picked, if any are."""
    classes = [model_class(path) for path in settings.model_classes]
    picked = settings.models
    return [one for one in classes if not picked or one.qualified_name in picked]
