"""FastAPI behind Mangum."""

# mypy: disable-error-code="import-not-found, untyped-decorator"
from typing import Any

from fastapi import FastAPI, HTTPException
from mangum import Mangum

from .iris_model import predict
from .schemas import DESCRIPTION, IrisBatch, IrisInput, IrisOutput, IrisPredictions

app = FastAPI(openapi_url=None)


# Coroutines, because FastAPI hands plain functions to a pool of threads.
@app.get("/api/models")
async def list_models() -> dict[str, Any]:
    """List the models."""
    return {"models": [DESCRIPTION]}


@app.get("/api/models/{qualified_name}/metadata")
async def get_metadata(qualified_name: str) -> dict[str, Any]:
    """Describe the model."""
    require(qualified_name)
    return DESCRIPTION | {
        "input_schema": IrisInput.model_json_schema(),
        "output_schema": IrisOutput.model_json_schema(),
    }


@app.post("/api/models/{qualified_name}/predict")
async def predict_one(qualified_name: str, row: IrisInput) -> IrisOutput:
    """Predict one row."""
    require(qualified_name)
    return IrisOutput(species=predict([row.features()])[0])


@app.post("/api/models/{qualified_name}/predictions")
async def predict_many(qualified_name: str, batch: IrisBatch) -> IrisPredictions:
    """Predict many rows in one call."""
    require(qualified_name)
    labels = predict([row.features() for row in batch.rows])
    return IrisPredictions(predictions=[IrisOutput(species=label) for label in labels])


def require(qualified_name: str) -> None:
    """Refuse every model but this one."""
    if qualified_name != DESCRIPTION["qualified_name"]:
        raise HTTPException(404, "no such model")


lambda_handler = Mangum(app, lifespan="off")
