import json
from collections.abc import Sequence
from typing import Any

import pytest

from model_lambda.config import Settings
from model_lambda.errors import (
    DeadlineError,
    InvalidParameterError,
    MalformedJsonError,
    ModelNotFoundError,
    PayloadTooLargeError,
    PredictionError,
    SchemaError,
)
from model_lambda.ml_model import Row
from model_lambda.models.iris.schemas import IrisInputSchema
from model_lambda.web_api.controllers import Services, get_metadata, post_predict, post_predictions
from model_lambda.web_api.messages import Request
from tests.unit.flower_rows import SETOSA, ScriptedModel, manager_of

HERE = {"qualified_name": "scripted_model"}
NOWHERE = {"qualified_name": "rose_model"}
CONTROLLERS = (post_predict, post_predictions)


class CountingModel(ScriptedModel):
    """Counts its calls and the rows of each."""

    on_request = "probabilities"

    def __init__(self) -> None:
        self.calls: list[tuple[int, bool]] = []

    def predict_batch(
        self, rows: Sequence[Row], *, probabilities: bool = False
    ) -> list[dict[str, Any]]:
        self.calls.append((len(rows), probabilities))
        return [{"species": f"row {index}"} for index, _ in enumerate(rows)]


def _services(model: ScriptedModel) -> Services:
    return Services(manager_of(model), Settings(max_body_bytes=1000))


def _request(document: Any, **query: str) -> Request:
    return Request("POST", "/", query=query, body=json.dumps(document))


def test_many_rows_are_one_call_of_the_model() -> None:
    model = CountingModel()
    response = post_predictions(_request({"rows": [SETOSA] * 3}), HERE, _services(model))
    assert model.calls == [(3, False)]
    assert json.loads(response.body) == {
        "predictions": [{"species": "row 0"}, {"species": "row 1"}, {"species": "row 2"}]
    }


@pytest.mark.parametrize(
    ("controller", "document"), [(post_predict, SETOSA), (post_predictions, {"rows": [SETOSA]})]
)
@pytest.mark.parametrize(("value", "asked"), [("true", True), ("false", False)])
def test_probabilities_are_asked_of_the_model_only_on_request(
    controller: Any, document: Any, value: str, asked: bool
) -> None:
    model = CountingModel()
    controller(_request(document, probabilities=value), HERE, _services(model))
    assert model.calls == [(1, asked)]


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_a_model_without_probabilities_is_not_asked_for_them(controller: Any) -> None:
    with pytest.raises(InvalidParameterError, match="this model gives no probabilities"):
        controller(_request(SETOSA, probabilities="true"), HERE, _services(ScriptedModel()))


@pytest.mark.parametrize("document", [{}, {"rows": [SETOSA, {}]}, {"rows": [None]}, None])
@pytest.mark.parametrize("controller", CONTROLLERS)
def test_a_refused_request_does_not_reach_the_model(controller: Any, document: Any) -> None:
    model = CountingModel()
    with pytest.raises(SchemaError):
        controller(_request(document), HERE, _services(model))
    assert model.calls == []


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_the_model_is_looked_up_before_all_else(controller: Any) -> None:
    request = Request("POST", "/", {"content-type": "text/csv"}, {"probabilities": "x"}, "{" * 2000)
    with pytest.raises(ModelNotFoundError):
        controller(request, NOWHERE, _services(ScriptedModel()))


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_the_cap_is_the_configured_one(controller: Any) -> None:
    services = _services(ScriptedModel())
    with pytest.raises(PayloadTooLargeError):
        controller(Request("POST", "/", body=" " * 1001), HERE, services)
    with pytest.raises(MalformedJsonError):
        controller(Request("POST", "/", body=" " * 1000), HERE, services)


def test_the_metadata_of_an_unknown_model_is_not_found() -> None:
    with pytest.raises(ModelNotFoundError):
        get_metadata(Request("GET", "/"), NOWHERE, _services(ScriptedModel()))


def test_a_foreign_error_inside_the_model_keeps_its_cause() -> None:
    class RaisingModel(ScriptedModel):
        def predict_batch(self, rows: Any, *, probabilities: bool = False) -> Any:
            raise ZeroDivisionError

    with pytest.raises(PredictionError, match="scripted_model failed") as raised:
        post_predict(_request(SETOSA), HERE, _services(RaisingModel()))
    assert isinstance(raised.value.__cause__, ZeroDivisionError)


def test_an_error_of_ours_inside_the_model_stays_as_it_is() -> None:
    class LateModel(ScriptedModel):
        def predict_batch(self, rows: Any, *, probabilities: bool = False) -> Any:
            raise DeadlineError("no time left")

    with pytest.raises(DeadlineError, match="no time left"):
        post_predict(_request(SETOSA), HERE, _services(LateModel()))


def test_of_many_bad_rows_only_a_few_are_explained() -> None:
    explained: list[Any] = []

    class CountingSchema(IrisInputSchema):
        def validate(self, *arguments: Any, **options: Any) -> dict[str, list[str]]:
            explained.append(arguments)
            return super().validate(*arguments, **options)

    model = type("CountedModel", (ScriptedModel,), {"input_schema": CountingSchema()})()
    with pytest.raises(SchemaError, match="more than 10 of 200 rows are not valid"):
        post_predictions(_request({"rows": [{}] * 200}), HERE, _services(model))
    assert len(explained) == 11
