"""Handlers and configurations that are wrong in one way, and the history that finds each out."""
# ruff: noqa: SLF001 - putting wrong functions in place of right ones is what this module is for

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from typing import Any, NamedTuple
from unittest.mock import patch

from model_lambda.digest import sha256_hex
from model_lambda.errors import FirstRecordError
from model_lambda.event_sources import batches, destinations, message
from model_lambda.event_sources.destinations import Destination
from model_lambda.lambda_function import Handler
from tests.delivery.invocation import MakeHandler, real_handler
from tests.delivery.rules import Mapped
from tests.delivery.scenarios import ALIKE, IN_A_ROW, ONE_BY_ONE, SENT_TWICE, Scenario
from tests.delivery.sent_messages import good, poison

Unpatched = AbstractContextManager[Any]


class Mutant(NamedTuple):
    """Something wrong.

    Attributes:
        scenario: in which it shows.
        violation: what is found.
        change: the wrong code in place of the right one.
        make_handler: the wrong code around the right one.
        right: the right configuration in place of the scenario's, if that is what is wrong.
    """

    scenario: Scenario
    violation: str
    change: Callable[[], Unpatched] = nullcontext
    make_handler: MakeHandler = real_handler
    right: Mapped | None = None


def wrapped(answer: Callable[[Handler, Any, Any], Any]) -> MakeHandler:
    """The real handler inside another."""

    def make(results: Destination) -> Handler:
        handler = real_handler(results)
        return lambda event, context: answer(handler, event, context)

    return make


def _swallows_errors(handler: Handler, event: Any, context: Any) -> Any:
    try:
        failed = handler(event, context)["batchItemFailures"]
    except Exception:
        failed = []
    return {"statusCode": 200, "body": f"{len(failed)} failed"}


def _raises_for_one(handler: Handler, event: Any, context: Any) -> Any:
    if handler(event, context)["batchItemFailures"]:
        raise RuntimeError("one failed")
    return None


def _names_handles(handler: Handler, event: Any, context: Any) -> Any:
    failed = handler(event, context)["batchItemFailures"]
    return {"batchItemFailures": [{"itemIdentifier": "handle"} for _ in failed]}


def _misspells(handler: Handler, event: Any, context: Any) -> Any:
    failed = handler(event, context)["batchItemFailures"]
    return {"batchItemFailures": [{"messageId": one["itemIdentifier"]} for one in failed]}


def _forgets_the_first(handler: Handler, event: Any, context: Any) -> Any:
    return {"batchItemFailures": handler(event, context)["batchItemFailures"][1:]}


def _names_the_last_record(handler: Handler, event: Any, context: Any) -> Any:
    numbers = [one["kinesis"]["sequenceNumber"] for one in event["Records"]]
    try:
        failed = handler(event, context)["batchItemFailures"]
    except FirstRecordError:
        failed = numbers
    return {"batchItemFailures": [{"itemIdentifier": numbers[-1]} for _ in failed[:1]]}


def _names_the_first_record(handler: Handler, event: Any, context: Any) -> Any:
    first = event["Records"][0]["kinesis"]["sequenceNumber"]
    try:
        return handler(event, context)
    except FirstRecordError:
        return {"batchItemFailures": [{"itemIdentifier": first}]}


def _change(owner: Any, name: str, new: Any) -> Callable[[], Unpatched]:
    return lambda: patch.object(owner, name, new)


_real_entry = destinations.QueueDestination._entry
_real_unsent = batches.Batches._unsent
_attempts = count()


def _entry_without_key(self: Any, entry_id: str, result: Any) -> Any:
    entry = _real_entry(self, entry_id, result)
    return {**entry, "MessageAttributes": {}}


def _unsent_without_errors(self: Any, results: Any, remaining_ms: Any) -> Mapping[int, Exception]:
    unsent = _real_unsent(self, results, remaining_ms)
    return {place: one for place, one in unsent.items() if not isinstance(one, TimeoutError)}


def _unsent_when_never_late(self: Any, results: Any, remaining_ms: Any) -> Mapping[int, Exception]:
    return {} if self._is_late(remaining_ms) else _real_unsent(self, results, remaining_ms)


def _accepts_all(self: Any, results: Sequence[Any]) -> Any:
    entries = [self._entry(str(position), one) for position, one in enumerate(results)]
    self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
    return range(len(results))


def _puts_unconditionally(self: Any, results: Sequence[Any]) -> Any:
    item = {"key": {"S": results[0].key}, "result": {"S": results[0].body}}
    self._client.put_item(TableName=self._name, Item=item)
    return [0]


def _cuts_by_size_alone(results: Mapping[int, Any], _destination: Any) -> Any:
    return [list(results)] if results else []


def _predicts_nothing(_model: Any, rows: Sequence[Any], _write: Any, **_options: Any) -> list[str]:
    return ['{"species": null}' for _ in rows]


def _key_of_the_attempt(sent: Any, _query: Any) -> str:
    return f"{sent.identity}-{next(_attempts)}"


def _key_of_the_body(sent: Any, _query: Any) -> str:
    return sha256_hex(sent.body.encode())


def _key_of_the_delivery(sent: Any, _query: Any) -> str:
    return sha256_hex(sent.identity.encode())


PAIR = (good(0), poison(1))
ONE = (good(0),)
QUEUE = Scenario("queue", "standard", PAIR)
FIFO = Scenario("fifo", "fifo", IN_A_ROW, 1, Mapped(batch=3))
STREAM = Scenario("stream", "stream", (good(0), poison(1), good(2)), 0, Mapped(batch=3))

MUTANTS: dict[str, Mutant] = {
    "an error is caught and answered with 200": Mutant(
        QUEUE, "poison 1 is lost", make_handler=wrapped(_swallows_errors)
    ),
    "one failure fails the batch": Mutant(
        QUEUE, "message 0", make_handler=wrapped(_raises_for_one)
    ),
    "failures are named by their receipt handles": Mutant(
        QUEUE, "message 0", make_handler=wrapped(_names_handles)
    ),
    "failures are named under another key": Mutant(
        QUEUE, "message 0", make_handler=wrapped(_misspells)
    ),
    "the first failure is deleted with the rest": Mutant(
        QUEUE, "poison 1 is lost", make_handler=wrapped(_forgets_the_first)
    ),
    "an error of the destination counts as sent": Mutant(
        QUEUE,
        "message 0 is lost: it has no result",
        _change(batches.Batches, "_unsent", _unsent_without_errors),
    ),
    "a refused result counts as accepted": Mutant(
        Scenario("queue", "standard", (good(0), good(1))),
        "is lost: it has no result",
        _change(destinations.QueueDestination, "send", _accepts_all),
    ),
    "what there is no time for counts as sent": Mutant(
        FIFO,
        "is lost: it has no result",
        _change(batches.Batches, "_unsent", _unsent_when_never_late),
    ),
    "results are sent before anything is predicted": Mutant(
        QUEUE, "has the result None", _change(batches, "predict_each", _predicts_nothing)
    ),
    "the result has no key": Mutant(
        QUEUE,
        "message 0 has two effects",
        _change(destinations.QueueDestination, "_entry", _entry_without_key),
    ),
    "the key is of the attempt": Mutant(
        QUEUE, "message 0 has two effects", _change(message, "_key", _key_of_the_attempt)
    ),
    "the key is of the body alone": Mutant(
        Scenario("queue", "fifo", ALIKE), "is lost", _change(message, "_key", _key_of_the_body)
    ),
    "the key does not see that a producer sent twice": Mutant(
        Scenario("queue", "table", SENT_TWICE[:2]),
        "has two effects",
        _change(message, "_key", _key_of_the_delivery),
    ),
    "a table is written without a condition": Mutant(
        Scenario("queue", "table", PAIR),
        "message 0 has two effects",
        _change(destinations.TableDestination, "send", _puts_unconditionally),
    ),
    "who is second at a table counts as failed": Mutant(
        Scenario("queue", "table", ONE),
        "message 0",
        _change(destinations, "_is_there_already", lambda _error: False),
    ),
    "a failure lets its group go on": Mutant(
        FIFO,
        "out of order",
        _change(batches._Failures, "keeps_back", lambda self, index: index in self.reasons),
    ),
    "a call holds several results of a group": Mutant(
        FIFO, "out of order", _change(batches, "_calls", _cuts_by_size_alone)
    ),
    "a stream goes on behind its last failure": Mutant(
        STREAM, "is lost", make_handler=wrapped(_names_the_last_record)
    ),
    "a bad first record is named": Mutant(
        STREAM, "message 2 is discarded", make_handler=wrapped(_names_the_first_record)
    ),
    "no ReportBatchItemFailures at the queue": Mutant(
        QUEUE._replace(mapped=Mapped(reports=False)), "poison 1 is lost", right=Mapped()
    ),
    "messages are seen again before the function's time is up": Mutant(
        Scenario("queue", "standard", PAIR, 0, Mapped(visibility=5)),
        "message 0 needed 2 deliveries",
        right=Mapped(),
    ),
    "messages stay unseen until the FIFO queue has forgotten": Mutant(
        Scenario("fifo", "fifo", ONE, 2, Mapped(visibility=180)),
        "message 0 has two effects",
        right=Mapped(),
    ),
    "no dead-letter queue": Mutant(
        QUEUE._replace(mapped=Mapped(max_receives=None), faults=0),
        "poison 1 comes back for ever",
        right=Mapped(),
    ),
    "one receive is enough for the dead letters": Mutant(
        QUEUE._replace(mapped=Mapped(max_receives=1)),
        "message 0 is among the dead letters",
        right=Mapped(),
    ),
    "a FIFO queue in batches": Mutant(
        Scenario("fifo", "fifo", (poison(0), good(1)), 0, Mapped(batch=2)),
        "message 1",
        right=ONE_BY_ONE,
    ),
    "no ReportBatchItemFailures at the stream": Mutant(
        STREAM._replace(mapped=Mapped(batch=3, reports=False)), "is lost", right=Mapped(batch=3)
    ),
    "no bisection": Mutant(
        STREAM._replace(mapped=Mapped(batch=3, bisects=False)),
        "message 2 is discarded",
        right=Mapped(batch=3),
    ),
    "a stream without a limit of retries": Mutant(
        STREAM._replace(mapped=Mapped(batch=3, max_retries=None)),
        "the shard stops",
        right=Mapped(batch=3),
    ),
    "records that get too old before their retries are used up": Mutant(
        STREAM._replace(mapped=Mapped(batch=3, max_age=15)),
        "message 2 is discarded",
        right=Mapped(batch=3),
    ),
    "nothing is told of discarded records": Mutant(
        STREAM._replace(mapped=Mapped(batch=3, on_failure=False)),
        "poison 1 is lost",
        right=Mapped(batch=3),
    ),
}
