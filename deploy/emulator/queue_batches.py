"""Batches of a queue: the batching window, and replies that are malformed.

A batch is handed on when it is full or its window is over
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html). The poller looks
at least once a second. What became of a batch: `partial_responses`.
"""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

import time
from collections.abc import Callable
from typing import Any

from ministack.services import lambda_svc, sqs

from deploy.emulator.partial_responses import failed_items


def apply() -> None:
    """Wait for the window, and return a batch whose reply is malformed."""
    gathering = _Gathering(sqs._receive_messages_for_esm, lambda_svc._sqs_esm_concurrency)
    lambda_svc._sqs_esm_concurrency = gathering.note_mapping
    sqs._receive_messages_for_esm = gathering.receive
    lambda_svc._run_sqs_batch = _run


class _Gathering:
    """Messages of batches that are not full yet, by mapping; used by the poller's thread alone."""

    def __init__(self, receive: Callable[..., Any], concurrency: Callable[..., int]) -> None:
        self._receive = receive
        self._concurrency = concurrency
        self._mapping: dict[str, Any] = {}
        self._waiting: dict[str, tuple[float, list[dict[str, Any]]]] = {}

    def note_mapping(self, mapping: dict[str, Any], *others: Any) -> int:
        """Answer what the poller asks just before it receives, which does not say for whom."""
        self._mapping = mapping
        return self._concurrency(mapping, *others)

    def receive(self, url: str, most: int) -> list[dict[str, Any]]:
        """A batch that is full or whose window is over; else none, and what is there is kept."""
        mapping = self._mapping
        window = int(mapping.get("MaximumBatchingWindowInSeconds") or 0)
        started, messages = self._waiting.pop(mapping["UUID"], (time.monotonic(), []))
        while len(messages) < most and (more := self._receive(url, most - len(messages))):
            messages += more
        if messages and len(messages) < most and time.monotonic() - started < window:
            self._waiting[mapping["UUID"]] = started, messages
            return []
        return messages


def _run(
    mapping: dict[str, Any],
    function: dict[str, Any],
    event: dict[str, Any],
    batch: list[dict[str, Any]],
    url: str,
    _name: str,
) -> None:
    """Invoke the function, and delete what has not failed."""
    result = lambda_svc._execute_function(function, event)
    identifiers = [message["id"] for message in batch]
    failed = failed_items(mapping, result, identifiers)
    mapping["LastProcessingResult"] = "PROBLEM: Function call failed" if failed is None else "OK"
    if result.get("error"):
        pause = lambda_svc._ESM_BACKOFF_SECONDS
        lambda_svc._esm_backoff_until[mapping["UUID"]] = time.time() + pause
    kept = identifiers if failed is None else failed
    handles = {message["receipt_handle"] for message in batch if message["id"] not in kept}
    sqs._delete_messages_for_esm(url, handles)
