"""Batches of an SQS queue. The event source mapping has to have `ReportBatchItemFailures`.

Without it whatever is returned counts as success, and bad messages are deleted.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html

A FIFO queue has to have a batch size of 1: messages behind a bad one of their group come back with
it, count as received as often as it is, and would go to the dead letters with it. Where results go
to a FIFO queue, a message has to come back while that remembers it, all of its receives within 5
minutes: (`maxReceiveCount` - 1) times the visibility timeout is to be less. `tests/delivery` shows
what happens otherwise.

What a message without an `id` is known by is its message id, which SQS keeps for all deliveries of
what was sent once; a producer that sends again gets another one.
"""

from typing import Any

from model_lambda.event_sources import (
    Reply,
    identifier_of,
    records_of,
    remaining_ms,
    request_id_of,
    text_of,
)
from model_lambda.event_sources.batches import Batches
from model_lambda.event_sources.message import Message


def reply_to(event: Any, context: Any, batches: Batches) -> Reply | None:
    """Answer a batch with the ids of the failed messages; None if the event is of another source.

    Raises:
        UnsupportedEventError: a record is no message of a queue; then the whole batch returns.
    """
    records = records_of(event, "aws:sqs")
    if records is None:
        return None
    messages = [_message(record) for record in records]
    failed = batches.failures(messages, lambda: remaining_ms(context), request_id_of(context))
    return ({"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]},)


def _message(record: dict[str, Any]) -> Message:
    identifier = identifier_of(record, "messageId")
    body = record.get("body")
    group = _group(record)
    return Message(
        identifier,
        identity=identifier,
        body=body if isinstance(body, str) else None,
        group=group,
        partition=group,
    )


def _group(record: dict[str, Any]) -> str | None:
    """The message group of a FIFO queue.

    Not by the attribute alone: a standard queue has it too, where it promises no order.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    """
    if not text_of(record, "eventSourceARN").endswith(".fifo"):
        return None
    return text_of(record.get("attributes"), "MessageGroupId")
