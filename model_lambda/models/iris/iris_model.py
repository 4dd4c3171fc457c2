"""The iris model."""

from pathlib import Path

from model_lambda.deferred_schema import DeferredSchema
from model_lambda.schema_model import SchemaModel


class IrisModel(SchemaModel):
    """Predicts the species of an iris flower."""

    display_name = "Iris Model"
    qualified_name = "iris_model"
    description = "Predicts the species of an iris flower from four measurements."
    major_version = 1
    minor_version = 0
    input_schema = DeferredSchema("model_lambda.models.iris.schemas.IrisInputSchema")
    output_schema = DeferredSchema("model_lambda.models.iris.schemas.IrisOutputSchema")
    model_files = Path(__file__).parent / "model_files"
