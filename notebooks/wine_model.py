from pathlib import Path
from model_lambda.ml_model import ClassifierModel
from wine_schemas import WineInputSchema, WineOutputSchema

class WineModel(ClassifierModel):
    display_name, qualified_name = "Wine Model", "wine_model"
    description = "Tells which of three growers a wine comes from."
    major_version, minor_version = 1, 0
    input_schema, output_schema = WineInputSchema(), WineOutputSchema()
    label_field = "grower"
    model_files = Path(__file__).parent
