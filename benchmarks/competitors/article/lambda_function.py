"""The handler: one chain of ifs over the resource and the method."""

import json
from typing import Any

from marshmallow import ValidationError

from .model_manager import ModelManager

model_manager = ModelManager()


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of API Gateway."""
    resource, method = event["resource"], event["httpMethod"]
    if resource == "/api/models" and method == "GET":
        return reply(200, {"models": model_manager.get_models()})
    if resource == "/api/models/{qualified_name}/metadata" and method == "GET":
        return get_metadata(event["pathParameters"]["qualified_name"])
    if resource == "/api/models/{qualified_name}/predict" and method == "POST":
        return predict(event["pathParameters"]["qualified_name"], event["body"])
    return reply(404, {"type": "ERROR", "message": "Not found."})


def get_metadata(qualified_name: str) -> dict[str, Any]:
    """Describe one model."""
    model = model_manager.get_model(qualified_name)
    if model is None:
        return reply(404, {"type": "ERROR", "message": "Model not found."})
    return reply(200, model_manager.get_metadata(model))


def predict(qualified_name: str, body: str) -> dict[str, Any]:
    """Predict one row."""
    model = model_manager.get_model(qualified_name)
    if model is None:
        return reply(404, {"type": "ERROR", "message": "Model not found."})
    try:
        data: Any = model.input_schema.loads(body)
    except (ValueError, ValidationError) as error:
        return reply(400, {"type": "SCHEMA_ERROR", "message": str(error)})
    return reply(200, model.output_schema.dump(model.predict(data)))


def reply(status: int, document: Any) -> dict[str, Any]:
    """Write a result for API Gateway."""
    return {
        "isBase64Encoded": False,
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(document),
    }
