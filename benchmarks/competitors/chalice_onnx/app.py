"""Chalice, with marshmallow for validation, as it has none of its own."""

# mypy: disable-error-code="import-not-found, untyped-decorator"
from typing import Any

from chalice import BadRequestError, Chalice, NotFoundError
from marshmallow import Schema, ValidationError

from .iris_model import predict
from .schemas import DESCRIPTION, JSON_SCHEMAS, IrisBatch, IrisInput

app = Chalice(app_name="iris")
row_schema, batch_schema = IrisInput(), IrisBatch()


@app.route("/api/models")
def list_models() -> dict[str, Any]:
    """List the models."""
    return {"models": [DESCRIPTION]}


@app.route("/api/models/{qualified_name}/metadata")
def get_metadata(qualified_name: str) -> dict[str, Any]:
    """Describe the model."""
    require(qualified_name)
    return DESCRIPTION | JSON_SCHEMAS


@app.route("/api/models/{qualified_name}/predict", methods=["POST"])
def predict_one(qualified_name: str) -> dict[str, str]:
    """Predict one row."""
    require(qualified_name)
    row = accepted(row_schema)
    return {"species": predict([tuple(row[name] for name in row_schema.fields)])[0]}


@app.route("/api/models/{qualified_name}/predictions", methods=["POST"])
def predict_many(qualified_name: str) -> dict[str, list[dict[str, str]]]:
    """Predict many rows in one call."""
    require(qualified_name)
    names = tuple(row_schema.fields)
    rows = [tuple(row[name] for name in names) for row in accepted(batch_schema)["rows"]]
    return {"predictions": [{"species": label} for label in predict(rows)]}


def accepted(schema: Schema) -> Any:
    """The body of the current request, if the schema accepts it."""
    try:
        return schema.load(app.current_request.json_body)
    except ValidationError as error:
        raise BadRequestError(str(error)) from error


def require(qualified_name: str) -> None:
    """Refuse every model but this one."""
    if qualified_name != DESCRIPTION["qualified_name"]:
        raise NotFoundError("no such model")
