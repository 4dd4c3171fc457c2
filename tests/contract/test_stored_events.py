"""The events of this project's guide: their shape, and that they are answered as stored."""

from typing import Any

import pytest

from events.comparison import difference
from events.stored import event_names, read_event, read_response, stored_events
from model_lambda.lambda_function import lambda_handler
from tests.contract.lambda_context import LambdaContext

REST_API_FIELDS = {
    "resource",
    "path",
    "httpMethod",
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "multiValueQueryStringParameters",
    "pathParameters",
    "stageVariables",
    "requestContext",
    "body",
    "isBase64Encoded",
}
REST_API_CONTEXT_FIELDS = {
    "accountId",
    "apiId",
    "deploymentId",
    "domainName",
    "domainPrefix",
    "extendedRequestId",
    "httpMethod",
    "identity",
    "path",
    "protocol",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "resourceId",
    "resourcePath",
    "stage",
}
FORMAT_2_CONTEXT_FIELDS = {
    "accountId",
    "apiId",
    "domainName",
    "domainPrefix",
    "http",
    "requestId",
    "routeKey",
    "stage",
    "time",
    "timeEpoch",
}
REST_API_EVENTS = [name for name in event_names() if "httpMethod" in read_event(name)]
FORMAT_2_EVENTS = [name for name in event_names() if read_event(name).get("version") == "2.0"]


def _answer(event: Any) -> Any:
    """What Lambda reports: the return value, or the error."""
    try:
        return lambda_handler(event, LambdaContext())
    except ValueError as error:
        return {"errorType": type(error).__name__, "errorMessage": str(error)}


@pytest.mark.iris_model
@pytest.mark.parametrize("name", event_names())
def test_an_event_is_answered_as_stored_beside_it(name: str) -> None:
    assert difference(read_response(name), _answer(read_event(name))) is None


def test_the_guide_has_an_event_for_each_step() -> None:
    assert {name for name, _, _ in stored_events()} >= {
        "list_models",
        "metadata",
        "predict_setosa",
        "predict_versicolor",
        "predict_virginica",
        "predict_probabilities",
        "unknown_model",
        "missing_field",
        "bad_json",
        "null_body",
        "base64_body",
        "unknown_route",
        "sns_event",
        "warmup",
    }


@pytest.mark.parametrize("name", REST_API_EVENTS)
def test_a_rest_api_event_has_the_full_shape(name: str) -> None:
    event = read_event(name)
    assert event.keys() == REST_API_FIELDS
    assert event["requestContext"].keys() == REST_API_CONTEXT_FIELDS
    assert event["multiValueHeaders"] == {n: [value] for n, value in event["headers"].items()}


@pytest.mark.parametrize("name", FORMAT_2_EVENTS)
def test_a_format_2_event_has_the_full_shape(name: str) -> None:
    event = read_event(name)
    assert event.keys() >= {"version", "routeKey", "rawPath", "rawQueryString", "headers"}
    assert event["requestContext"].keys() == FORMAT_2_CONTEXT_FIELDS
    assert all(header == header.lower() for header in event["headers"])


def test_both_formats_are_stored() -> None:
    assert len(REST_API_EVENTS) >= 12
    assert len(FORMAT_2_EVENTS) >= 2
