"""A shard of a stream and its event source mapping, which tries one batch after the other.

What AWS documents is in `rules`. Shards have nothing to do with each other, so one is enough, and
there is one worker: a mapping with a parallelization factor of 1 tries one batch of a shard at a
time. Each attempt that fails takes as long as the function may take.
"""

from collections import Counter
from collections.abc import Hashable
from math import ceil, log2
from typing import Any

from tests.delivery.choices import Choices
from tests.delivery.invocation import (
    Failed,
    Invocations,
    Returned,
    Told,
    kinesis_event,
    sequence_number,
)
from tests.delivery.results import Results, ViolationError
from tests.delivery.rules import Batch, Mapped, after_error, is_discarded, left_of
from tests.delivery.sent_messages import Sent
from tests.delivery.world import World

# A batch that is tried so often without a limit is tried for ever.
MOST_RETRIES = 12


class StreamWorld(World):
    """One moment of a history of a shard."""

    changing = (*World.changing, "_pending", "_attempts", "discarded")

    def __init__(
        self, invocations: Invocations, results: Results, mapped: Mapped, *, faults: int
    ) -> None:
        super().__init__(invocations, results, mapped, faults)
        self._next = 0
        # In the order of the shard; the first is being tried.
        self._pending: list[Batch] = []
        self._replies: tuple[Told, ...] | None = None
        self._attempts: Counter[int] = Counter()
        self.discarded: set[int] = set()

    def signature(self) -> Hashable:
        """Equal, if what comes from here on is."""
        return (
            self._next,
            tuple(self._pending),
            self._replies,
            frozenset(self._attempts.items()),
            self.results.signature(self.now),
            frozenset(self.discarded),
            frozenset(self.hits.items()),
            self.now,
            self.faults,
        )

    def send(self, message: Sent) -> None:
        """A producer puts a record."""
        self.sent.append(message)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to happen."""
        return self._next == len(self.sent) and not self._pending

    def check_end(self) -> None:
        """See what has become of every record.

        Raises:
            ViolationError: one is lost.
        """
        for message in self.sent:
            is_reported = message.number in self.discarded and self._mapped.on_failure
            is_done = message.prediction is not None and self.results.is_done(message)
            if not is_done and not is_reported:
                raise ViolationError(message, "is lost: neither a result nor a report is of it")

    def step(self, choices: Choices) -> None:
        """Cut a batch from the shard, begin an attempt, or go on with it."""
        if not self._pending:
            most = min(self._mapped.batch, len(self.sent) - self._next)
            size = most - choices.pick(most, 1, is_rare=True)
            self._pending.append(Batch(self._next, self._next + size))
            self._next += size
        elif self._replies is None:
            self._begin(self._pending[0])
        else:
            self._go_on(self._pending[0], self._replies, choices)

    def _begin(self, batch: Batch) -> None:
        numbers = range(batch.start, batch.end)
        if is_discarded(batch, self.now, self._mapped):
            self._discard(numbers)
        elif batch.retries > MOST_RETRIES:
            raise ViolationError(self.sent[batch.start], "is tried for ever: the shard stops")
        else:
            self._attempts.update(numbers)
            self._replies = ()
            self._tell(numbers, "%d s: the function is given %s", self.now, tuple(numbers))

    def _discard(self, numbers: range) -> None:
        """Give up on records, among which a good one comes by faults alone."""
        self._pending.pop(0)
        self._tell(numbers, "%d s: %s are discarded", self.now, tuple(numbers))
        self._settle(numbers)
        self.discarded.update(numbers)
        for number in numbers:
            message = self.sent[number]
            if message.prediction is not None and self.hits[number] <= self.tolerated:
                raise ViolationError(message, "is discarded")

    def _go_on(self, batch: Batch, replies: tuple[Told, ...], choices: Choices) -> None:
        """Let the function go on to its next call, or to its end."""
        records = self.sent[batch.start : batch.end]
        numbers = range(batch.start, batch.end)
        progress = self._invocations.progress(records, replies, kinesis_event)
        if isinstance(progress, Failed):
            self._tell(numbers, "it raises %s", progress.error)
            self._try_again(batch, after_error(batch, self._mapped))
        elif isinstance(progress, Returned):
            self._end(batch, progress.reply, choices)
        else:
            name, told = self._answer(progress.puts, numbers, choices)
            ids = tuple(one.message_id for one in progress.puts)
            self._tell(numbers, "it sends %s, which %s", ids, name)
            if told is None:
                self._try_again(batch, after_error(batch, self._mapped))
            else:
                self._replies = (*replies, told)

    def _end(self, batch: Batch, reply: Any, choices: Choices) -> None:
        numbers = range(batch.start, batch.end)
        if self._happens(numbers, choices):
            self._tell(numbers, "it crashes before its reply is read")
            self._try_again(batch, after_error(batch, self._mapped))
            return
        sequence_numbers = [sequence_number(self.sent[number]) for number in numbers]
        left = left_of(batch, reply, sequence_numbers, self._mapped)
        done = range(batch.start, left[0].start if left else batch.end)
        self._tell(numbers, "it returns, done: %s", tuple(done))
        for number in done:
            self._check_attempts(self.sent[number])
        self._settle(done)
        self._try_again(batch, left)

    def _check_attempts(self, message: Sent) -> None:
        """One, one for each fault, and to get away from each bad record those that split."""
        bad = sum(one.prediction is None for one in self._around(message))
        most = 1 + self.hits[message.number] + bad * (1 + ceil(log2(self._mapped.batch)))
        if self._attempts[message.number] > most:
            raise ViolationError(message, f"needed {self._attempts[message.number]} deliveries")

    def _around(self, message: Sent) -> list[Sent]:
        """All that could have been in a batch with a record."""
        reach = self._mapped.batch
        return self.sent[max(0, message.number - reach) : message.number + reach]

    def _settle(self, numbers: range) -> None:
        self.settled += len(numbers)

    def _try_again(self, batch: Batch, left: list[Batch]) -> None:
        self._replies = None
        self._pending[:1] = left
        if left and left[0].start == batch.start:
            self.now += self._mapped.timeout
