"""A short run of the fuzzer, and proof that it sees what it looks for."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.stored import read_event
from model_lambda.errors import UnsupportedEventError
from tests.robustness import fuzz
from tests.robustness.fuzz import FuzzError, check_event, fuzz_chunk, is_http, shares
from tests.robustness.mutated_events import mutated_event

RUN = 3_000
REST_API, HTTP_API = read_event("predict_setosa"), read_event("http_api_predict")


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_any_event_is_answered_and_leaves_no_trace(random: Random) -> None:
    check_event(mutated_event(random))


@pytest.fixture(scope="module")
def outcomes() -> Counter[str]:
    return fuzz_chunk(seed=2026, count=RUN)


def test_enough_events_reach_the_model_and_enough_are_refused(outcomes: Counter[str]) -> None:
    reached, refused = shares(outcomes)
    assert outcomes.total() == RUN
    assert reached >= 0.3
    assert refused >= 0.3


def test_the_largest_body_is_refused_and_a_small_one_is_not_for_its_size() -> None:
    assert fuzz.refusal_ms() > 0
    with pytest.raises(FuzzError, match="a body of 10 bytes is answered 400"):
        fuzz.refusal_ms(10)


def test_refusals_of_every_kind_occur(outcomes: Counter[str]) -> None:
    assert {"200", "204", "400", "404", "405", "413", "415", "unsupported"} <= outcomes.keys()


def test_a_seed_replays_its_events() -> None:
    first, second = (repr([mutated_event(Random(7)) for _ in range(20)]) for _ in range(2))
    assert first == second
    assert first != repr([mutated_event(Random(8)) for _ in range(20)])


@pytest.mark.parametrize("event", [REST_API, HTTP_API])
def test_http_requests_are_told_from_other_events(event: Any) -> None:
    assert is_http(event)
    assert not is_http(None)
    assert not is_http({})
    assert not is_http({**event, "httpMethod": None, "version": "1.0"})


def _reply(status: int = 200, body: str = "{}") -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": False}


def _raising(error: Exception) -> Any:
    def handler(*_: Any) -> Any:
        raise error

    return handler


FAULTY_HANDLERS = {
    "raises": _raising(KeyError("body")),
    "does not support a request": _raising(UnsupportedEventError("no")),
    "answers with nothing": lambda *_: None,
    "answers with a 5xx": lambda *_: _reply(500, '{"error": "failed"}'),
    "answers with a broken reply": lambda *_: _reply(body="{"),
    "answers the next request otherwise": lambda *_: _reply(),
}


@pytest.mark.parametrize("handler", FAULTY_HANDLERS.values(), ids=FAULTY_HANDLERS.keys())
def test_a_faulty_handler_is_found_out(handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "lambda_handler", handler)
    with pytest.raises((FuzzError, KeyError)):
        check_event(REST_API)


def test_an_answer_to_an_unsupported_event_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "lambda_handler", lambda *_: _reply())
    with pytest.raises(FuzzError, match="no HTTP request is answered"):
        check_event({"Records": []})
