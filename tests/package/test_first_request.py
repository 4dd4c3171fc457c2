"""What `make call`, `make invoke` and `make demo` send is answered by what is deployed."""

import json
from pathlib import Path

import pytest

from deploy.commands import DeployError
from deploy.first_request import Ask, first_request
from events.proxy_events import HttpRequest, rest_api_event
from model_lambda.config import Settings
from model_lambda.lambda_function import create_handler
from model_lambda.model_manager import ModelManager
from model_lambda.packaged_model import load_packaged_model
from training.penguins import REFERENCE

PENGUINS = load_packaged_model(REFERENCE / "1.0")
HANDLER = create_handler(Settings(), ModelManager([PENGUINS]))


def send(request: HttpRequest) -> tuple[int, str]:
    """The status and body that answer a request."""
    reply = HANDLER(rest_api_event(request), None)
    return reply["statusCode"], reply["body"]


def ask(method: str, path: str) -> tuple[int, str]:
    """The same for a path."""
    return send(HttpRequest(method, path))


def test_it_is_the_first_golden_row_of_the_first_model() -> None:
    request = first_request(ask, models=REFERENCE.parent)
    golden = PENGUINS.manifest.golden_predictions[0]
    assert json.loads(str(request.body)) == golden.row
    status, body = send(request)
    assert (status, json.loads(body)) == (200, {"species": golden.prediction["species"]})


@pytest.mark.iris_model
def test_of_a_class_it_is_the_row_of_a_stored_event() -> None:
    handler = create_handler(Settings(models=("iris_model",)))

    def ask_iris(method: str, path: str) -> tuple[int, str]:
        reply = handler(rest_api_event(HttpRequest(method, path)), None)
        return reply["statusCode"], reply["body"]

    reply = handler(rest_api_event(first_request(ask_iris)), None)
    assert (reply["statusCode"], json.loads(reply["body"])) == (200, {"species": "setosa"})


@pytest.mark.parametrize("name", [None, "penguins"])
def test_a_model_without_golden_rows_here_gets_a_row_of_its_schema(
    name: str | None, tmp_path: Path
) -> None:
    request = first_request(ask, name, tmp_path)
    assert request.path == "/api/models/penguins/predict"
    assert send(request)[0] == 200


def test_a_model_that_is_not_deployed_is_told() -> None:
    with pytest.raises(DeployError, match="no deployed model is called rose; there are penguins"):
        first_request(ask, "rose")


def test_a_deployment_that_does_not_answer_is_told() -> None:
    refuse: Ask = lambda _method, _path: (403, '{"message": "Forbidden"}')  # noqa: E731
    with pytest.raises(DeployError, match=r"GET /api/models was answered 403: .*Forbidden"):
        first_request(refuse)
