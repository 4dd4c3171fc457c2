"""A batch of messages: what is good is predicted and sent, what is bad fails alone."""

import json
import logging
from collections.abc import Collection, Sequence
from typing import Any

import pytest

from model_lambda.config import Settings
from model_lambda.digest import sha256_hex
from model_lambda.event_sources.batches import Batches
from model_lambda.event_sources.destinations import Result
from model_lambda.event_sources.message import Message
from model_lambda.ml_model import MLModel, Row
from model_lambda.models.iris.iris_model import IrisModel
from tests.unit.flower_rows import SETOSA, ScriptedModel, application_of, manager_of, post

MODEL = {"qualified_name": "scripted_model"}
GOOD = json.dumps({**MODEL, "data": SETOSA})
BAD_ROW = {**SETOSA, "petal_width": "wide"}
BAD = json.dumps({**MODEL, "data": BAD_ROW})
SNS_ENVELOPE = json.dumps({"Type": "Notification", "MessageId": "1", "Message": GOOD})
S3_TEST_EVENT = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "flowers"})


class ListDestination:
    """Keeps what it is sent; does not accept the results of the messages that it is told."""

    def __init__(
        self, refused: Collection[str] = (), most_results: int = 10, most_bytes: int = 2**18
    ) -> None:
        self._refused = refused
        self.most_results = most_results
        self.most_bytes = most_bytes
        self.calls: list[list[str]] = []
        self.results: list[Result] = []

    def send(self, results: Sequence[Result]) -> Collection[int]:
        self.calls.append([one.message_id for one in results])
        self.results.extend(results)
        return [at for at, one in enumerate(results) if one.message_id not in self._refused]


class BrokenDestination(ListDestination):
    """Has no network."""

    def send(self, results: Sequence[Result]) -> Collection[int]:
        raise ConnectionError("secret")


class CountingModel(ScriptedModel):
    """Fails on any batch with a petal of length 6.5, and keeps the size of every batch."""

    sizes: list[int]

    def __init__(self) -> None:
        self.sizes = []

    def predict_batch(
        self, rows: Sequence[Row], *, probabilities: bool = False
    ) -> list[dict[str, Any]]:
        self.sizes.append(len(rows))
        if any(row["petal_length"] == 6.5 for row in rows):
            raise ArithmeticError("secret")
        return [{"species": "setosa"} for _ in rows]


def message(number: int, body: str | None = GOOD, **more: Any) -> Message:
    return Message(f"m{number}", f"m{number}", body, **more)


def failures(
    messages: Sequence[Message],
    destination: ListDestination | None = None,
    *models: MLModel,
    remaining_ms: int | None = None,
    settings: Settings | None = None,
) -> list[str]:
    batches = Batches(
        manager_of(*(models or [ScriptedModel()])),
        settings or Settings(),
        destination or ListDestination(),
    )
    return batches.failures(messages, lambda: remaining_ms)


def test_a_result_says_whose_it_is_and_who_answered() -> None:
    destination = ListDestination()
    body = json.dumps({**MODEL, "version": "1.0", "data": SETOSA, "id": "order 7"})
    assert failures([message(1, body, partition="a")], destination) == []
    (result,) = destination.results
    assert result[0::2] == (sha256_hex(body.encode()), "m1")
    assert result.partition == "a"
    assert json.loads(result.body) == {
        "id": "order 7",
        "qualified_name": "scripted_model",
        "version": "1.0",
        "key": sha256_hex(body.encode()),
        "message_id": "m1",
        "prediction": {"species": "setosa"},
    }


def test_a_message_with_an_id_has_the_same_key_whenever_it_is_sent() -> None:
    destination = ListDestination()
    body = json.dumps({**MODEL, "data": SETOSA, "id": "order 7"})
    failures([message(1, body), message(2, body)], destination)
    first, second = destination.results
    assert first.key == second.key


def test_a_message_without_an_id_has_the_same_key_whenever_it_is_delivered() -> None:
    destination = ListDestination()
    failures([message(1), message(1), message(2)], destination)
    first, again, other = (one.key for one in destination.results)
    assert first == again != other
    assert len(other) == 64


def test_a_model_is_asked_once_for_all_its_messages() -> None:
    one, other = CountingModel(), IrisModel()
    of_iris = json.dumps({"qualified_name": "iris_model", "data": SETOSA, "probabilities": True})
    destination = ListDestination()
    messages = [message(1), message(2, of_iris), message(3)]
    assert failures(messages, destination, one, other) == []
    assert one.sizes == [2]
    assert destination.calls == [["m1", "m2", "m3"]]
    assert "probabilities" in json.loads(destination.results[1].body)["prediction"]


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "{",
        "[" * 1000,
        "[]",
        "3",
        "\ud800",
        GOOD + GOOD,
        SNS_ENVELOPE,
        S3_TEST_EVENT,
        BAD,
        json.dumps(SETOSA),
        json.dumps(MODEL),
        json.dumps({"data": SETOSA}),
        json.dumps({**MODEL, "data": None}),
        json.dumps({**MODEL, "data": [SETOSA]}),
        json.dumps({**MODEL, "data": SETOSA, "colour": "red"}),
        json.dumps({**MODEL, "data": SETOSA, "version": 1.0}),
        json.dumps({**MODEL, "data": SETOSA, "version": "7.0"}),
        json.dumps({**MODEL, "data": SETOSA, "probabilities": "true"}),
        json.dumps({**MODEL, "data": SETOSA, "probabilities": True}),
        json.dumps({**MODEL, "data": SETOSA, "id": 7}),
        json.dumps({"qualified_name": "no_such_model", "data": SETOSA}),
        json.dumps({"qualified_name": None, "data": SETOSA}),
        GOOD + " " * 2**18,
        "eyJh",
    ],
)
def test_a_bad_message_fails_alone(body: str | None) -> None:
    destination = ListDestination()
    assert failures([message(1), message(2, body), message(3)], destination) == ["m2"]
    assert destination.calls == [["m1", "m3"]]


def test_a_row_on_which_the_model_fails_costs_no_other() -> None:
    model, destination = CountingModel(), ListDestination(most_results=64)
    odd = json.dumps({**MODEL, "data": {**SETOSA, "petal_length": 6.5}})
    messages = [message(number, odd if number == 21 else GOOD) for number in range(64)]
    assert failures(messages, destination, model) == ["m21"]
    assert len(destination.results) == 63
    assert model.sizes[:2] == [64, 32]
    assert len(model.sizes) == 1 + 2 * 6


def test_a_prediction_that_cannot_be_written_fails_alone() -> None:
    class Odd(ScriptedModel):
        answer = staticmethod(
            lambda rows: [{"n": float("nan") if row["petal_length"] == 6.5 else 1} for row in rows]
        )

    odd = json.dumps({**MODEL, "data": {**SETOSA, "petal_length": 6.5}})
    assert failures([message(1), message(2, odd)], ListDestination(), Odd()) == ["m2"]


def test_a_message_that_is_delivered_twice_in_a_batch_is_named_once() -> None:
    assert failures([message(1, BAD), message(2), message(1, BAD)]) == ["m1"]


def test_what_is_not_accepted_fails() -> None:
    assert failures([message(1), message(2), message(3)], ListDestination(["m2"])) == ["m2"]


def test_a_destination_that_cannot_be_reached_fails_what_it_was_sent() -> None:
    assert failures([message(1), message(2, BAD)], BrokenDestination()) == ["m1", "m2"]


def test_close_to_the_deadline_the_rest_fails() -> None:
    model, destination = CountingModel(), ListDestination()
    assert failures([message(1), message(2)], destination, model, remaining_ms=199) == ["m1", "m2"]
    assert model.sizes == destination.calls == []
    assert failures([message(1)], destination, model, remaining_ms=200) == []


def test_no_call_is_begun_when_too_little_time_is_left() -> None:
    moments = iter([1000, 1000, 100, 100])
    destination = ListDestination(most_results=1)
    batches = Batches(manager_of(ScriptedModel()), Settings(), destination)
    messages = [message(number) for number in (1, 2, 3)]
    assert batches.failures(messages, lambda: next(moments)) == ["m2", "m3"]
    assert destination.calls == [["m1"]]


def test_a_call_holds_no_more_than_its_destination_takes() -> None:
    messages = [message(number) for number in range(5)]
    by_number, by_size = ListDestination(most_results=2), ListDestination(most_bytes=5000)
    assert failures(messages, by_number) == failures(messages, by_size) == []
    assert [len(call) for call in by_number.calls] == [2, 2, 1]
    assert [len(call) for call in by_size.calls] == [2, 2, 1]


def test_a_call_holds_one_result_of_a_partition_since_it_may_be_accepted_in_part() -> None:
    destination = ListDestination()
    messages = [message(number, partition="aba"[number]) for number in range(3)]
    assert failures(messages, destination) == []
    assert destination.calls == [["m0", "m1"], ["m2"]]


def test_after_a_failure_its_group_is_kept_back_and_no_other() -> None:
    groups = "aabab"
    messages = [
        message(number, BAD if number == 1 else GOOD, group=groups[number]) for number in range(5)
    ]
    destination = ListDestination()
    assert failures(messages, destination) == ["m1", "m3"]
    assert destination.calls == [["m0", "m2", "m4"]]


def test_after_a_result_that_is_not_accepted_its_group_is_kept_back() -> None:
    messages = [message(number, group=group, partition=group) for number, group in enumerate("aab")]
    destination = ListDestination(["m0"])
    assert failures(messages, destination) == ["m0", "m1"]
    assert destination.calls == [["m0"], ["m2"]]


def test_a_batch_has_one_line_with_counts_and_reasons_and_nothing_that_was_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    failures([message(1), message(2, BAD), message(3, '{"sécret')])
    (record,) = caplog.records
    line = vars(record)
    assert (record.message, line["messages"], line["failed"]) == ("batch answered", 3, 2)
    assert line["reasons"] == {"MalformedJsonError": 1, "SchemaError": 1}
    assert "cret" not in str(line)
    assert "wide" not in str(line)


def test_a_bad_row_is_told_in_the_words_of_http(caplog: pytest.LogCaptureFixture) -> None:
    response = application_of(lambda rows: rows).respond(post("predict", json.dumps(BAD_ROW)))
    caplog.set_level(logging.INFO)
    failures([message(1, BAD)])
    (refusal,) = vars(caplog.records[-1])["refused"]
    assert refusal["reason"] == "SchemaError: the row is not valid"
    of_http = json.loads(response.body)["errors"]
    assert refusal["errors"] == [{**one, "pointer": f"/data{one['pointer']}"} for one in of_http]


def test_what_is_the_functions_own_failure_is_reported_with_its_cause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd = json.dumps({**MODEL, "data": {**SETOSA, "petal_length": 6.5}})
    failures([message(1, odd)], ListDestination(), CountingModel())
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "ArithmeticError" in record.message
