"""A batch of messages, whatever carried it: predict, send, and say which of them failed.

A result is sent before its message counts as done. So every message is delivered at least once, and
what was done with it may be done again; every time its result has the same key.
"""

import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from model_lambda.config import Settings
from model_lambda.errors import (
    DeadlineError,
    InvalidParameterError,
    MalformedJsonError,
    ModelLambdaError,
    ModelNotFoundError,
    PayloadTooLargeError,
    RefusedResultError,
    SchemaError,
)
from model_lambda.event_sources.destinations import Destination, Result
from model_lambda.event_sources.message import Message, Outcome, Query, outcome_of, read_query
from model_lambda.ml_model import MLModel
from model_lambda.model_manager import ModelManager
from model_lambda.observability import printable
from model_lambda.prediction import is_late, predict_each
from model_lambda.web_api.json_body import write_json

_logger = logging.getLogger(__name__)
_MOST_LISTED = 10
# What the sender of a message can mend, or time; all else is for the owner of the function to see.
_OF_THE_MESSAGE = (
    DeadlineError,
    InvalidParameterError,
    MalformedJsonError,
    ModelNotFoundError,
    PayloadTooLargeError,
    SchemaError,
)

RemainingMs = Callable[[], int | None]


class Batches:
    """Answers batches of messages."""

    def __init__(self, models: ModelManager, settings: Settings, destination: Destination) -> None:
        self._models = models
        self._settings = settings
        self._destination = destination

    def failures(
        self, messages: Sequence[Message], remaining_ms: RemainingMs, request_id: str = ""
    ) -> list[str]:
        """Predict what is good and send the results.

        Args:
            remaining_ms: asked before every model and every call that sends.

        Returns:
            The identifiers of the messages that failed or were kept back, in order, each once.
        """
        started = time.perf_counter()
        outcomes = self._outcomes(messages, remaining_ms)
        failures = _Failures(messages)
        for index, outcome in enumerate(outcomes):
            if isinstance(outcome, ModelLambdaError):
                failures.add(index, outcome)
        self._send(outcomes, failures, remaining_ms)
        _log(messages, failures, started, request_id)
        return failures.identifiers()

    def _outcomes(self, messages: Sequence[Message], remaining_ms: RemainingMs) -> list[Outcome]:
        """What becomes of each message, by one call of each model that is asked."""
        outcomes: dict[int, Outcome] = {}
        asked: dict[tuple[MLModel, bool], dict[int, Query]] = {}
        for index, message in enumerate(messages):
            try:
                query = read_query(message, self._models, self._settings.max_body_bytes)
                asked.setdefault((query.model, query.probabilities), {})[index] = query
            except ModelLambdaError as error:
                outcomes[index] = error
        for (model, probabilities), queries in asked.items():
            if self._is_late(remaining_ms):
                outcomes.update(dict.fromkeys(queries, _out_of_time()))
                continue
            rows = [query.data for query in queries.values()]
            found = predict_each(model, rows, write_json, probabilities=probabilities)
            for (index, query), prediction in zip(queries.items(), found, strict=True):
                outcomes[index] = outcome_of(messages[index], query, prediction)
        return [outcomes[index] for index in range(len(messages))]

    def _send(
        self, outcomes: Sequence[Outcome], failures: "_Failures", remaining_ms: RemainingMs
    ) -> None:
        """Send what nothing keeps back, and add what was not accepted to the failures."""
        results = {i: one for i, one in enumerate(outcomes) if isinstance(one, Result)}
        for call in _calls(results, self._destination):
            sent = [index for index in call if not failures.keeps_back(index)]
            if not sent:
                continue
            unsent = self._unsent([results[index] for index in sent], remaining_ms)
            for position, error in unsent.items():
                failures.add(sent[position], error)

    def _unsent(
        self, results: Sequence[Result], remaining_ms: RemainingMs
    ) -> Mapping[int, Exception]:
        """The positions of the results that are not known to have been accepted, with the reason.

        Whatever the client raises is a failure of these results alone: it may have sent them, then
        the next delivery sends them again, with the same keys.
        """
        if self._is_late(remaining_ms):
            return dict.fromkeys(range(len(results)), _out_of_time())
        try:
            accepted = self._destination.send(results)
        except Exception as error:
            return dict.fromkeys(range(len(results)), error)
        refused = set(range(len(results))).difference(accepted)
        return dict.fromkeys(sorted(refused), RefusedResultError("the result was not accepted"))

    def _is_late(self, remaining_ms: RemainingMs) -> bool:
        return is_late(remaining_ms(), self._settings.deadline_reserve_ms)


class _Failures:
    """Which messages failed, and which are kept back because of that."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages
        self._first_of_group: dict[str, int] = {}
        self.reasons: dict[int, Exception] = {}

    def add(self, index: int, reason: Exception) -> None:
        self.reasons[index] = reason
        group = self._messages[index].group
        if group is not None:
            self._first_of_group[group] = min(index, self._first_of_group.get(group, index))

    def keeps_back(self, index: int) -> bool:
        """Whether a message failed, or follows a failed one of its group."""
        group = self._messages[index].group
        if index in self.reasons or group is None:
            return index in self.reasons
        return index > self._first_of_group.get(group, index)

    def identifiers(self) -> list[str]:
        kept = (one for i, one in enumerate(self._messages) if self.keeps_back(i))
        return list(dict.fromkeys(message.identifier for message in kept))


def _out_of_time() -> DeadlineError:
    return DeadlineError("too little time is left")


def _calls(results: Mapping[int, Result], destination: Destination) -> Iterator[list[int]]:
    """Cut the results, in order, into calls that the destination takes.

    A partition has at most one result in a call: of a call, some results may be accepted and others
    not, and one that is accepted after one that is not would be out of order.
    """
    call: list[int] = []
    size, partitions = 0, set[str]()
    for index, result in results.items():
        is_full = len(call) == destination.most_results or (
            size + result.size > destination.most_bytes
        )
        if call and (is_full or result.partition in partitions):
            yield call
            call, size, partitions = [], 0, set()
        call.append(index)
        size += result.size
        if result.partition is not None:
            partitions.add(result.partition)
    if call:
        yield call


def _log(messages: Sequence[Message], failures: _Failures, started: float, request_id: str) -> None:
    """Say what became of a batch, and what the owner of the function has to see."""
    fields = {
        "messages": len(messages),
        "failed": len(failures.identifiers()),
        "reasons": dict(Counter(type(one).__name__ for one in failures.reasons.values())),
        "refused": [
            _refusal(messages[index], reason)
            for index, reason in list(failures.reasons.items())[:_MOST_LISTED]
        ],
        "duration_ms": round((time.perf_counter() - started) * 1000, 3),
        "request_id": request_id,
    }
    _logger.info("batch answered", extra=fields)
    ours = (one for one in failures.reasons.values() if not isinstance(one, _OF_THE_MESSAGE))
    if (first := next(ours, None)) is not None:
        # With its causes, which Lambda's JSON log leaves out of an exception that it is given.
        report = printable("".join(traceback.format_exception(first)))
        _logger.error("batch failed in part\n%s", report, extra={"request_id": request_id})


def _refusal(message: Message, reason: Exception) -> dict[str, Any]:
    """Why a message failed, in our own words; nothing of what it holds."""
    entry: dict[str, Any] = {"message_id": printable(message.identity)}
    if not isinstance(reason, ModelLambdaError):
        return entry | {"reason": type(reason).__name__}
    entry["reason"] = printable(f"{type(reason).__name__}: {reason}")
    if isinstance(reason, SchemaError):
        entry["errors"] = [one._asdict() for one in reason.errors[:_MOST_LISTED]]
    return entry
