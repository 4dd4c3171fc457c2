"""What a queue and a stream have in common as moments of a history."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, ClassVar, Self

from tests.delivery.choices import Choices
from tests.delivery.invocation import Invocations, Put, Told
from tests.delivery.results import Results
from tests.delivery.rules import Mapped
from tests.delivery.sent_messages import Sent

EVERYTHING = -1


class World(ABC):
    """One moment of a history, which goes on by steps and asks where a step has several ways.

    Attributes:
        sent: every message, by its number.
        faults: how many are left to happen.
        tolerated: how many faults a good message has to survive.
        hits: how many faults each message was there for.
        settled: how many messages are done with.
        about: the number of the message of which a story is kept, or `EVERYTHING`; None: of none.
        changing: the attributes that a step changes in place.
    """

    changing: ClassVar[tuple[str, ...]] = ("results", "hits")

    def __init__(
        self, invocations: Invocations, results: Results, mapped: Mapped, faults: int
    ) -> None:
        self._invocations = invocations
        self._mapped = mapped
        self.sent: list[Sent] = []
        self.results = results
        self.faults = self.tolerated = faults
        self.hits: Counter[Hashable] = Counter()
        self.now = 0
        self.settled = 0
        self.about: int | None = EVERYTHING
        self.story: Any = None

    @property
    @abstractmethod
    def is_over(self) -> bool:
        """Whether nothing is left to happen."""

    @abstractmethod
    def signature(self) -> Hashable:
        """Equal, if what comes from here on is."""

    @abstractmethod
    def send(self, message: Sent) -> None:
        """A producer sends a message, whose number is that of the messages before it."""

    @abstractmethod
    def step(self, choices: Choices) -> None:
        """Let one thing happen.

        Raises:
            ViolationError: it must not.
        """

    @abstractmethod
    def check_end(self) -> None:
        """See what has become of every message.

        Raises:
            ViolationError: one is lost.
        """

    def copy(self) -> Self:
        """Another that goes on from here."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        for name in self.changing:
            twin.__dict__[name] = self.__dict__[name].copy()
        return twin

    def _happens(self, hit: Iterable[Hashable], choices: Choices, *, is_rare: bool = False) -> bool:
        """Whether a fault happens here."""
        if not self.faults or not choices.pick(2, 1, is_rare=is_rare):
            return False
        self._count_fault(hit)
        return True

    def _count_fault(self, hit: Iterable[Hashable]) -> None:
        self.faults -= 1
        self.hits.update(hit)

    def _answer(
        self, puts: Sequence[Put], hit: Iterable[Hashable], choices: Choices
    ) -> tuple[str, Told | None]:
        """Let a call to the outside have one of its outcomes.

        Returns:
            What happened, and what the handler is told; None if it is not there any more.
        """
        ways = ways_to_answer(puts)
        way = choices.pick(len(ways), 1) if self.faults else 0
        if way:
            self._count_fault(hit)
        name, (taken, times, told) = ways[way]
        known = False
        for _ in range(times):
            known = self.results.take([puts[one] for one in taken], self.sent, self.now)
        if told is None:
            return name, None
        return name, told._replace(is_there=self.results.kind == "table" and known)

    def _tell(self, numbers: Iterable[int], template: str, *what: Any) -> None:
        """Add a line to the story, if it is about these messages."""
        if self.about == EVERYTHING or (self.about is not None and self.about in numbers):
            self.story = (self.story, template, what)


def ways_to_answer(puts: Sequence[Put]) -> list[tuple[str, Any]]:
    """Everything that can happen to a call, the first being that all goes well.

    Returns:
        For each its name, and how often it takes effect with what the handler is told; None in
        place of that: the execution environment is gone.
    """
    everything = tuple(range(len(puts)))
    ways: list[tuple[str, Any]] = [
        ("is answered", (everything, 1, Told(everything))),
        ("is the last thing before the function crashes", ((), 0, None)),
        ("takes effect, and the function crashes", (everything, 1, None)),
        ("fails", ((), 0, Told(None))),
        ("takes effect, and the reply is lost", (everything, 1, Told(None))),
        ("takes effect twice", (everything, 2, Told(everything))),
        ("is answered late", (everything, 1, Told(everything, is_late=True))),
    ]
    if len(puts) > 1:
        for refused in everything:
            others = tuple(one for one in everything if one != refused)
            ways.append((f"is refused for item {refused}", (others, 1, Told(others))))
    return ways
