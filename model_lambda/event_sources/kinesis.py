"""Batches of a Kinesis stream, in the order of the shard, up to the first failure.

The event source mapping has to have `ReportBatchItemFailures`, `BisectBatchOnFunctionError` and a
destination for what its retries cannot save.
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html

What a record without an `id` is known by is its event id: shard and sequence number.
"""

from typing import Any

from model_lambda.errors import FirstRecordError
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
    """Answer a batch with its first failed record; None if the event is of another source.

    Raises:
        UnsupportedEventError: a record is no record of a stream; then the whole batch returns.
        FirstRecordError: the first of several records failed. Naming it would have Lambda try the
            same batch again, and in the end discard the good records with the bad one; by an error
            it splits the batch, until the bad record is alone.
    """
    records = records_of(event, "aws:kinesis")
    if records is None:
        return None
    messages = [_message(record) for record in records]
    failed = batches.failures(messages, lambda: remaining_ms(context), request_id_of(context))
    if len(messages) > 1 and failed and failed[0] == messages[0].identifier:
        raise FirstRecordError("the first record of the batch failed; see the line before")
    return ({"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed[:1]]},)


def _message(record: dict[str, Any]) -> Message:
    shard_record = record.get("kinesis")
    data = shard_record.get("data") if isinstance(shard_record, dict) else None
    return Message(
        identifier_of(shard_record, "sequenceNumber"),
        identity=text_of(record, "eventID"),
        body=data if isinstance(data, str) else None,
        body_is_base64=True,
        # A batch is of one shard, and goes on after its first failure all of it.
        group="",
        partition=text_of(shard_record, "partitionKey"),
    )
