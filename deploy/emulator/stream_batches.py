"""Batches of a Kinesis stream: order, retries, splitting, record age, partial replies.

https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html: a batch that fails
is split in two where the mapping says so, which is no retry; else it is tried again until its
retries or its records' time are over, and then discarded and reported.
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html: from the
lowest sequence number that the reply names on, records are tried again.
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html: several batches of a
shard at once, in order for each partition key.
"""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ministack.services import kinesis, lambda_svc

from deploy.emulator.failure_records import Discarded, report
from deploy.emulator.partial_responses import failed_items

_RETRY_SECONDS = 0.2
Record = dict[str, Any]


@dataclass(frozen=True)
class _Batch:
    """Records that are tried together, so many times."""

    records: tuple[Record, ...]
    retries: int = 0
    invocations: int = 0

    def numbers(self) -> list[str]:
        return [record["SequenceNumber"] for record in self.records]

    def halves(self) -> list["_Batch"]:
        middle = len(self.records) // 2
        both = self.records[:middle], self.records[middle:]
        return [replace(self, records=half, invocations=0) for half in both]


@dataclass
class _Lane:
    """A shard, or a part of its partition keys, of which one batch is tried at a time.

    Attributes:
        after: the sequence number behind which the next batch starts.
        pending: what is tried before another batch is cut; the first is next.
    """

    after: int
    pending: list[_Batch] = field(default_factory=list)
    is_busy: bool = False
    resumes_at: float = 0.0
    waiting_since: float | None = None


@dataclass(frozen=True)
class _Shard:
    """A shard of the stream of a mapping."""

    mapping: dict[str, Any]
    function: dict[str, Any]
    name: str
    records: list[Record]

    def limit(self, name: str) -> int | None:
        """A limit of the mapping; None where it is endless."""
        value = int(self.mapping.get(name, -1))
        return None if value < 0 else value


# By mapping, shard and number; the poller's thread makes and drops them.
_lanes: dict[tuple[str, str, int], _Lane] = {}


def apply() -> None:
    """Poll streams as AWS does."""
    lambda_svc._poll_kinesis = _poll


def _poll() -> bool:
    """Begin what can be begun; whether anything was."""
    mappings = list(lambda_svc._iter_all_esms())
    live = {mapping["UUID"] for _, _, mapping in mappings}
    for key in [key for key in _lanes if key[0] not in live]:
        del _lanes[key]
    begun = False
    for account, region, mapping in mappings:
        with _scope(account, region):
            for shard in _shards(mapping):
                for number in range(int(mapping.get("ParallelizationFactor") or 1)):
                    begun |= _begin(shard, number)
    return begun


@contextmanager
def _scope(account: str, region: str) -> Iterator[None]:
    account_token = lambda_svc._request_account_id.set(account)
    region_token = lambda_svc._request_region.set(region)
    try:
        yield
    finally:
        lambda_svc._request_account_id.reset(account_token)
        lambda_svc._request_region.reset(region_token)


def _shards(mapping: dict[str, Any]) -> list[_Shard]:
    """The shards that a mapping reads now."""
    arn = mapping.get("EventSourceArn", "")
    if ":kinesis:" not in arn or not mapping.get("Enabled", True):
        return []
    function, _ = lambda_svc._get_func_record_for_qualifier(
        mapping["FunctionName"], mapping.get("Qualifier")
    )
    stream = kinesis._streams.get(arn.rpartition("/")[2])
    if function is None or not stream or stream["StreamStatus"] != "ACTIVE":
        return []
    is_new = not any(key[0] == mapping["UUID"] for key in _lanes)
    shards = [
        _Shard(mapping, function, name, list(shard["records"]))
        for name, shard in list(stream["shards"].items())
    ]
    for shard in shards:
        _open_lanes(shard, is_new=is_new)
    return shards


def _open_lanes(shard: _Shard, *, is_new: bool) -> None:
    """Give a shard its lanes; one that came by resharding is read from its start."""
    seen = shard.records
    if not is_new or shard.mapping.get("StartingPosition") == "TRIM_HORIZON":
        seen = []
    elif shard.mapping.get("StartingPosition") == "AT_TIMESTAMP":
        start = float(shard.mapping.get("StartingPositionTimestamp") or 0)
        seen = [one for one in seen if one["ApproximateArrivalTimestamp"] < start]
    after = int(seen[-1]["SequenceNumber"]) if seen else -1
    for number in range(int(shard.mapping.get("ParallelizationFactor") or 1)):
        _lanes.setdefault((shard.mapping["UUID"], shard.name, number), _Lane(after))


def _begin(shard: _Shard, number: int) -> bool:
    """Try the next batch of a lane in a thread of its own, if there is one."""
    lane = _lanes[shard.mapping["UUID"], shard.name, number]
    if lane.is_busy or time.monotonic() < lane.resumes_at:
        return False
    if not lane.pending and not _cut(shard, lane, number):
        return False
    lane.is_busy = True
    key = f"{shard.mapping['UUID']}/{shard.name}/{number}"
    lambda_svc._dispatch_esm_batch(key, _try, shard, lane)
    return True


def _cut(shard: _Shard, lane: _Lane, number: int) -> bool:
    """Cut a batch from the shard; False while there is none, or its window is not over."""
    most = int(shard.mapping.get("BatchSize") or 100)
    new = [
        record
        for record in shard.records
        if int(record["SequenceNumber"]) > lane.after and _lane_of(record, shard) == number
    ][:most]
    if not new:
        return False
    lane.waiting_since = lane.waiting_since or time.monotonic()
    window = int(shard.mapping.get("MaximumBatchingWindowInSeconds") or 0)
    if len(new) < most and time.monotonic() - lane.waiting_since < window:
        return False
    lane.waiting_since, lane.after = None, int(new[-1]["SequenceNumber"])
    lane.pending.append(_Batch(tuple(new)))
    return True


def _lane_of(record: Record, shard: _Shard) -> int:
    factor = int(shard.mapping.get("ParallelizationFactor") or 1)
    return zlib.crc32(record["PartitionKey"].encode()) % factor


def _try(shard: _Shard, lane: _Lane) -> None:
    """Try the first of what is pending, and note what is left to try."""
    try:
        batch = _without_old(shard, lane.pending[0])
        left = _left(shard, batch) if batch.records else []
        lane.pending[:1] = left
        is_retried = bool(left) and left[0].records[0] is batch.records[0]
        is_split = is_retried and len(left[0].records) < len(batch.records)
        if is_retried and not is_split:
            lane.resumes_at = time.monotonic() + _RETRY_SECONDS
    finally:
        lane.is_busy = False


def _without_old(shard: _Shard, batch: _Batch) -> _Batch:
    """Discard the records whose time is over."""
    age = shard.limit("MaximumRecordAgeInSeconds")
    if age is None:
        return batch
    oldest = time.time() - age
    fresh = [one for one in batch.records if one["ApproximateArrivalTimestamp"] >= oldest]
    if len(fresh) < len(batch.records):
        old = tuple(batch.records[: len(batch.records) - len(fresh)])
        _discard(shard, replace(batch, records=old), {})
    return replace(batch, records=tuple(fresh))


def _left(shard: _Shard, batch: _Batch) -> list[_Batch]:
    """Invoke the function; what is tried again, after what was given up."""
    events = [_event(record, shard) for record in batch.records]
    events = lambda_svc._apply_filter_criteria(events, shard.mapping)
    if not events:
        return []
    result = lambda_svc._execute_function(shard.function, {"Records": events})
    if result.get("throttle"):
        return [batch]
    tried = replace(batch, invocations=batch.invocations + 1)
    failed = failed_items(shard.mapping, result, batch.numbers())
    shard.mapping["LastProcessingResult"] = "OK" if failed == [] else "PROBLEM"
    left = _after_error(shard, tried) if failed is None else _after_reply(tried, failed)
    retries = shard.limit("MaximumRetryAttempts")
    if left and retries is not None and left[0].retries > retries:
        _discard(shard, left[0], result)
        return left[1:]
    return left


def _after_error(shard: _Shard, batch: _Batch) -> list[_Batch]:
    if shard.mapping.get("BisectBatchOnFunctionError") and len(batch.records) > 1:
        return batch.halves()
    return [replace(batch, retries=batch.retries + 1)]


def _after_reply(batch: _Batch, failed: list[str]) -> list[_Batch]:
    """From the lowest failed record on; without progress it is one more retry."""
    if not failed:
        return []
    lowest = min(batch.numbers().index(number) for number in failed)
    records = batch.records[lowest:]
    return [replace(batch, records=records, retries=batch.retries + (lowest == 0))]


def _event(record: Record, shard: _Shard) -> dict[str, Any]:
    """A record as the function gets it."""
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "data": record["Data"],
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"],
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard.name}:{record['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": shard.function["config"].get("Role", ""),
        "awsRegion": lambda_svc.get_region(),
        "eventSourceARN": shard.mapping["EventSourceArn"],
    }


def _discard(shard: _Shard, batch: _Batch, result: dict[str, Any]) -> None:
    """Give up on a batch, and report it where the mapping says."""
    event = {"Records": [_event(record, shard) for record in batch.records]}
    times = [record["ApproximateArrivalTimestamp"] for record in batch.records]
    numbers = batch.numbers()
    discarded = Discarded(shard.name, numbers, times, event, batch.invocations)
    try:
        report(shard.mapping, shard.function, discarded, result)
    except Exception:  # AWS counts it in DestinationDeliveryFailures, and goes on
        lambda_svc.logger.exception("discarded records could not be reported")
