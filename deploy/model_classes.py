"""Checks model classes against the models that they serve, before anything is built."""

from collections.abc import Collection

from deploy.class_agreement import disagreements
from deploy.commands import DeployError
from deploy.golden_rows import refuse_external_data_in
from deploy.models import picked_classes
from model_lambda.config import Settings
from model_lambda.schema_model import SchemaModel


def require_agreement(picked: Collection[str], settings: Settings, engine: str) -> None:
    """Refuse classes that say otherwise than the model that they serve.

    Args:
        engine: `onnx` or `sklearn`, the one in the package.

    Raises:
        DeployError: one does, or its file points outside of itself.
    """
    for model in picked_classes(picked, settings):
        for problem in disagreements(model, engine):
            raise DeployError(problem)
        if issubclass(model, SchemaModel):
            refuse_external_data_in(model.model_files / engine, model(engine).manifest)
