"""One broken model is the same failure to every source."""

import json
import logging
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from marshmallow import Schema

from deploy.commands import PROJECT
from events.catalogue.open_inference import INFER, tensor
from model_lambda.columns import Columns
from model_lambda.config import Settings
from model_lambda.engines import Output
from model_lambda.engines.arrays import checked
from model_lambda.errors import DeadlineError, FieldError, PredictionError, SchemaError
from model_lambda.ml_model import MLModel
from model_lambda.observability import begin_facts
from model_lambda.packaged_model import PackagedModel, load_packaged_model
from model_lambda.prediction import (
    find_model,
    predict_columns,
    predict_row,
    predict_rows,
    refuse_if_late,
)
from model_lambda.schema_fields import StrictFloat
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request, Response
from tests.unit.fake_classifier import Classes, FakeClassifier, Features
from tests.unit.flower_rows import SETOSA, ScriptedModel, manager_of

SENT_AGAIN = "Nothing was wrong with the request. It may be sent again."


def _raises(error: Exception) -> Callable[[Features], Any]:
    def run(_features: Features) -> Any:
        raise error

    return run


def _gives(indices: Any, probabilities: Any) -> Callable[[Features], Any]:
    return lambda _features: Classes(indices, probabilities)


SHARES = np.array([[1, 0, 0]], np.float32)
SETOSA_INDEX = np.array([0])
BROKEN_ENGINES: dict[str, Callable[[Features], Any]] = {
    "raises": _raises(RuntimeError("secret")),
    "raises what a controller raises": _raises(PredictionError("secret")),
    "recurses": _raises(RecursionError()),
    "is out of memory": _raises(MemoryError()),
    "gives nothing": lambda _features: None,
    "gives no row": _gives(SETOSA_INDEX[1:], SHARES[1:]),
    "gives a row more": _gives(np.array([0, 0]), np.repeat(SHARES, 2, axis=0)),
    "gives a label more": _gives(np.array([0, 0]), SHARES),
    "gives a class less": _gives(SETOSA_INDEX, SHARES[:, 1:]),
    "gives probabilities of one dimension": _gives(SETOSA_INDEX, SHARES[0]),
    "gives labels of two dimensions": _gives(np.array([[0, 0]]), SHARES),
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
    """Classifies in its own way, past the checks that engines share."""

    def __init__(self, run: Callable[[Features], Any]) -> None:
        super().__init__(run=run)
        self._function = run

    def predict_batch(self, rows: Any, *, probabilities: bool = False) -> Any:
        """What a function gives, as it is."""
        classes = self._function(np.array([list(row.values()) for row in rows], np.float32))
        labels = self.manifest.answer.labels
        label_of = dict(enumerate(labels))
        shares = [dict(zip(labels, map(float, row), strict=True)) for row in classes.probabilities]
        return [
            {"species": label_of[index], "probabilities": row}
            for index, row in zip(classes.indices, shares, strict=True)
        ]


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


@pytest.mark.parametrize("run", BROKEN_ENGINES.values(), ids=BROKEN_ENGINES.keys())
@pytest.mark.parametrize("classifier", [FakeClassifier, OtherClassifier])
def test_a_broken_model_is_a_prediction_error_in_the_words_of_each_api(
    classifier: Any, run: Callable[[Features], Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        api, v2 = _answers(classifier(run=run))
    assert (api.status, json.loads(api.body)["type"]) == (500, "/problems/prediction-error")
    expected = {"error": f"The model failed. {SENT_AGAIN}"}
    assert (v2.status, json.loads(v2.body)) == (500, expected)
    assert len(caplog.records) == 2
    for record in caplog.records:
        assert record.message.startswith("request failed\nTraceback (most recent call last):")
        assert "PredictionError" in record.message


@pytest.mark.parametrize("share", [np.nan, np.inf])
def test_a_label_alone_of_probabilities_that_are_no_numbers_is_no_answer(share: float) -> None:
    application = Application(
        Services(manager_of(FakeClassifier(run=_gives(SETOSA_INDEX, SHARES + share))), Settings())
    )
    path, body = "/api/models/iris_model/predict", json.dumps(SETOSA)
    assert application.respond(Request("POST", path, body=body)).status == 500
    label_only = {"inputs": [tensor(data=list(SETOSA.values()))], "outputs": [{"name": "label"}]}
    assert application.respond(Request("POST", INFER, body=json.dumps(label_only))).status == 500


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
        predict_row(model(), SETOSA, dict)


@cache
def penguins() -> PackagedModel:
    """A packaged model, which takes rows by column, too."""
    return load_packaged_model(PROJECT / "training" / "reference" / "penguins" / "1.0")


def golden_columns(row_count: int) -> Columns:
    """The first golden row of the penguins, again and again."""
    row = penguins().manifest.golden_predictions[0].row
    return Columns({name: [value] * row_count for name, value in row.items()}, row_count)


ASKED: list[Callable[[Any], Any]] = [
    lambda write: predict_columns(
        penguins(), golden_columns(2), lambda columns: write(columns["species"]), _in_rows
    ),
    lambda write: predict_row(ScriptedModel(), SETOSA, write),
    lambda write: predict_rows(FakeClassifier(), [SETOSA, SETOSA], write, _in_rows),
]


def _in_rows(index: int, reason: FieldError) -> FieldError:
    return FieldError(f"/{index}{reason.pointer}", reason.detail)


@pytest.mark.parametrize("ask", ASKED)
def test_an_answer_that_cannot_be_written_is_the_models_failure(ask: Callable[[Any], Any]) -> None:
    def write(_answer: Any) -> Any:
        raise ValueError("NaN")

    with pytest.raises(PredictionError, match="failed") as raised:
        ask(write)
    assert isinstance(raised.value.__cause__, ValueError)


@pytest.mark.parametrize("ask", ASKED)
def test_an_error_of_ours_stays_what_it_is(ask: Callable[[Any], Any]) -> None:
    def write(_answer: Any) -> Any:
        raise DeadlineError("no time left")

    with pytest.raises(DeadlineError, match="no time left"):
        ask(write)


@pytest.mark.parametrize("ask", ASKED)
def test_what_was_written_is_given_back(ask: Callable[[Any], Any]) -> None:
    assert ask(len) in (1, 2)


def test_of_a_bad_row_all_reasons_are_given_and_of_bad_rows_the_first_of_ten() -> None:
    model = ScriptedModel()
    with pytest.raises(SchemaError, match="the row is not valid") as one:
        predict_row(model, {}, dict)
    assert len(one.value.errors) == 4
    with pytest.raises(SchemaError, match="more than 10 of 12 rows are not valid") as many:
        predict_rows(model, [SETOSA, *[{}] * 11], list, _in_rows)
    assert [error.pointer for error in many.value.errors] == [
        f"/{index}/sepal_length" for index in range(1, 11)
    ]


def test_rows_that_come_by_column_are_refused_and_noted_as_others_are() -> None:
    facts, columns = begin_facts(), golden_columns(12)
    assert predict_columns(penguins(), columns, len, _in_rows, probabilities=True) == 2
    assert facts == {"rows": 12}
    bad = Columns({**columns.values, "island": ["Torgersen", *["?"] * 11]}, 12)
    with pytest.raises(SchemaError) as by_column:
        predict_columns(penguins(), bad, len, _in_rows)
    with pytest.raises(SchemaError, match="more than 10 of 12 rows are not valid") as as_objects:
        predict_rows(penguins(), list(bad.rows()), len, _in_rows)
    assert str(by_column.value) == str(as_objects.value)
    assert by_column.value.errors == as_objects.value.errors
    assert by_column.value.errors[0].pointer == "/1/island"


@pytest.mark.parametrize("count", [3, 100])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_none_is_found_among_few_and_many(count: int, bad: float) -> None:
    output, large = Output("score", 1, None), np.full(count, 1.7e308)
    assert checked(output, large, count) is large
    for place in (0, count - 1):
        numbers = np.zeros(count, np.float32)
        numbers[place] = bad
        with pytest.raises(PredictionError, match="not finite"):
            checked(output, numbers, count)
    with pytest.raises(PredictionError, match="not finite"):
        checked(output, np.array([np.inf, -np.inf, *[0.0] * (count - 2)]), count)


def test_what_the_schema_takes_and_the_engine_does_not_is_a_bad_row() -> None:
    class Unbounded(Schema):
        sepal_length = sepal_width = petal_length = petal_width = StrictFloat(required=True)

    model = FakeClassifier(Unbounded())
    assert model.refusals([SETOSA]) == {}
    reason = "Must be greater than or equal to 0.1 and less than or equal to 15.0."
    refused = FieldError("/petal_width", reason)
    assert model.refusals([SETOSA, {**SETOSA, "petal_width": 1e39}]) == {1: [refused]}
    assert model.refusals([{**SETOSA, "petal_width": 15.1}]) == {0: [refused]}


def test_nothing_is_begun_that_may_not_be_finished() -> None:
    refuse_if_late(None, 200)
    refuse_if_late(200, 200)
    with pytest.raises(DeadlineError, match="199 ms are left"):
        refuse_if_late(199, 200)


def test_what_is_asked_of_whom_is_noted_for_the_log() -> None:
    model = ScriptedModel()
    facts = begin_facts()
    found = find_model(manager_of(model), "scripted_model")
    predict_rows(found, [SETOSA] * 3, list, _in_rows)
    assert facts == {"model": model, "rows": 3}
