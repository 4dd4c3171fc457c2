"""The Open Inference Protocol gives the answers of /api in another form."""

import json
from typing import Any

import numpy as np
import onnxruntime
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue.open_inference import INFER, MODEL, tensor
from events.proxy_events import HttpRequest, rest_api_event
from model_lambda.lambda_function import lambda_handler
from tests.unit.model_folders import PATHS

FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
PREDICT = "/api/models/iris_model/predict"
PREDICTIONS = "/api/models/iris_model/predictions"
Row = tuple[float, ...]

NEAR_THE_BOUNDS = st.sampled_from(
    [0.1, 15.0, 15, float(np.nextafter(0.1, 0)), float(np.nextafter(15.0, 16)), 0, -0.0, 2**53 + 1]
)
ALLOWED = st.floats(0.1, 15.0)
ANY_NUMBER = st.one_of(
    ALLOWED, NEAR_THE_BOUNDS, st.floats(allow_nan=False, allow_infinity=False), st.integers()
)


def handled(request: HttpRequest) -> dict[str, Any]:
    """What the function returns."""
    result = lambda_handler(rest_api_event(request), None)
    assert result is not None
    return result


def inferred(rows: list[Row], datatype: str = "FP64") -> dict[str, Any]:
    """What the protocol answers to some rows."""
    one = tensor(shape=[len(rows), 4], datatype=datatype, data=rows)
    return handled(HttpRequest("POST", INFER, body=json.dumps({"inputs": [one]})))


def named(row: Row) -> dict[str, float]:
    """A row as /api takes it."""
    return dict(zip(FEATURES, row, strict=True))


def test_metadata_is_that_of_the_onnx_file() -> None:
    content = PATHS["onnx"].read_bytes()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    metadata = json.loads(handled(HttpRequest("GET", MODEL))["body"])
    for kind, tensors in (("inputs", session.get_inputs()), ("outputs", session.get_outputs())):
        described = [(one["name"], [None, *one["shape"][1:]]) for one in metadata[kind]]
        assert [(one.name, one.shape) for one in tensors] == described


@given(st.lists(st.tuples(*[ALLOWED] * 4), max_size=20))
def test_infers_what_predictions_predicts(rows: list[Row]) -> None:
    label, probabilities = json.loads(inferred(rows)["body"])["outputs"]
    body = json.dumps({"rows": [named(row) for row in rows]})
    asked = HttpRequest("POST", PREDICTIONS, query=[("probabilities", "true")], body=body)
    predictions = json.loads(handled(asked)["body"])["predictions"]
    assert label["data"] == [one["species"] for one in predictions]
    assert probabilities["data"] == [
        share for one in predictions for share in one["probabilities"].values()
    ]


@given(st.tuples(*[ANY_NUMBER] * 4), st.sampled_from(["FP32", "FP64"]))
def test_refuses_exactly_the_rows_that_predict_refuses(row: Row, datatype: str) -> None:
    predicted = handled(HttpRequest("POST", PREDICT, body=json.dumps(named(row))))
    assert inferred([row], datatype)["statusCode"] == predicted["statusCode"]
