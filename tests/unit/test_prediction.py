"""One broken model is the same failure to every source."""

import json
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from events.catalogue.open_inference import INFER, tensor
from model_lambda.config import Settings
from model_lambda.errors import DeadlineError, PredictionError
from model_lambda.ml_model import MLModel
from model_lambda.model_runtimes import Classes
from model_lambda.prediction import classify, predict
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request, Response
from tests.unit.fake_classifier import FakeClassifier, Features, always_setosa
from tests.unit.flower_rows import SETOSA, ScriptedModel, manager_of

SENT_AGAIN = "Nothing was wrong with the request. It may be sent again."
ONE_ROW = np.array([list(SETOSA.values())], np.float32)


def _raises(error: Exception) -> Callable[[Features], Any]:
    def run(_features: Features) -> Any:
        raise error

    return run


def _gives(indices: Any, probabilities: Any) -> Callable[[Features], Any]:
    return lambda _features: Classes(indices, probabilities)


SHARES = np.array([[1, 0, 0]], np.float32)
SETOSA_INDEX = np.array([0])
BROKEN_RUNTIMES: dict[str, Callable[[Features], Any]] = {
    "raises": _raises(RuntimeError("secret")),
    "raises what a controller raises": _raises(PredictionError("secret")),
    "recurses": _raises(RecursionError()),
    "is out of memory": _raises(MemoryError()),
    "gives nothing": lambda _features: None,
    "gives lists": _gives([0], [[1, 0, 0]]),
    "gives no row": _gives(SETOSA_INDEX[1:], SHARES[1:]),
    "gives a row more": _gives(np.array([0, 0]), np.repeat(SHARES, 2, axis=0)),
    "gives a label more": _gives(np.array([0, 0]), SHARES),
    "gives a class less": _gives(SETOSA_INDEX, SHARES[:, 1:]),
    "gives probabilities of one dimension": _gives(SETOSA_INDEX, SHARES[0]),
    "gives labels of two dimensions": _gives(np.array([[0]]), SHARES),
    "gives a scalar": _gives(np.int64(0), SHARES),
    "gives NaN": _gives(SETOSA_INDEX, SHARES * np.nan),
    "gives infinity": _gives(SETOSA_INDEX, SHARES + np.inf),
    "gives NaN for a class": _gives(np.array([np.nan]), SHARES),
    "gives a class beyond the last": _gives(np.array([3]), SHARES),
    "gives a class before the first": _gives(np.array([-1]), SHARES),
    "gives a label for a class": _gives(np.array(["setosa"]), SHARES),
    "gives text for probabilities": _gives(SETOSA_INDEX, np.array([["a", "b", "c"]])),
}


class OtherClassifier(FakeClassifier):
    """Classifies in its own way, past the checks that classifiers share."""

    def __init__(self, run: Callable[[Features], Any]) -> None:
        super().__init__()
        self._run = run

    def classify(self, features: Features) -> Classes:
        """What a function gives."""
        classes: Classes = self._run(features)
        return classes


def _answers(model: MLModel) -> tuple[Response, Response]:
    """From /api, with probabilities, and from /v2."""
    application = Application(Services(manager_of(model), Settings()))
    path = f"/api/models/{model.qualified_name}/predict"
    row, probabilities = json.dumps(SETOSA), {"probabilities": "true"}
    inference = json.dumps({"inputs": [tensor(data=list(SETOSA.values()))]})
    return (
        application.respond(Request("POST", path, query=probabilities, body=row)),
        application.respond(Request("POST", INFER, body=inference)),
    )


@pytest.mark.parametrize("run", BROKEN_RUNTIMES.values(), ids=BROKEN_RUNTIMES.keys())
@pytest.mark.parametrize("classifier", [lambda run: FakeClassifier(run=run), OtherClassifier])
def test_a_broken_model_is_a_prediction_error_in_the_words_of_each_api(
    classifier: Any, run: Callable[[Features], Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        api, v2 = _answers(classifier(run))
    assert (api.status, json.loads(api.body)["type"]) == (500, "/problems/prediction-error")
    expected = {"error": f"The model failed. {SENT_AGAIN}"}
    assert (v2.status, json.loads(v2.body)) == (500, expected)
    assert len(caplog.records) == 2
    for record in caplog.records:
        assert record.message.startswith("request failed\nTraceback (most recent call last):")
        assert "PredictionError" in record.message


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int8, np.bool_])
def test_numbers_of_other_numpy_types_are_answered_as_plain_ones(dtype: type) -> None:
    run = _gives(np.array([0], np.uint8), SHARES.astype(dtype))
    api, v2 = _answers(FakeClassifier(run=run))
    assert json.loads(api.body)["probabilities"] == {"setosa": 1, "versicolor": 0, "virginica": 0}
    label, probabilities = json.loads(v2.body)["outputs"]
    assert (label["data"], probabilities["data"]) == (["setosa"], [1, 0, 0])


@pytest.mark.parametrize("prediction", [None, "setosa", ["setosa"], [("species", "setosa")]])
def test_a_prediction_that_is_no_object_is_no_answer(prediction: Any) -> None:
    model = type("Model", (ScriptedModel,), {"answer": staticmethod(lambda _rows: [prediction])})
    with pytest.raises(PredictionError, match="a prediction that is no object"):
        predict(model(), [SETOSA], list)


def test_an_answer_that_cannot_be_written_is_the_models_failure() -> None:
    def write(_answer: Any) -> Any:
        raise ValueError("NaN")

    asked: list[Callable[[], Any]] = [
        lambda: predict(ScriptedModel(), [SETOSA], write),
        lambda: classify(FakeClassifier(), ONE_ROW, write),
    ]
    for ask in asked:
        with pytest.raises(PredictionError, match="_model failed") as raised:
            ask()
        assert isinstance(raised.value.__cause__, ValueError)


def test_an_error_of_ours_stays_what_it_is() -> None:
    def write(_answer: Any) -> Any:
        raise DeadlineError("no time left")

    with pytest.raises(DeadlineError, match="no time left"):
        classify(FakeClassifier(), ONE_ROW, write)


def test_what_was_written_is_given_back() -> None:
    assert predict(ScriptedModel(), [SETOSA] * 2, len) == 2
    assert classify(FakeClassifier(run=always_setosa), ONE_ROW, type) is Classes
