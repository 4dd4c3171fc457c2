"""Nothing of a request stands in its refusal, wherever the request carries it."""

import base64
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from events.proxy_events import SOURCES, HttpRequest
from events.stored import read_event
from model_lambda.lambda_function import lambda_handler
from tests.contract.lambda_context import LambdaContext
from tests.contract.reply_rules import broken_rules, echoed

MARKER = "Zq7Marker"
PREDICT = "/api/models/iris_model/predict"
PREDICTIONS = "/api/models/iris_model/predictions"
INFER = "/v2/models/iris_model/infer"
FLOWER = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
TENSOR = {"name": "features", "shape": [1, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2]}
JSON = (("Content-Type", "application/json"),)

BODIES: dict[str, Any] = {
    "a field name": {**FLOWER, MARKER: 1},
    "a field value": {**FLOWER, "sepal_length": MARKER},
    "a text": MARKER,
    "a list": [MARKER],
    "a row": {"rows": [MARKER]},
    "a field of a row": {"rows": [{**FLOWER, MARKER: 1}]},
    "a member beside the rows": {"rows": [], MARKER: 1},
    "a tensor": {"inputs": [MARKER]},
    "a member beside the tensors": {"inputs": [TENSOR], MARKER: 1},
    "the name of a tensor": {"inputs": [{**TENSOR, "name": MARKER}]},
    "a datatype": {"inputs": [{**TENSOR, "datatype": MARKER}]},
    "a shape": {"inputs": [{**TENSOR, "shape": [MARKER]}]},
    "the data of a tensor": {"inputs": [{**TENSOR, "data": [MARKER] * 4}]},
    "the name of an output": {"inputs": [TENSOR], "outputs": [{"name": MARKER}]},
    "an id that is no text": {"id": [MARKER], "inputs": [TENSOR]},
    "parameters": {"inputs": [TENSOR], "parameters": MARKER},
}
REQUESTS = {
    "the path": HttpRequest("GET", f"/{MARKER}"),
    "a path below": HttpRequest("GET", f"/api/models/{MARKER}"),
    "a path of the protocol": HttpRequest("GET", f"/v2/{MARKER}"),
    "a model's name": HttpRequest("POST", f"/api/models/{MARKER}/predict", headers=JSON, body="{}"),
    "a model's name in metadata": HttpRequest("GET", f"/api/models/{MARKER}/metadata"),
    "a model's name in the protocol": HttpRequest("GET", f"/v2/models/{MARKER}"),
    "a model's version": HttpRequest("GET", f"/v2/models/iris_model/versions/{MARKER}"),
    "the method": HttpRequest(MARKER, PREDICT),
    "a query value": HttpRequest(
        "POST", PREDICT, (("probabilities", MARKER),), JSON, json.dumps(FLOWER)
    ),
    "the content type": HttpRequest("POST", PREDICT, (), (("Content-Type", MARKER),), "{}"),
    "a charset": HttpRequest(
        "POST", PREDICT, (), (("Content-Type", f"application/json; charset={MARKER}"),), "{}"
    ),
    "the encoding": HttpRequest("POST", PREDICT, (), (("Content-Encoding", MARKER),), "{}"),
    "an origin": HttpRequest("GET", "/nowhere", headers=(("Origin", f"https://{MARKER}"),)),
    "a body that is no JSON": HttpRequest("POST", PREDICT, headers=JSON, body=MARKER),
    "bytes that are no JSON": HttpRequest("POST", PREDICT, headers=JSON, body=MARKER.encode()),
    **{
        f"{name} at {path}": HttpRequest("POST", path, headers=JSON, body=json.dumps(document))
        for name, document in BODIES.items()
        for path in (PREDICT, PREDICTIONS, INFER)
    },
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", REQUESTS)
def test_a_refusal_echoes_nothing_of_a_request(name: str, source: str) -> None:
    _check(SOURCES[source](REQUESTS[name]))


def test_base64_that_is_none_is_not_echoed() -> None:
    event = SOURCES["rest_api"](HttpRequest("POST", PREDICT, headers=JSON, body=b"{}"))
    _check({**event, "body": f"*{MARKER}*"})
    _check({**event, "body": base64.b64encode(MARKER.encode() + b"\xff").decode()})


def _check(event: Any) -> None:
    reply: Any = lambda_handler(event, LambdaContext())
    assert reply["statusCode"] >= 400
    assert broken_rules(reply) == []
    assert not echoed(reply, MARKER)
    assert not echoed(reply, MARKER.lower())
    assert not echoed(reply, MARKER.upper())


def _texts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every text in an event."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from _texts(value[key], (*path, key))


# The gateway makes it, and an error gives it back as its instance.
REQUEST_ID = ("requestContext", "requestId")
PLACES = [
    (name, place)
    for name in ("missing_field", "http_api_predict")
    for place in _texts(read_event(name))
    if place != REQUEST_ID
]


@pytest.mark.parametrize(
    ("name", "place"), PLACES, ids=lambda value: ".".join(map(str, value)) if value else ""
)
def test_no_text_of_an_event_is_echoed(name: str, place: tuple[Any, ...]) -> None:
    event = copy.deepcopy(read_event(name))
    *parents, last = place
    target = event
    for key in parents:
        target = target[key]
    target[last] += MARKER
    if place == ("version",):
        with pytest.raises(ValueError, match="no source") as raised:
            lambda_handler(event, LambdaContext())
        assert MARKER not in str(raised.value)
        return
    reply: Any = lambda_handler(event, LambdaContext())
    assert broken_rules(reply) == []
    assert not echoed(reply, MARKER)
