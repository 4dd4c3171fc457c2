"""Exports an estimator for a model class: what the class says is not said once more."""

from pathlib import Path
from typing import Any

from model_lambda.columns import write_field
from model_lambda.fields_of_schema import fields_of
from model_lambda.schema_model import SchemaModel
from training.edits import FILE
from training.export import export_model
from training.report import ExportReport


def export_for(
    model: type[SchemaModel],
    estimator: Any,
    example: Any,
    *,
    engine: str = "onnx",
    folder: Path | None = None,
    **said: Any,
) -> ExportReport:
    """Write the folder that a class serves; names, and the fields of its schema, are the class's.

    Args:
        folder: to write to, the class's own for the engine unless given.
        said: what `export_model` takes besides, such as `label` and `labels`.

    Raises:
        ExportError: the model cannot be served as it was trained; nothing is written.
    """
    folder = folder or model.model_files / engine
    fields = fields_of(model.input_schema) or ()
    report = export_model(
        estimator,
        example,
        name=model.qualified_name,
        version=f"{model.major_version}.{model.minor_version}",
        folder=folder,
        engine=engine,
        fields={field.name: write_field(field) for field in fields},
        display_name=model.display_name,
        description=model.description,
        **said,
    )
    (folder.parent / FILE).unlink()  # who wants other fields edits the schema
    return report
