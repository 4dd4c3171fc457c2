"""Compares a model class with what was written down of it, and with the model that it serves.

The function compares at its start what costs nothing; here marshmallow is asked.
"""

from collections.abc import Iterator

from deploy.documents.json_schemas import model_schemas, stored_schemas
from model_lambda.errors import ModelLoadError
from model_lambda.ml_model import MLModel
from model_lambda.schema_model import SchemaModel


def disagreements(model: type[MLModel], engine: str = "onnx") -> Iterator[str]:
    """What a class says otherwise, each with the remedy; nothing if all agrees.

    Args:
        engine: the one that the class is to be served by.
    """
    if stored_schemas(model) not in (None, model_schemas(model)):
        yield f"the schemas of {model.qualified_name} were edited: run make openapi"
        return
    if not issubclass(model, SchemaModel):
        return
    try:
        served = model(engine)
    except ModelLoadError as error:
        yield f"{error}: change the class, or export the model again (iris: make train)"
    else:
        yield from _refused_answers(served)


def _refused_answers(model: SchemaModel) -> Iterator[str]:
    """The answers that the model can give and its own output schema refuses."""
    name, answer = model.qualified_name, model.manifest.answer
    golden = [one.prediction for one in model.manifest.golden_predictions]
    labelled = [{**golden[0], answer.names[0]: label} for label in answer.labels]
    for prediction in [*golden, *labelled]:
        if reasons := model.output_schema.validate(prediction):
            yield f"the output schema of {name} refuses {prediction}: {reasons}: change the schema"
            return
