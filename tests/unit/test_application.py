import json
import logging
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from model_lambda.config import Settings
from model_lambda.errors import PredictionError
from model_lambda.ml_model import Row
from model_lambda.model_manager import ModelManager
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request, Response
from tests.unit.flower_rows import SETOSA, application_of, post

BODY = json.dumps(SETOSA)
COMMON_HEADERS = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
FAILED = {
    "type": "/problems/prediction-error",
    "title": "The model failed.",
    "status": 500,
    "detail": "Nothing was wrong with the request. It may be sent again.",
}


def _document(response: Response) -> Any:
    return json.loads(response.body)


def _setosa(rows: Sequence[Row]) -> Any:
    return [{"species": "setosa"} for _ in rows]


def _raises(rows: Sequence[Row]) -> Any:
    raise KeyError("what the client must not see")


def test_every_response_has_the_common_headers() -> None:
    response = application_of(_setosa).respond(post("predict", BODY))
    assert response.headers == {**COMMON_HEADERS, "Content-Type": "application/json"}


def test_the_allowed_origin_is_a_setting() -> None:
    settings = Settings(cors_allow_origin="https://example.com")
    response = application_of(_setosa, settings).respond(post("predict", BODY))
    assert response.headers["Access-Control-Allow-Origin"] == "https://example.com"


BROKEN_ANSWERS = {
    "raises": _raises,
    "raises an error of ours": lambda _rows: (_ for _ in ()).throw(PredictionError("broken")),
    "gives NaN": lambda _rows: [{"species": float("nan")}],
    "gives infinity": lambda _rows: [{"species": float("inf")}],
    "gives NumPy's NaN": lambda _rows: [{"species": np.float32("nan")}],
    "gives a set": lambda _rows: [{"species": {"setosa"}}],
    "gives bytes": lambda _rows: [{"species": b"setosa"}],
    "gives nothing": lambda _rows: None,
    "gives too few": lambda _rows: [],
    "gives too many": lambda _rows: [{"species": "setosa"}] * 2,
    "recurses": lambda _rows: _endless(),
    "runs out of memory": lambda _rows: (_ for _ in ()).throw(MemoryError),
}


def _endless() -> Any:
    endless: list[Any] = []
    endless.append(endless)
    return endless


@pytest.mark.parametrize("answer", BROKEN_ANSWERS.values(), ids=BROKEN_ANSWERS.keys())
@pytest.mark.parametrize(
    ("path", "body"), [("predict", BODY), ("predictions", json.dumps({"rows": [SETOSA]}))]
)
def test_a_model_that_fails_is_a_500_and_logged_with_its_traceback(
    answer: Any, path: str, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = application_of(answer).respond(post(path, body))
    assert (response.status, _document(response)) == (500, FAILED)
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert record.message.startswith("request failed\nTraceback (most recent call last):")
    assert "PredictionError" in record.message


def test_what_the_model_raised_is_in_the_log_and_not_in_the_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = application_of(_raises).respond(post("predict", BODY))
    assert "must not see" not in response.body
    assert "KeyError: 'what the client must not see'" in caplog.text
    assert "in _raises" in caplog.text


def test_after_a_failure_the_next_request_is_answered() -> None:
    answers = iter([None, [{"species": "setosa"}]])
    application = application_of(lambda _rows: next(answers))
    assert application.respond(post("predict", BODY)).status == 500
    assert application.respond(post("predict", BODY)).status == 200


def test_numpy_values_become_plain_json() -> None:
    numbers = {
        "float32": np.float32(0.5),
        "float64": np.float64(0.25),
        "int64": np.int64(7),
        "bool": np.bool_(True),
        "text": np.str_("setosa"),
        "array": np.array([[1.0, 2.0]]),
    }
    response = application_of(lambda _rows: [numbers]).respond(post("predict", BODY))
    assert _document(response) == {
        "float32": 0.5,
        "float64": 0.25,
        "int64": 7,
        "bool": True,
        "text": "setosa",
        "array": [[1.0, 2.0]],
    }


def test_text_beyond_ascii_is_escaped() -> None:
    response = application_of(lambda _rows: [{"species": "\u82b1\ud800"}]).respond(
        post("predict", BODY)
    )
    assert response.body == r'{"species": "\u82b1\ud800"}'


@pytest.mark.parametrize(
    ("remaining_ms", "status"), [(0, 503), (199, 503), (200, 200), (None, 200)]
)
def test_too_little_time_left_is_a_503(remaining_ms: int | None, status: int) -> None:
    request = post("predict", BODY, remaining_ms=remaining_ms)
    response = application_of(_setosa).respond(request)
    assert response.status == status
    assert response.headers.get("Retry-After") == ("1" if status == 503 else None)


def test_the_reserve_of_time_is_a_setting() -> None:
    settings = Settings(deadline_reserve_ms=5_000)
    request = post("predict", BODY, remaining_ms=4_999)
    assert application_of(_setosa, settings).respond(request).status == 503


def test_a_model_is_not_asked_when_time_is_short() -> None:
    asked: list[Any] = []
    application_of(asked.append).respond(post("predict", BODY, remaining_ms=0))
    assert asked == []


class DamagedManager(ModelManager):
    """Fails where no failure is foreseen."""

    def get_models(self) -> Any:
        raise ZeroDivisionError


def test_an_unforeseen_error_is_a_500() -> None:
    application = Application(Services(DamagedManager(), Settings()))
    response = application.respond(Request("GET", "/api/models"))
    assert response.status == 500
    assert _document(response)["type"] == "/problems/internal-error"


def test_head_is_get_without_its_body() -> None:
    application = application_of(_setosa)
    got = application.respond(Request("GET", "/api/models"))
    head = application.respond(Request("HEAD", "/api/models"))
    assert head == Response(got.status, "", got.headers)


def test_a_refusal_is_logged_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    application_of(_setosa).respond(post("predict", "{"))
    refused, answered = caplog.records
    assert refused.message == "request refused"
    assert refused.__dict__["reason"] == "MalformedJsonError: the body is not a JSON document"
    assert (refused.levelno, refused.exc_info) == (logging.INFO, None)
    assert answered.__dict__["status"] == 400


def test_each_answer_is_one_log_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    clock = SimpleNamespace(perf_counter=iter([100.0, 100.0123456]).__next__)
    monkeypatch.setattr("model_lambda.web_api.application.time", clock)
    application_of(_setosa).respond(post("predict", BODY, request_id="id-1"))
    (record,) = caplog.records
    fields = record.__dict__
    assert fields["message"] == "request answered"
    assert (fields["method"], fields["path"]) == ("POST", "/api/models/scripted_model/predict")
    assert (fields["status"], fields["duration_ms"]) == (200, 12.346)
    assert (fields["model"], fields["model_version"]) == ("scripted_model", "1.0")
    assert (fields["rows"], fields["request_id"]) == (1, "id-1")


def test_nothing_that_cannot_be_encoded_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    application = application_of(lambda _rows: (_ for _ in ()).throw(ValueError("\ud800")))
    application.respond(post("predict", BODY))
    application.respond(Request("\ud800", "/\ud800"))
    for record in caplog.records:
        texts = (value for value in record.__dict__.values() if isinstance(value, str))
        assert all(text.isascii() for text in texts)
