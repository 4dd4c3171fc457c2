"""What a mapping of a stream reports of records that it gave up.

A queue and a topic get which records they were, a bucket the records, too
(https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html).
"""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

import json
import uuid
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ministack.services import s3, sns, sqs


class Discarded(NamedTuple):
    """Records of a shard that are not tried again.

    Attributes:
        numbers: Their sequence numbers.
        times: When they arrived, in seconds since 1970.
        event: What the function was given.
        invocations: How often.
    """

    shard: str
    numbers: list[str]
    times: list[float]
    event: dict[str, Any]
    invocations: int


def report(
    mapping: dict[str, Any],
    function: dict[str, Any],
    discarded: Discarded,
    result: dict[str, Any],
) -> None:
    """Tell the on-failure destination of a mapping, if it has one.

    Args:
        mapping: The event source mapping.
        function: The function's record.
        discarded: What was given up.
        result: Of the last invocation; empty without one.
    """
    configured = (mapping.get("DestinationConfig") or {}).get("OnFailure") or {}
    arn = configured.get("Destination") or ""
    record = _record(mapping, function, discarded, result)
    if ":sqs:" in arn and (queue := sqs._queue_by_arn(arn)):
        sqs._act_send_message({"QueueUrl": queue["url"], "MessageBody": json.dumps(record)}, "")
    elif ":sns:" in arn:
        sns._fanout(arn, str(uuid.uuid4()), json.dumps(record), "")
    elif arn.startswith("arn:aws:s3:::"):
        body = json.dumps(record | {"payload": json.dumps(discarded.event)})
        bucket = arn.removeprefix("arn:aws:s3:::")
        s3._put_object(bucket, _key(mapping["UUID"], discarded.shard), body.encode(), {})


def _record(
    mapping: dict[str, Any],
    function: dict[str, Any],
    discarded: Discarded,
    result: dict[str, Any],
) -> dict[str, Any]:
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": function["config"]["FunctionArn"],
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": discarded.invocations,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled" if result.get("error") else None,
        },
        "version": "1.0",
        "timestamp": _iso(datetime.now(tz=UTC).timestamp()),
        "KinesisBatchInfo": {
            "shardId": discarded.shard,
            "startSequenceNumber": discarded.numbers[0],
            "endSequenceNumber": discarded.numbers[-1],
            "approximateArrivalOfFirstRecord": _iso(discarded.times[0]),
            "approximateArrivalOfLastRecord": _iso(discarded.times[-1]),
            "batchSize": len(discarded.numbers),
            "streamArn": mapping["EventSourceArn"],
        },
    }


def _iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _key(mapping_id: str, shard: str) -> str:
    now = datetime.now(tz=UTC)
    name = f"{now:%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
    return f"aws/lambda/{mapping_id}/{shard}/{now:%Y/%m/%d}/{name}"
