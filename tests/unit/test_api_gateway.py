import copy
from collections.abc import Mapping
from typing import Any

import pytest

from events.proxy_events import SOURCES, HttpRequest
from events.stored import read_event
from model_lambda.errors import UnsupportedEventError
from model_lambda.event_sources.api_gateway import (
    from_result,
    is_proxy_event,
    request_or_none,
    to_request,
    to_result,
)
from model_lambda.web_api.messages import Request, Response
from tests.contract.lambda_context import LambdaContext

REST_API = read_event("predict_setosa")
HTTP_API = read_event("http_api_predict")
FUNCTION_URL = read_event("function_url_predict")
REQUEST_ID = "3f2c9a4e-7b1d-4c58-9e06-d8a1b5c7f024"
FULL = HttpRequest(
    "POST",
    "/api/models/iris_model/predict",
    query=(("a", "1"), ("b", "2"), ("a", "3")),
    headers=(("X-One", "1"), ("X-Two", "2"), ("X-One", "3")),
    body="{}",
)


def _request(event: Mapping[str, Any], **changes: Any) -> Request:
    return to_request({**event, **changes})


@pytest.mark.parametrize("source", SOURCES)
def test_the_three_sources_make_the_same_request(source: str) -> None:
    request = to_request(SOURCES[source](FULL), LambdaContext(1234))
    assert (request.method, request.path, request.body) == ("POST", FULL.path, "{}")
    assert request.query == {"a": "1,3", "b": "2"}
    assert request.headers["x-one"] == "1,3"
    assert request.headers["x-two"] == "2"
    assert request.request_id == REQUEST_ID
    assert request.remaining_ms == 1234
    assert not request.body_is_base64


def test_a_rest_api_event_is_read_whole() -> None:
    event = {
        "httpMethod": "get",
        "path": "/a%20b",
        "headers": {"Accept": "*/*"},
        "queryStringParameters": {"q": "1"},
        "body": "e30=",
        "isBase64Encoded": True,
        "requestContext": {"requestId": "id-1"},
    }
    assert to_request(event, LambdaContext(5)) == Request(
        method="GET",
        path="/a b",
        headers={"accept": "*/*"},
        query={"q": "1"},
        body="e30=",
        body_is_base64=True,
        request_id="id-1",
        remaining_ms=5,
    )


def test_a_response_becomes_a_proxy_result() -> None:
    assert to_result(Response(201, "text", {"A": "b"})) == {
        "statusCode": 201,
        "headers": {"A": "b"},
        "body": "text",
        "isBase64Encoded": False,
    }


def test_a_proxy_result_is_read_back() -> None:
    response = Response(201, "text", {"A": "b"})
    assert from_result(to_result(response)) == response


def test_what_an_event_lacks_is_empty() -> None:
    request = to_request({"httpMethod": "GET", "path": "/"})
    assert request == Request("GET", "/")


@pytest.mark.parametrize("nothing", [None, [], "text", 1, True])
@pytest.mark.parametrize(
    "name",
    [
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "requestContext",
        "pathParameters",
    ],
)
def test_a_member_of_another_type_is_as_good_as_absent(name: str, nothing: Any) -> None:
    event = copy.deepcopy(REST_API)
    event.pop(name)
    assert to_request({**event, name: nothing}) == to_request(event)


def test_multi_value_headers_alone_are_enough() -> None:
    assert _request(REST_API, headers=None) == _request(REST_API)


def test_headers_alone_are_enough() -> None:
    assert _request(REST_API, multiValueHeaders=None) == _request(REST_API)


def test_header_values_that_are_no_text_are_left_out() -> None:
    request = _request(
        {"httpMethod": "GET", "path": "/"},
        headers={"A": 1, "B": None, "C": "c"},
        multiValueHeaders={"D": [1, "d"], "E": [], "F": "f", "G": [None]},
    )
    assert request.headers == {"c": "c", "d": "d"}


@pytest.mark.parametrize("body", [None, 1, True, {}, [], {"a": 1}])
def test_a_body_that_is_no_text_is_no_body(body: Any) -> None:
    assert _request(REST_API, body=body).body is None


@pytest.mark.parametrize("flag", [None, False, 1, "true", []])
def test_only_true_flags_base64(flag: Any) -> None:
    assert not _request(REST_API, isBase64Encoded=flag).body_is_base64


@pytest.mark.parametrize(
    ("stage", "path", "expected"),
    [
        ("dev", "/dev/api/models", "/api/models"),
        ("dev", "/api/models", "/api/models"),
        ("dev", "/develop/api", "/develop/api"),
        ("dev", "/dev/dev/api", "/dev/api"),
        ("$default", "/api/models", "/api/models"),
        (None, "/None/api", "/None/api"),
        (1, "/1/api", "/1/api"),
    ],
)
def test_format_2_puts_the_stage_in_front_of_the_path(stage: Any, path: str, expected: str) -> None:
    event = copy.deepcopy(HTTP_API)
    event["requestContext"]["stage"] = stage
    assert _request(event, rawPath=path).path == expected


PREDICT = "/api/models/{qualified_name}/predict"
IRIS = {"qualified_name": "iris_model"}
IRIS_PREDICT = "/api/models/iris_model/predict"
# version, stage, resource, path parameters, what stands in front of the path, the path.
# A REST API's event has no version, and the stage is not in its path.
PATHS_OF_FORMAT_1: dict[str, tuple[Any, ...]] = {
    "stage": (None, "dev", PREDICT, IRIS, "", IRIS_PREDICT),
    "test of the console": (None, "test-invoke-stage", "/api/models", None, "", "/api/models"),
    "base path": (None, "dev", PREDICT, IRIS, "/flowers", IRIS_PREDICT),
    "base path of three levels": (None, "dev", "/v2", None, "/flowers/v1/items", "/v2"),
    "base path like another route": (None, "dev", "/v2", None, "/api/models", "/v2"),
    "base path like the route": (None, "dev", "/api/models", None, "/api/models", "/api/models"),
    "stage and base path": (None, "dev", "/api/models", None, "/flowers/dev", "/api/models"),
    "greedy": (None, "dev", "/{proxy+}", {"proxy": "api/models"}, "/v2", "/api/models"),
    "greedy in part": (None, "dev", "/api/{rest+}", {"rest": "docs"}, "/flowers", "/api/docs"),
    "HTTP API's stage": ("1.0", "live", "/api/models", None, "/live", "/api/models"),
    "HTTP API's base path": ("1.0", "live", PREDICT, IRIS, "/flowers", IRIS_PREDICT),
    "HTTP API's greedy": ("1.0", "api", "/{proxy+}", {"proxy": "api/docs"}, "/api", "/api/docs"),
    "HTTP API's default": ("1.0", "live", "$default", None, "/live", "/api/models"),
    "HTTP API's default stage": ("1.0", "$default", "$default", None, "", "/api/models"),
    "stage like the path": ("1.0", "api", "/api/models", None, "", "/api/models"),
    "stage and path alike": ("1.0", "api", "/api/models", None, "/api", "/api/models"),
    # An unknown path stays one, whatever it ends with.
    "not in front": (None, "dev", "/{proxy+}", {"proxy": "a/api/models"}, "", "/a/api/models"),
    "stage in a REST API's path": (None, "dev", "/dev/api", None, "", "/dev/api"),
    "trailing slash": (None, "dev", "/api/models", None, "", "/api/models/"),
    "base path and trailing slash": (None, "dev", "/v2", None, "", "/flowers/v2/"),
    "part of a segment": (None, "dev", "api/models", None, "", "/flapi/models"),
    "parameters are absent": (None, "dev", PREDICT, None, "", f"/f{IRIS_PREDICT}"),
    "parameters differ": (None, "dev", PREDICT, {"qualified_name": "a"}, "", f"/f{IRIS_PREDICT}"),
    "resource is no text": (None, "dev", 1, IRIS, "", "/f/api/models"),
}


@pytest.mark.parametrize("case", PATHS_OF_FORMAT_1.values(), ids=PATHS_OF_FORMAT_1.keys())
def test_the_resource_tells_what_stands_in_front_of_a_path_of_format_1(
    case: tuple[Any, ...],
) -> None:
    version, stage, resource, parameters, front, path = case
    event = {**REST_API, "version": version, "resource": resource, "pathParameters": parameters}
    event["requestContext"] = {**REST_API["requestContext"], "stage": stage}
    assert _request(event, path=f"{front}{path}").path == path


@pytest.mark.parametrize("front", ["", "/dev", "/flowers", "/api", "/v2/models"])
@pytest.mark.parametrize(
    ("route", "parameters"), [(f"POST {PREDICT}", IRIS), ("ANY /{all+}", {"all": "api/models"})]
)
def test_the_route_key_tells_what_stands_in_front_of_a_path_of_format_2(
    route: str, parameters: dict[str, str], front: str
) -> None:
    path = "/api/models" if "all" in parameters else IRIS_PREDICT
    event = {**HTTP_API, "routeKey": route, "pathParameters": parameters}
    event["requestContext"] = {**HTTP_API["requestContext"], "stage": "dev"}
    assert _request(event, rawPath=f"{front}{path}").path == path


@pytest.mark.parametrize("sent", ["iris%20model", "iris model"])
@pytest.mark.parametrize("value", ["iris%20model", "iris model"])
def test_a_parameter_is_the_same_encoded_or_not(sent: str, value: str) -> None:
    event = {**REST_API, "pathParameters": {"qualified_name": value}}
    path = _request(event, path=f"/flowers/api/models/{sent}/predict").path
    assert path == "/api/models/iris model/predict"


@pytest.mark.parametrize(
    "request_id", ["a b", "a\nb", "\u82b1", "", "a" * 129, 1, None, '"', "<b>", "a\n"]
)
def test_a_request_id_that_is_not_safe_to_repeat_gives_way_to_lambdas(request_id: Any) -> None:
    event = copy.deepcopy(REST_API)
    event["requestContext"]["requestId"] = request_id
    assert to_request(event, LambdaContext()).request_id == LambdaContext().aws_request_id
    assert to_request(event).request_id == ""


def test_a_request_id_may_have_128_characters() -> None:
    event = copy.deepcopy(REST_API)
    event["requestContext"]["requestId"] = "a" * 128
    assert to_request(event, LambdaContext()).request_id == "a" * 128


def test_without_a_context_the_remaining_time_is_unknown() -> None:
    assert to_request(REST_API).remaining_ms is None


@pytest.mark.parametrize("event", [REST_API, HTTP_API, FUNCTION_URL])
def test_http_requests_are_recognised(event: Any) -> None:
    assert is_proxy_event(event)


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        [REST_API],
        "GET /",
        1,
        {},
        {"warmup": True},
        {"httpMethod": "GET"},
        {"path": "/"},
        {"httpMethod": 1, "path": "/"},
        {"httpMethod": "GET", "path": None},
        {**HTTP_API, "version": "1.0"},
        {**HTTP_API, "rawPath": None},
        {**HTTP_API, "requestContext": {"http": {"method": None}}},
        {**HTTP_API, "requestContext": {"http": "POST"}},
        {**HTTP_API, "requestContext": None},
        {**REST_API, "type": "REQUEST"},
        {**REST_API, "methodArn": "arn"},
        {**HTTP_API, "routeArn": "arn"},
        {**REST_API, "requestContext": {"elb": {}}},
        {**REST_API, "requestContext": {"connectionId": "L0SM9c"}},
    ],
)
def test_other_events_are_not(event: Any) -> None:
    assert not is_proxy_event(event)
    assert request_or_none(event) is None


def test_an_event_of_neither_format_makes_no_request() -> None:
    with pytest.raises(UnsupportedEventError):
        to_request({"Records": []})
