"""A queue in front of the function: what would be throttled waits instead."""

from bisect import bisect_right
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from workbook.economics.arrivals import Floats
from workbook.economics.function_model import FunctionModel


@dataclass(frozen=True)
class EventSource:
    """How Lambda takes messages from an SQS queue.

    Attributes:
        batch: the most messages of one invocation.
        at_first: batches in work at once when messages begin to arrive.
        growth: batches in work that are added each second while messages wait; 300 a minute.
        maximum: the most batches in work at once.
        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
        overhead: seconds of an invocation that do not depend on the number of its messages.
    """

    batch: int = 10
    at_first: int = 5
    growth: float = 5.0
    maximum: int = 1000
    overhead: float = 0.0


@dataclass(frozen=True)
class QueueRun:
    """What became of each message, and of each batch.

    Attributes:
        arrivals: the second at which each message was sent, in order.
        starts: the second at which the batch it was in was begun.
        ends: the second at which that batch was done.
        batches: the number of messages in each batch.
        in_work: the most batches that were in work at once.
    """

    arrivals: Floats
    starts: Floats
    ends: Floats
    batches: NDArray[np.int64]
    in_work: int

    @property
    def waits(self) -> Floats:
        """Seconds each message lay in the queue."""
        return self.starts - self.arrivals

    @property
    def latencies(self) -> Floats:
        """Seconds from sending a message to its result."""
        return self.ends - self.arrivals

    def waiting(self, at: Floats) -> NDArray[np.int64]:
        """How many messages lay in the queue at each of these moments."""
        sent = np.searchsorted(self.arrivals, at, side="right")
        begun = np.searchsorted(np.sort(self.starts), at, side="right")
        lying: NDArray[np.int64] = sent - begun
        return lying


def drain(
    arrivals: Floats, service: Floats, function: FunctionModel, source: EventSource
) -> QueueRun:
    """Take every message from the queue, oldest first, in batches.

    Args:
        arrivals: seconds, in order.
        service: seconds of work of each message.
        function: its `init` and `concurrency` are used.
        source: the limits of the queue's event source mapping.
    """
    readers = _Readers(function, source)
    times, work = arrivals.tolist(), np.concatenate(([0.0], np.cumsum(service))).tolist()
    begins: list[float] = []
    ends: list[float] = []
    batches: list[int] = []
    first = 0
    while first < len(times):
        begin, init = readers.next(times[first])
        last = bisect_right(times, begin, first, min(first + source.batch, len(times)))
        end = begin + init + source.overhead + work[last] - work[first]
        readers.busy_until(end)
        begins.append(begin)
        ends.append(end)
        batches.append(last - first)
        first = last
    sizes = np.array(batches, dtype=np.int64)
    return QueueRun(
        arrivals, np.repeat(begins, sizes), np.repeat(ends, sizes), sizes, readers.number
    )


class _Readers:
    """Those who take batches from the queue; more are added while messages wait."""

    def __init__(self, function: FunctionModel, source: EventSource) -> None:
        self.maximum = min(source.maximum, function.concurrency)
        self.init = function.init
        self.pause = 1.0 / source.growth if source.growth else float("inf")
        self.number = min(source.at_first, self.maximum)
        self.free: list[tuple[float, float]] = [(0.0, self.init)] * self.number
        heapify(self.free)
        self.grows_at = self.pause

    def next(self, sent: float) -> tuple[float, float]:
        """When the oldest message is taken, and how long the one who takes it initialises."""
        grown = max(self.grows_at, sent)
        if self.number < self.maximum and grown < self.free[0][0]:
            self.number += 1
            self.grows_at = grown + self.pause
            return grown, self.init
        free, init = heappop(self.free)
        return max(free, sent), init

    def busy_until(self, end: float) -> None:
        """Note when a batch is done."""
        heappush(self.free, (end, 0.0))
