"""What holds for every model holds for each that lies in `model_lambda/models`, whichever it is."""

import json
import os
from collections.abc import Callable
from functools import partial

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from deploy.documents.openapi import DOCUMENT, openapi_document, to_text
from deploy.models import known_models, picked_classes
from model_lambda.config import Settings
from model_lambda.lambda_function import create_application
from model_lambda.ml_model import MLModel
from model_lambda.model_manager import MODELS, model_class, packaged_folders
from model_lambda.packaged_model import load_packaged_model
from model_lambda.web_api.exported_documents import component_prefix
from model_lambda.web_api.messages import Request
from tests.models.model_checks import ModelChecks

SETTINGS = Settings.from_environment({**os.environ, "MODELS": ""})
Load = Callable[[], MLModel]


def _class(path: str) -> MLModel:
    return model_class(path)(engine=SETTINGS.engine)


DEPLOYED: dict[str, Load] = {
    **{path.rpartition(".")[2]: partial(_class, path) for path in SETTINGS.model_classes},
    **{
        str(folder.relative_to(MODELS)): partial(load_packaged_model, folder)
        for folder in packaged_folders()
    },
}


@pytest.fixture(scope="module", params=DEPLOYED)
def model(request: pytest.FixtureRequest) -> MLModel:
    """Each model that would be deployed."""
    return DEPLOYED[request.param]()


class TestDeployedModels(ModelChecks):
    """Whichever lie there."""


def test_the_document_of_the_api_names_these_models_and_no_others() -> None:
    application = create_application(SETTINGS)
    document = json.loads(application.respond(Request("GET", "/api/openapi.json")).body)
    validate(document)
    names = document["components"]["parameters"]["qualifiedName"]["schema"]["enum"]
    assert names == list(dict.fromkeys(model.name for model in known_models(SETTINGS)))


def test_the_document_has_the_golden_rows_of_exported_models() -> None:
    application = create_application(SETTINGS)
    document = json.loads(application.respond(Request("GET", "/api/openapi.json")).body)
    for model in map(load_packaged_model, packaged_folders()):
        prefix = component_prefix(model)
        for golden in model.manifest.golden_predictions:
            for name, value in (("Row", golden.row), ("Prediction", golden.prediction)):
                reference = {"$ref": f"#/components/schemas/{prefix}{name}"}
                Draft202012Validator({**document, **reference}).validate(value)


def test_the_stored_document_describes_the_classes_that_are_here() -> None:
    """`make openapi` writes it."""
    assert to_text(
        openapi_document([one() for one in picked_classes((), SETTINGS)])
    ) == DOCUMENT.read_text(encoding="ascii")
