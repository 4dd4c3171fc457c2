"""Powertools' REST resolver, with validation."""

# mypy: disable-error-code="import-not-found, untyped-decorator"
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from .iris_model import predict
from .schemas import DESCRIPTION, IrisBatch, IrisInput, IrisOutput, IrisPredictions

app = APIGatewayRestResolver(enable_validation=True)


@app.get("/api/models")
def list_models() -> dict[str, Any]:
    """List the models."""
    return {"models": [DESCRIPTION]}


@app.get("/api/models/<qualified_name>/metadata")
def get_metadata(qualified_name: str) -> dict[str, Any]:
    """Describe the model."""
    require(qualified_name)
    return DESCRIPTION | {
        "input_schema": IrisInput.model_json_schema(),
        "output_schema": IrisOutput.model_json_schema(),
    }


@app.post("/api/models/<qualified_name>/predict")
def predict_one(qualified_name: str, row: IrisInput) -> IrisOutput:
    """Predict one row."""
    require(qualified_name)
    return IrisOutput(species=predict([row.features()])[0])


@app.post("/api/models/<qualified_name>/predictions")
def predict_many(qualified_name: str, batch: IrisBatch) -> IrisPredictions:
    """Predict many rows in one call."""
    require(qualified_name)
    labels = predict([row.features() for row in batch.rows])
    return IrisPredictions(predictions=[IrisOutput(species=label) for label in labels])


def require(qualified_name: str) -> None:
    """Refuse every model but this one."""
    if qualified_name != DESCRIPTION["qualified_name"]:
        raise NotFoundError("no such model")


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of API Gateway."""
    result: dict[str, Any] = app.resolve(event, context)
    return result
