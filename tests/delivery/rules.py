"""What AWS documents about deliveries, one rule a function, each with its page.

The pages are below https://docs.aws.amazon.com/.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

# AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-key-terms.html: a message with the
# deduplication id of another is accepted but not delivered within this many seconds of the other.
DEDUPLICATION_SECONDS = 300


class Mapped(NamedTuple):
    """An event source mapping and its queue or stream; the defaults are those that are deployed.

    Attributes:
        batch: the most messages of an event.
        reports: `ReportBatchItemFailures`.
        timeout: seconds that the function has.
        visibility: seconds in which a received message is not seen by others.
        returns_at_once: whether a message that is named as failed is seen again at once, or when it
            would be anyway: the page on errors leaves it open for partial responses.
        max_receives: after so many, a message goes to the dead-letter queue; None: never.
        max_retries: after so many, records of a stream are discarded; None: never.
        bisects: whether a stream's batch is split in two when the function fails.
        max_age: seconds after which records of a stream are discarded; None: never.
        on_failure: whether discarded records are reported somewhere.
    """

    batch: int = 2
    reports: bool = True
    timeout: int = 10
    visibility: int = 60
    returns_at_once: bool = False
    max_receives: int | None = 3
    max_retries: int | None = 3
    bisects: bool = True
    max_age: int | None = None
    on_failure: bool = True


def deleted_by(reply: Any, received: Sequence[str], mapped: Mapped) -> Collection[str]:
    """The message ids that are deleted from a queue after the function has returned.

    All but the failed ones; none, if the reply is malformed; all, if replies are not looked at.
    lambda/latest/dg/services-sqs-errorhandling.html (Success and failure conditions)
    """
    failed = failed_items(reply) if mapped.reports else []
    if failed is None or not set(failed) <= set(received):
        return ()
    return set(received) - set(failed)


def failed_items(reply: Any) -> list[str] | None:
    """The item identifiers of a partial batch response; None if it is malformed.

    An empty reply, or an empty or null list, says that all is well; an identifier that is empty,
    null or under another name, or a reply that is not JSON, that nothing is.
    lambda/latest/dg/services-sqs-errorhandling.html, services-kinesis-batchfailurereporting.html
    """
    if reply is None or reply == {}:
        return []
    if not isinstance(reply, Mapping):
        return None
    items = reply.get("batchItemFailures") or []
    identifiers = [one.get("itemIdentifier") if isinstance(one, Mapping) else None for one in items]
    named = [one for one in identifiers if isinstance(one, str) and one]
    return named if len(named) == len(identifiers) else None


def is_dead(receives: int, mapped: Mapped) -> bool:
    """Whether a message that comes back goes to the dead-letter queue.

    AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """
    return mapped.max_receives is not None and receives >= mapped.max_receives


def is_duplicate(now: int, accepted_at: int | None) -> bool:
    """Whether a FIFO queue accepts a message without delivering it.

    AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
    """
    return accepted_at is not None and now - accepted_at < DEDUPLICATION_SECONDS


class Batch(NamedTuple):
    """Records of a shard that are tried together: from `start` up to `end`, `retries` times."""

    start: int
    end: int
    retries: int = 0


def left_of(
    batch: Batch, reply: Any, sequence_numbers: Sequence[str], mapped: Mapped
) -> list[Batch]:
    """What of a batch is tried again after the function has returned.

    From the lowest failed sequence number on; all of it, if the reply is malformed.
    lambda/latest/dg/services-kinesis-batchfailurereporting.html
    """
    failed = failed_items(reply) if mapped.reports else []
    if failed is None or not set(failed) <= set(sequence_numbers):
        return after_error(batch, mapped)
    if not failed:
        return []
    lowest = min(sequence_numbers.index(one) for one in failed)
    return [Batch(batch.start + lowest, batch.end, batch.retries + (lowest == 0))]


def after_error(batch: Batch, mapped: Mapped) -> list[Batch]:
    """What is tried again after the function has failed: two halves, or all of it once more.

    Splitting does not count as a retry.
    lambda/latest/dg/kinesis-on-failure-destination.html
    """
    if mapped.bisects and batch.end - batch.start > 1:
        middle = (batch.start + batch.end) // 2
        return [Batch(batch.start, middle, batch.retries), Batch(middle, batch.end, batch.retries)]
    return [batch._replace(retries=batch.retries + 1)]


def is_discarded(batch: Batch, age: int, mapped: Mapped) -> bool:
    """Whether the mapping gives up on a batch, and goes on behind it.

    lambda/latest/dg/kinesis-on-failure-destination.html
    """
    is_exhausted = mapped.max_retries is not None and batch.retries > mapped.max_retries
    return is_exhausted or (mapped.max_age is not None and age > mapped.max_age)
