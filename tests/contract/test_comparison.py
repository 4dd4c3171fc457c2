"""How answers are compared: whole, exactly, and decimals with a tolerance."""

from typing import Any

import pytest

from events.comparison import difference, live_difference
from events.stored import read_response

PROBABILITIES = read_response("predict_probabilities")
PROBLEM = read_response("missing_field")


def _with_body(body: Any) -> dict[str, Any]:
    return {**PROBABILITIES, "body": body}


def test_an_answer_equals_itself() -> None:
    assert difference(PROBABILITIES, PROBABILITIES) is None


def test_a_decimal_may_differ_in_its_last_digit() -> None:
    nearly = _with_body(PROBABILITIES["body"].replace("0.930913", "0.930914"))
    assert difference(PROBABILITIES, nearly) is None


@pytest.mark.parametrize(
    "other",
    [
        None,
        {**PROBABILITIES, "statusCode": 201},
        {**PROBABILITIES, "statusCode": 200.0},
        {**PROBABILITIES, "headers": {}},
        {**PROBABILITIES, "headers": {**PROBABILITIES["headers"], "Extra": "1"}},
        {**PROBABILITIES, "isBase64Encoded": 0},
        {**PROBABILITIES, "cookies": []},
        _with_body(None),
        _with_body(PROBABILITIES["body"].replace("0.930913", "0.930924")),
        _with_body(PROBABILITIES["body"].replace("0.930913", "1")),
        _with_body(PROBABILITIES["body"].replace("versicolor", "virginica", 1)),
        _with_body(PROBABILITIES["body"] + " "),
        _with_body(PROBABILITIES["body"].replace(": 0.9", ": -0.9")),
    ],
)
def test_anything_else_is_a_difference(other: Any) -> None:
    assert difference(PROBABILITIES, other) is not None


def test_whole_numbers_are_exact() -> None:
    other = {**PROBLEM, "body": PROBLEM["body"].replace("400", "401")}
    assert difference(PROBLEM, other) is not None


def test_a_difference_is_told_in_one_short_line() -> None:
    told = difference(_with_body("1" * 10_000), _with_body("2" * 10_000))
    assert told is not None
    assert len(told) < 1000


def _live(
    status: int = 400, body: str = PROBLEM["body"], headers: dict[str, str] | None = None
) -> str | None:
    received = {name.lower(): value for name, value in PROBLEM["headers"].items()}
    return live_difference(PROBLEM, status, received | (headers or {}), body)


def test_a_gateway_may_add_headers() -> None:
    assert _live(headers={"date": "Mon, 23 Nov 2026 10:15:30 GMT"}) is None


def test_a_gateway_gives_each_request_its_own_id() -> None:
    assert _live(body=PROBLEM["body"].replace("3f2c9a4e", "00000000")) is None


def test_live_status_headers_and_body_are_compared() -> None:
    assert _live(status=404) is not None
    assert _live(body=PROBLEM["body"].replace("petal", "sepal")) is not None
    assert _live(headers={"content-type": "text/html"}) is not None
    assert live_difference(PROBLEM, 400, {}, PROBLEM["body"]) is not None
