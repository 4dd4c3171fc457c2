"""Asks a model that `make model` wrote, over HTTP."""

import json
from pathlib import Path
from typing import Any

from model_lambda.config import Settings
from model_lambda.model_manager import ModelManager
from model_lambda.packaged_model import load_packaged_model
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request


def answer_to(models: Path, row: Any, name: str = "made") -> Any:
    """What the application answers to a row, with the probabilities if there are any."""
    model = load_packaged_model(models / name / "1.0")
    application = Application(Services(ModelManager([model]), Settings()))
    query = {model.on_request: "true"} if model.on_request else {}
    path = f"/api/models/{name}/predict"
    response = application.respond(Request("POST", path, query=query, body=json.dumps(row)))
    assert response.status == 200
    return json.loads(response.body)
