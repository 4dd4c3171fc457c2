"""One function an operation of /api: from the request to what it means for a model."""

from collections.abc import Callable, Mapping
from typing import Any

from model_lambda.config import Settings
from model_lambda.errors import FieldError, InvalidParameterError, SchemaError
from model_lambda.ml_model import MLModel
from model_lambda.model_manager import ModelManager
from model_lambda.prediction import find_model, predict_row, predict_rows
from model_lambda.tasks import ON_REQUEST
from model_lambda.web_api.json_body import read_json, write_json
from model_lambda.web_api.messages import Request, Response


class Services:
    """What a controller works with."""

    def __init__(self, models: ModelManager, settings: Settings) -> None:
        self.models = models
        self.settings = settings


PathParameters = Mapping[str, str]
Controller = Callable[[Request, PathParameters, Services], Response]


def get_models(request: Request, parameters: PathParameters, services: Services) -> Response:
    """List the models."""
    return _json_response({"models": services.models.get_models()})


def get_metadata(request: Request, parameters: PathParameters, services: Services) -> Response:
    """Describe one model with its schemas."""
    name, version = parameters["qualified_name"], request.query.get("version")
    return _json_response(services.models.get_model_metadata(name, version))


def post_predict(request: Request, parameters: PathParameters, services: Services) -> Response:
    """Predict one row."""
    model = find_model(services.models, parameters["qualified_name"], request.query.get("version"))
    probabilities = _wants_on_request(request, model)
    row = read_json(request, services.settings.max_body_bytes)
    return predict_row(model, row, _json_response, probabilities=probabilities)


def post_predictions(request: Request, parameters: PathParameters, services: Services) -> Response:
    """Predict many rows in one call of the model, or none of them."""
    model = find_model(services.models, parameters["qualified_name"], request.query.get("version"))
    probabilities = _wants_on_request(request, model)
    rows = _rows(read_json(request, services.settings.max_body_bytes))
    return predict_rows(model, rows, _write, _error_in_row, probabilities=probabilities)


def _write(predictions: list[dict[str, Any]]) -> Response:
    return _json_response({"predictions": predictions})


def _wants_on_request(request: Request, model: MLModel) -> bool:
    if not request.query:
        return False
    wanted = [name for name in ON_REQUEST if _is_true(request, name)]
    for name in wanted:
        if name != model.on_request:
            raise InvalidParameterError(f"this model gives no {name}")
    return bool(wanted)


def _is_true(request: Request, name: str) -> bool:
    value = request.query.get(name, "false")
    if value not in ("true", "false"):
        raise InvalidParameterError(f"{name} is either true or false")
    return value == "true"


def _rows(document: Any) -> list[Any]:
    if not isinstance(document, dict):
        raise SchemaError("the body is not valid", [FieldError("", "Not an object.")])
    errors = []
    if "rows" not in document:
        errors.append(FieldError("/rows", "Missing data for required field."))
    elif not isinstance(document["rows"], list):
        errors.append(FieldError("/rows", "Not a list."))
    if set(document) - {"rows"}:
        errors.append(FieldError("", "Unknown field."))
    if errors:
        raise SchemaError("the body is not valid", errors)
    rows: list[Any] = document["rows"]
    return rows


def _error_in_row(index: int, reason: FieldError) -> FieldError:
    return FieldError(f"/rows/{index}{reason.pointer}", reason.detail)


def _json_response(document: Any) -> Response:
    return Response(200, write_json(document), {"Content-Type": "application/json"})
