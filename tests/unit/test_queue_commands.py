"""The commands for queues: what is sent, printed and moved, and what is left where it was."""

import json
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from deploy.commands import DeployError, DeployInterrupt
from deploy.sources.dead_letters import NO_REASON, print_dead, reasons
from deploy.sources.messages_file import Line, read_messages
from deploy.sources.queue import Queue
from deploy.sources.replay import move_back, waiting
from deploy.sources.results import print_results, received
from deploy.sources.send import Outbox, batches, send_all
from tests.structure.documents import PROJECT
from tests.unit.fake_sqs import URL, FakeSqs

EXAMPLE = PROJECT / "events" / "messages.jsonl"
METADATA = json.loads(
    json.loads((PROJECT / "events" / "metadata.response.json").read_text())["body"]
)
ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}


def metadata(name: str, version: str | None) -> Mapping[str, Any] | None:
    """Of the one model that is deployed."""
    return METADATA if (name, version) in (("iris_model", None), ("iris_model", "1.0")) else None


def lines(count: int) -> list[Line]:
    return [Line(number, f"body {number}", None) for number in range(1, count + 1)]


def no_wait(_attempt: int) -> None:
    """Wait for nothing."""


def outbox(sqs: FakeSqs, url: str = URL, group: str | None = None) -> Outbox:
    return Outbox(Queue(sqs, url), group, no_wait)


def written(path: Path, *documents: Any) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in documents), encoding="utf-8")
    return path


@pytest.mark.iris_model
def test_the_example_is_of_messages_that_the_function_takes() -> None:
    assert len(list(read_messages(EXAMPLE, metadata))) == 5


@pytest.mark.iris_model
@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([], "Not an object."),
        ({"data": ROW}, "/qualified_name: Missing data for required field."),
        ({"qualified_name": "rose", "data": ROW}, "no model rose is deployed"),
        (
            {"qualified_name": "iris_model", "version": "7.0", "data": ROW},
            "no model iris_model 7.0",
        ),
        ({"qualified_name": "iris_model", "data": ROW, "distances": True}, "gives no distances"),
        ({"qualified_name": "iris_model", "data": {**ROW, "petal_width": 99}}, "/data/petal_width"),
        ({"qualified_name": "iris_model", "data": ROW, "id": "x" * 300_000}, "."),
    ],
)
def test_a_line_that_the_function_would_refuse_is_named(
    document: Any, reason: str, tmp_path: Path
) -> None:
    good = {"qualified_name": "iris_model", "data": ROW}
    path = written(tmp_path / "messages.jsonl", good, document)
    with pytest.raises(DeployError) as raised:
        list(read_messages(path, metadata))
    assert str(raised.value).startswith("line 2 of messages.jsonl: ")
    assert reason in str(raised.value)


def test_messages_go_in_calls_of_ten_and_of_no_more_than_a_call_takes() -> None:
    sqs = FakeSqs()
    large = Line(24, "x" * 200_000, None)
    sender = outbox(sqs)
    for batch in batches([*lines(23), large, large], sender.most_entries):
        sender.send(batch)
    assert sqs.calls == ["send_message_batch"] * 4
    assert sender.sent == len(sqs.bodies) == 25


def test_what_a_call_does_not_take_is_sent_again_and_nothing_else() -> None:
    sqs, failures = FakeSqs(), ["body 2", "body 2", "body 3"]

    def failing(entry: dict[str, Any]) -> tuple[str, bool] | None:
        if entry["MessageBody"] not in failures:
            return None
        failures.remove(entry["MessageBody"])
        return ("InternalError", False)

    sqs.failing = failing
    outbox(sqs).send(lines(4))
    assert sorted(sqs.bodies) == [f"body {number}" for number in range(1, 5)]


@pytest.mark.parametrize(
    ("why", "message"),
    [
        (("InvalidMessageContents", True), "refuses line 3: InvalidMessageContents"),
        (("InternalError", False), "did not take line 3"),
    ],
)
def test_what_is_not_sent_lies_in_a_file_that_can_be_sent(
    why: tuple[str, bool], message: str, tmp_path: Path
) -> None:
    sqs, unsent = FakeSqs(), tmp_path / "messages.jsonl.unsent"
    sqs.failing = lambda entry: why if entry["MessageBody"] == "body 3" else None
    with pytest.raises(DeployError, match=message):
        send_all(outbox(sqs), lines(13), unsent)
    assert sorted([*sqs.bodies, *unsent.read_text().splitlines()]) == sorted(
        line.body for line in lines(13)
    )


def test_an_interruption_loses_no_message(tmp_path: Path) -> None:
    sqs, unsent = FakeSqs(), tmp_path / "messages.jsonl.unsent"

    def interrupting(entry: dict[str, Any]) -> None:
        if entry["MessageBody"] == "body 15":
            raise KeyboardInterrupt

    sqs.failing = interrupting
    with pytest.raises(DeployInterrupt, match="10 messages are sent; 13 are in"):
        send_all(outbox(sqs), lines(23), unsent)
    assert unsent.read_text().splitlines() == [line.body for line in lines(23)][10:]


def test_a_group_keeps_the_order_of_the_file_a_message_a_call() -> None:
    sqs = FakeSqs()
    sender = outbox(sqs, f"{URL}.fifo", "flowers")
    assert [len(batch) for batch in batches(lines(3), sender.most_entries)] == [1, 1, 1]


def test_the_same_line_has_the_same_deduplication_id_and_an_equal_one_has_not() -> None:
    ids = list[str]()

    class Noting(FakeSqs):
        def answer_send_message_batch(
            self,
            QueueUrl: str,  # noqa: N803
            Entries: list[dict[str, Any]],  # noqa: N803
        ) -> dict[str, Any]:
            ids.extend(entry["MessageDeduplicationId"] for entry in Entries)
            return super().answer_send_message_batch(QueueUrl, Entries)

    sender = outbox(Noting(), f"{URL}.fifo")
    sender.send([Line(1, "same", None), Line(2, "same", None)])
    sender.send([Line(1, "same", None)])
    sender.send([Line(3, "with id", "a"), Line(4, "with id", "a")])
    assert ids[0] != ids[1]
    assert ids[0] == ids[2]
    assert ids[3] == ids[4]


@pytest.mark.parametrize("keep", [False, True])
def test_results_are_printed_once_for_each_key_and_leave_the_queue_unless_kept(keep: bool) -> None:
    sqs, out = FakeSqs(), StringIO()
    for number in range(25):
        sqs.put(f'{{"number": {number}}}', key=f"{number % 20}")
    assert print_results(Queue(sqs, URL), out, keep=keep, follow=False) == (20, 5)
    printed = [json.loads(line)["number"] for line in out.getvalue().splitlines()]
    assert printed == list(range(20))
    assert len(sqs.messages) == (25 if keep else 0)
    assert sqs.hidden & {one["MessageId"] for one in sqs.messages} == set()


def test_a_result_that_could_not_be_printed_stays_and_is_seen_at_once() -> None:
    class Closed(StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    sqs = FakeSqs()
    sqs.put("{}", key="a")
    with pytest.raises(BrokenPipeError):
        print_results(Queue(sqs, URL), Closed(), keep=False, follow=False)
    assert (sqs.bodies, sqs.hidden) == (["{}"], set())


def test_a_queue_whose_first_messages_are_seen_again_is_read_to_its_end() -> None:
    sqs = FakeSqs()
    sqs.put("{}")
    lists = received(Queue(sqs, URL), keep=True)
    assert [len(messages) for messages in (next(lists),)] == [1]
    sqs.hidden.clear()
    assert list(lists) == []


def test_a_dead_letter_has_the_reason_that_was_logged_last() -> None:
    sqs, out = FakeSqs(), StringIO()
    known, other = sqs.put("first"), sqs.put("second")
    told = [
        {"message": "batch answered", "refused": [{"message_id": known, "reason": why}]}
        for why in ("DeadlineError: late", "SchemaError: the row is not valid")
    ]
    log = ['"refused" but not JSON', *map(json.dumps, told), json.dumps({"refused": []}), "START"]
    dead = [one for messages in received(Queue(sqs, URL), keep=True) for one in messages]
    print_dead(dead, reasons(log, frozenset((known, other))), out)
    printed = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(one["body"], one["reason"]) for one in printed] == [
        ("first", "SchemaError: the row is not valid"),
        ("second", NO_REASON),
    ]


def test_dead_letters_are_counted_with_those_that_somebody_reads() -> None:
    sqs = FakeSqs()
    sqs.put("a"), sqs.put("b")
    queue = Queue(sqs, URL)
    sqs.hidden = {"message-1"}
    assert waiting(queue) == 2


def task(status: str, moved: int, **more: str) -> dict[str, Any]:
    return {"Status": status, "ApproximateNumberOfMessagesMoved": moved, **more}


def test_a_move_is_followed_to_its_end_at_the_rate_that_was_asked() -> None:
    sqs, waits = FakeSqs(), list[float]()
    sqs.tasks = [task("RUNNING", 1), task("COMPLETED", 3)]
    assert move_back(sqs, Queue(sqs, URL), 5, waits.append) == 3
    assert sqs.moves[0]["MaxNumberOfMessagesPerSecond"] == 5
    assert len(waits) == 1


def test_a_move_that_failed_is_told_with_its_reason() -> None:
    sqs = FakeSqs()
    sqs.tasks = [task("FAILED", 1, FailureReason="AWS.SimpleQueueService.NonExistentQueue")]
    with pytest.raises(DeployError, match="after about 1 messages: AWS"):
        move_back(sqs, Queue(sqs, URL))


def test_an_interrupted_move_is_stopped() -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    sqs = FakeSqs()
    sqs.tasks = [task("RUNNING", 1)]
    with pytest.raises(DeployInterrupt, match="about 3 messages are moved"):
        move_back(sqs, Queue(sqs, URL), None, interrupt)
    assert sqs.calls[-1] == "cancel_message_move_task"
