"""A queue, its event source mapping, the workers of the function, and a clock that is not real.

What AWS documents is in `rules`. A world goes on by steps; where a step could go several ways, it
asks. What makes the number of histories finite and small, and leaves none out:

- a worker without work is like any other;
- the clock jumps to the next moment at which something happens;
- where results go to a FIFO queue, which forgets, the clock does not jump while a worker without
  work could receive something: the claim is about its window, not about a backlog;
- a function that runs out of time is one that crashes between two calls, so no time passes while
  one works, unless its messages come back before its time is up;
- a message that has been received too often goes to the dead letters when it comes back, not when
  it would be received again: nothing else can become of it.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from tests.delivery.choices import Choices
from tests.delivery.invocation import Failed, Invocations, Returned, Told, message_id, sqs_event
from tests.delivery.results import Results, ViolationError
from tests.delivery.rules import Mapped, deleted_by, failed_items, is_dead
from tests.delivery.sent_messages import Sent
from tests.delivery.world import World

# A message that comes back so often without a dead-letter queue comes back for ever.
MOST_RECEIVES = 12


class Delivery(NamedTuple):
    """A message that was received so many times; `copy` tells duplicates of the queue apart."""

    number: int
    copy: int = 0
    receives: int = 0

    @property
    def itself(self) -> tuple[int, int]:
        """The same for every delivery of it."""
        return self.number, self.copy

    def __str__(self) -> str:
        return f"{self.number} (receive {self.receives})"


class Work(NamedTuple):
    """What a worker does: the messages it was given, what it was told since, when it has to end."""

    given: tuple[Delivery, ...]
    replies: tuple[Told, ...]
    until: int


class QueueWorld(World):
    """One moment of a history of a queue."""

    changing = (
        *World.changing,
        *("_workers", "_visible", "_groups", "_locked", "_in_flight", "_last_copy", "dead"),
    )

    def __init__(
        self,
        invocations: Invocations,
        results: Results,
        mapped: Mapped,
        *,
        is_fifo: bool,
        faults: int,
        workers: int = 2,
    ) -> None:
        super().__init__(invocations, results, mapped, faults)
        self._is_fifo = is_fifo
        self._event = partial(sqs_event, is_fifo=is_fifo)
        self._workers: list[Work | None] = [None] * workers
        self._visible: list[Delivery] = []
        # Of a FIFO queue, those that are in flight too.
        self._groups: dict[str, tuple[Delivery, ...]] = {}
        self._locked: Counter[str] = Counter()
        # When a message that was received is seen again.
        self._in_flight: dict[Delivery, int] = {}
        self._last_copy: Counter[int] = Counter()
        self.dead: set[int] = set()

    def signature(self) -> Hashable:
        """Equal, if what comes from here on is."""
        now = self.now
        return (
            frozenset(self._visible),
            tuple(self._groups.values()),
            frozenset((one, moment - now) for one, moment in self._in_flight.items()),
            frozenset((one.given, one.replies, one.until - now) for one in self._workers if one),
            self.results.signature(now),
            frozenset(self.dead),
            frozenset(self.hits.items()),
            self.faults,
        )

    def send(self, message: Sent) -> None:
        """A producer sends a message."""
        self.sent.append(message)
        if self._is_fifo:
            waiting = self._groups.get(message.group, ())
            self._groups[message.group] = (*waiting, Delivery(message.number))
        else:
            self._visible.append(Delivery(message.number))

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to happen."""
        waiting = self._visible or self._in_flight or any(self._groups.values())
        return not waiting and not any(self._workers)

    def check_end(self) -> None:
        """See what has become of every message.

        Raises:
            ViolationError: one is lost.
        """
        for message in self.sent:
            is_dead_letter = message.number in self.dead
            if message.prediction is None and not is_dead_letter:
                raise ViolationError(message, "is lost: it is not among the dead letters")
            is_done = message.prediction is None or self.results.is_done(message)
            if not is_done and not is_dead_letter:
                raise ViolationError(message, "is lost: it has no result")

    def step(self, choices: Choices) -> None:
        """Let a worker go on, give messages to one, or let time pass."""
        busy = [place for place, work in enumerate(self._workers) if work]
        can_receive = None in self._workers and self._has_something()
        can_wait = self._can_wait()
        ways = len(busy) + can_receive + can_wait
        way = choices.pick(ways, max(1, ways - can_wait))
        if way < len(busy):
            self._go_on(busy[way], choices)
        elif can_receive and way == len(busy):
            self._receive(choices)
        else:
            self._wait()

    def _has_something(self) -> bool:
        return bool(self._visible) or any(
            waiting and not self._locked[group] for group, waiting in self._groups.items()
        )

    def _can_wait(self) -> bool:
        may_lag = self.results.kind != "fifo" or None not in self._workers
        if not self._in_flight or (self._has_something() and not may_lag):
            return False
        ends = [work.until for work in self._workers if work]
        return not ends or min(self._in_flight.values()) <= min(ends)

    def _wait(self) -> None:
        """The clock jumps to when the next messages are seen again."""
        self.now = max(self.now, min(self._in_flight.values()))
        back = tuple(one for one, moment in self._in_flight.items() if moment <= self.now)
        self._tell(_numbers(back), "%d s: %s seen again", self.now, back)
        for delivery in back:
            del self._in_flight[delivery]
            self._come_back(delivery)

    def _come_back(self, delivery: Delivery) -> None:
        message = self.sent[delivery.number]
        if delivery.receives > MOST_RECEIVES:
            raise ViolationError(message, "comes back for ever")
        goes = is_dead(delivery.receives, self._mapped)
        if goes:
            self._bury(delivery)
        if self._is_fifo:
            self._locked[message.group] -= 1
            if goes:
                self._leave_group(delivery)
        elif not goes:
            self._visible.append(delivery)

    def _leave_group(self, delivery: Delivery) -> None:
        group = self.sent[delivery.number].group
        self._groups[group] = tuple(one for one in self._groups[group] if one != delivery)

    def _bury(self, delivery: Delivery) -> None:
        """Put a message among the dead letters, where a good one comes by faults alone."""
        message = self.sent[delivery.number]
        self._tell([delivery.number], "%s: to the dead letters", delivery)
        self.dead.add(delivery.number)
        self.settled += 1
        if message.prediction is not None and self.hits[delivery.itself] <= self.tolerated:
            raise ViolationError(message, "is among the dead letters")

    def _receive(self, choices: Choices) -> None:
        """Give messages to a worker: any, in any order; of a FIFO queue from its heads."""
        given: list[Delivery] = []
        find = self._next_of_group if self._is_fifo else self._next
        while len(given) < self._mapped.batch and (found := find(given, choices)):
            given.append(found)
        for delivery in given:
            self._in_flight[delivery] = self.now + self._mapped.visibility
            self._locked[self.sent[delivery.number].group] += self._is_fifo
        place = self._workers.index(None)
        self._workers[place] = Work(tuple(given), (), self.now + self._mapped.timeout)
        self._tell(_numbers(given), "%d s: worker %d is given %s", self.now, place, tuple(given))

    def _next(self, given: Sequence[Delivery], choices: Choices) -> Delivery | None:
        """A message; as a fault, one that the queue will deliver once more all the same."""
        count = len(self._visible)
        if not count:
            return None
        place = choices.pick(count + bool(given), count, is_rare=True)
        if place == count:
            return None
        self._visible[place], self._visible[-1] = self._visible[-1], self._visible[place]
        found = self._visible.pop()
        if self._happens((), choices, is_rare=True):
            self._last_copy[found.number] += 1
            twin = found._replace(copy=self._last_copy[found.number])
            self._visible.append(twin)
            if found.itself in self.hits:
                self.hits[twin.itself] = self.hits[found.itself]
            self._tell([found.number], "the queue will deliver %d twice", found.number)
        return found._replace(receives=found.receives + 1)

    def _next_of_group(self, given: Sequence[Delivery], choices: Choices) -> Delivery | None:
        taken = Counter(self.sent[one.number].group for one in given)
        ready = [
            group
            for group, waiting in self._groups.items()
            if len(waiting) > taken[group] and not self._locked[group]
        ]
        if not ready:
            return None
        way = choices.pick(len(ready) + bool(given), len(ready), is_rare=True)
        if way == len(ready):
            return None
        waiting, place = self._groups[ready[way]], taken[ready[way]]
        found = waiting[place]._replace(receives=waiting[place].receives + 1)
        self._groups[ready[way]] = (*waiting[:place], found, *waiting[place + 1 :])
        return found

    def _go_on(self, place: int, choices: Choices) -> None:
        """Let a worker go on to its next call, or to its end."""
        work = self._workers[place]
        assert work is not None
        messages = [self.sent[one.number] for one in work.given]
        progress = self._invocations.progress(messages, work.replies, self._event)
        if isinstance(progress, Failed):
            self._workers[place] = None
            self._tell(_numbers(work.given), "worker %d raises %s", place, progress.error)
        elif isinstance(progress, Returned):
            self._end(place, work, progress.reply, choices)
        else:
            name, told = self._answer(progress.puts, _themselves(work.given), choices)
            self._workers[place] = told and work._replace(replies=(*work.replies, told))
            ids = tuple(one.message_id for one in progress.puts)
            self._tell(_numbers(work.given), "worker %d sends %s, which %s", place, ids, name)

    def _end(self, place: int, work: Work, reply: Any, choices: Choices) -> None:
        self._workers[place] = None
        if self._happens(_themselves(work.given), choices):
            text = "worker %d crashes before its reply is read"
            self._tell(_numbers(work.given), text, place)
            return
        by_id = {message_id(self.sent[one.number]): one for one in work.given}
        gone = deleted_by(reply, list(by_id), self._mapped)
        names = tuple(sorted(gone))
        self._tell(_numbers(work.given), "worker %d returns, deleted: %s", place, names)
        for delivery in work.given:
            if message_id(self.sent[delivery.number]) in gone:
                self._delete(delivery)
            elif self._mapped.returns_at_once and failed_items(reply):
                self._in_flight[delivery] = self.now

    def _delete(self, delivery: Delivery) -> None:
        """Delete a message, unless it has been received again since."""
        if self._in_flight.pop(delivery, None) is None:
            return
        message = self.sent[delivery.number]
        self.settled += 1
        if self._is_fifo:
            self._locked[message.group] -= 1
            self._leave_group(delivery)
        if delivery.receives > 1 + self.hits.pop(delivery.itself, 0):
            raise ViolationError(message, f"needed {delivery.receives} deliveries")


def _numbers(deliveries: Iterable[Delivery]) -> list[int]:
    return [one.number for one in deliveries]


def _themselves(deliveries: Iterable[Delivery]) -> list[tuple[int, int]]:
    return [one.itself for one in deliveries]
