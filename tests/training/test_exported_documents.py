"""The OpenAPI document of a deployment with exported models."""

import json
from collections.abc import Callable

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from model_lambda.config import Settings
from model_lambda.model_manager import ModelManager
from model_lambda.models.iris.iris_model import IrisModel
from model_lambda.packaged_model import load_packaged_model
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request
from tests.training.made_estimators import MAKERS
from tests.training.test_open_inference import tensors_of
from training.report import ExportReport


def test_every_exported_model_is_described(exported: Callable[[str], ExportReport]) -> None:
    models = [load_packaged_model(exported(kind).folder) for kind in MAKERS]
    application = Application(Services(ModelManager([IrisModel(), *models]), Settings()))
    document = json.loads(application.respond(Request("GET", "/api/openapi.json")).body)
    validate(document)
    names = document["components"]["parameters"]["qualifiedName"]["schema"]["enum"]
    assert names == ["iris_model", *MAKERS]
    for model in models:
        word = "".join(part.title() for part in model.qualified_name.split("_")) + "1_0"
        for golden in model.manifest.golden_predictions:
            _check(document, f"{word}Row", golden.row)
            _check(document, f"{word}Prediction", golden.prediction)
        rows = [golden.row for golden in model.manifest.golden_predictions]
        request = {"inputs": tensors_of(model, rows)}
        _check(document, f"{word}InferenceRequest", request)
        path = f"/v2/models/{model.qualified_name}/infer"
        answer = application.respond(Request("POST", path, body=json.dumps(request))).body
        _check(document, f"{word}InferenceResponse", json.loads(answer))


def test_distances_are_a_parameter_once_where_a_model_gives_them(
    exported: Callable[[str], ExportReport],
) -> None:
    parameters = {}
    for kind in ("clusters", "regression"):
        models = [load_packaged_model(exported(kind).folder) for _ in range(2)]
        models[1].minor_version = 1
        application = Application(Services(ModelManager([IrisModel(), *models]), Settings()))
        document = json.loads(application.respond(Request("GET", "/api/openapi.json")).body)
        operation = document["paths"]["/api/models/{qualified_name}/predict"]["post"]
        parameters[kind] = [one["$ref"].rpartition("/")[2] for one in operation["parameters"]]
    assert parameters["clusters"] == [*parameters["regression"], "distances"]


def _check(document: object, component: str, value: object) -> None:
    reference = {"$ref": f"#/components/schemas/{component}"}
    assert isinstance(document, dict)
    Draft202012Validator({**document, **reference}).validate(value)


def test_without_exported_models_the_stored_document_is_served() -> None:
    application = Application(Services(ModelManager([IrisModel()]), Settings()))
    body = application.respond(Request("GET", "/api/openapi.json")).body
    assert set(json.loads(body)["components"]["parameters"]["version"]["schema"]["enum"]) == {"1.0"}
