"""The Open Inference Protocol in front of models other than the iris model."""

import json
from typing import Any

import numpy as np
import pytest
from marshmallow import RAISE, Schema, ValidationError, validate, validates_schema

from events.catalogue.open_inference import INFER, MODEL, SETOSA, tensor
from model_lambda.config import Settings
from model_lambda.ml_model import MLModel
from model_lambda.model_manager import ModelManager
from model_lambda.models.iris.iris_model import IrisModel
from model_lambda.models.iris.schemas import IrisInputSchema, IrisOutputSchema
from model_lambda.schema_fields import StrictFloat
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request, Response
from model_lambda.web_api.open_inference import error_response
from model_lambda.web_api.problems import MOST_BYTES
from tests.unit.fake_classifier import Classes, FakeClassifier, Features, always_setosa

DEFAULTS = Settings()
SENT_AGAIN = "Nothing was wrong with the request. It may be sent again."


class PlainModel(MLModel):
    """A model without a manifest."""

    qualified_name = "plain_model"
    major_version = 1
    minor_version = 0
    input_schema = IrisInputSchema()
    output_schema = IrisOutputSchema()

    def predict_batch(self, rows: Any, *, probabilities: bool = False) -> list[dict[str, Any]]:
        """Nothing."""
        raise NotImplementedError


def respond(model: MLModel, request: Request, settings: Settings = DEFAULTS) -> Response:
    """The application's response with one model in service."""
    return Application(Services(ModelManager([model]), settings)).respond(request)


def inference(**changes: Any) -> Request:
    """A request to infer from a changed tensor."""
    return Request("POST", INFER, body=json.dumps({"inputs": [tensor(**changes)]}))


def infer(model: MLModel, **changes: Any) -> tuple[int, dict[str, Any]]:
    """Status and document of an inference from a changed tensor."""
    response = respond(model, inference(**changes))
    document: dict[str, Any] = json.loads(response.body)
    return response.status, document


def test_platform_is_that_of_the_engine() -> None:
    response = respond(IrisModel("sklearn"), Request("GET", MODEL))
    assert json.loads(response.body)["platform"] == "sklearn_skops"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/ready"), ("GET", "/versions/1.0"), ("POST", "/infer")],
)
def test_a_model_without_a_manifest_is_not_found(method: str, path: str) -> None:
    response = respond(PlainModel(), Request(method, f"/v2/models/plain_model{path}", body="{}"))
    error = {"error": "This model has no tensors; it is served under /api."}
    assert (response.status, json.loads(response.body)) == (404, error)


def test_a_schema_that_says_more_than_bounds_is_asked_about_every_row() -> None:
    class Narrow(IrisInputSchema):
        petal_width = StrictFloat(
            required=True, validate=validate.Range(min=0.1, max=2.5, max_inclusive=False)
        )

    data = [[5.1, 3.5, 1.4, width] for width in (0.2, 2.5, 2.4, 3.0)]
    reason = "petal_width: Must be greater than or equal to 0.1 and less than 2.5."
    assert infer(FakeClassifier(Narrow()), shape=[4, 4], data=data) == (
        400,
        {
            "error": "2 of 4 rows are not valid. "
            f"/inputs/0/data/1/3: {reason} /inputs/0/data/3/3: {reason}"
        },
    )


def test_a_reason_for_a_whole_row_stands_at_its_first_number() -> None:
    class Ordered(IrisInputSchema):
        @validates_schema
        def check_order(self, data: dict[str, float], **_options: Any) -> None:
            if data["petal_width"] > data["petal_length"]:
                raise ValidationError("Wider than long.")

    data = [*SETOSA, 5.1, 3.5, 1.4, 2.2]
    assert infer(FakeClassifier(Ordered()), shape=[2, 4], data=data) == (
        400,
        {"error": "1 of 2 rows are not valid. /inputs/0/data/4: Wider than long."},
    )


def test_only_the_rows_that_are_named_and_one_more_are_explained() -> None:
    explained = []

    class Counting(IrisInputSchema):
        def validate(self, data: Any, **options: Any) -> dict[str, list[str]]:
            explained.append(data)
            return super().validate(data, **options)

    status, _ = infer(FakeClassifier(Counting()), shape=[5000, 4], data=[0] * 20_000)
    assert (status, len(explained)) == (400, 11)


def test_reasons_stop_at_two_kilobytes() -> None:
    class Wordy(IrisInputSchema):
        petal_width = StrictFloat(
            required=True, validate=validate.Range(max=1, error="Gr\u00f6\u00dfer als 1. " * 15)
        )

    response = respond(FakeClassifier(Wordy()), inference(shape=[9, 4], data=[[1, 1, 1, 9]] * 9))
    reasons = json.loads(response.body)["error"].count("/inputs/0/data/")
    assert (response.status, reasons) == (400, 5)
    assert response.body.isascii()
    assert len(response.body) <= MOST_BYTES


@pytest.mark.parametrize(("left", "reasons"), [(0, 1), (-1, 0)])
def test_a_reason_is_given_if_it_just_fits(left: int, reasons: int) -> None:
    around = {"error": "1 of 1 rows are not valid. /inputs/0/data/3: petal_width: "}
    explanation = "x" * (MOST_BYTES - len(json.dumps(around)) - left)

    class Exact(IrisInputSchema):
        petal_width = StrictFloat(required=True, validate=validate.Range(max=1, error=explanation))

    response = respond(FakeClassifier(Exact()), inference(data=[1, 1, 1, 9]))
    assert (response.status, response.body.count("petal_width")) == (400, reasons)
    assert len(response.body) == (
        MOST_BYTES if reasons else len('{"error": "1 of 1 rows are not valid."}')
    )


class Unbounded(Schema):
    """Four numbers, each as large as it likes."""

    class Meta:
        unknown = RAISE

    sepal_length = StrictFloat(required=True)
    sepal_width = StrictFloat(required=True)
    petal_length = StrictFloat(required=True)
    petal_width = StrictFloat(required=True)


@pytest.mark.parametrize("number", [1e39, -1e300, 10**39])
@pytest.mark.parametrize("datatype", ["FP32", "FP64"])
def test_a_number_that_overflows_the_model_is_refused(number: float, datatype: str) -> None:
    reason = "petal_width: Must be greater than or equal to 0.1 and less than or equal to 15.0."
    assert infer(FakeClassifier(Unbounded()), datatype=datatype, data=[1.0, 1.0, 1.0, number]) == (
        400,
        {"error": f"1 of 1 rows are not valid. /inputs/0/data/3: {reason}"},
    )


def test_a_model_takes_its_features_as_float32() -> None:
    taken = []

    def remember(features: Features) -> Classes:
        taken.append((features.dtype.name, features.tolist()))
        return always_setosa(features)

    status, _ = infer(FakeClassifier(Unbounded(), remember), data=[15, 1, 0.1, 2])
    expected = np.array([15, 1, 0.1, 2], np.float32).tolist()
    assert (status, taken) == (200, [("float32", [expected])])


def test_a_failure_that_is_not_the_models_is_answered_too() -> None:
    response = error_response(ZeroDivisionError(), inference())
    error = {"error": f"The function failed. {SENT_AGAIN}"}
    assert (response.status, json.loads(response.body)) == (500, error)
