"""Where a history could go on in several ways: who decides, and that every way can be taken."""

from collections.abc import Sequence
from random import Random
from typing import Protocol


class Choices(Protocol):
    """Decides."""

    def pick(self, ways: int, usual: int | None = None, *, is_rare: bool = False) -> int:
        """Pick one of so many ways, the first of which are without a fault.

        Args:
            usual: how many are without a fault; all, if it is None.
            is_rare: whether the fault is one of the rarer, where chance decides.
        """


class RecordedChoices:
    """Repeats a beginning, then takes the first way each time, and records what there was."""

    def __init__(self, beginning: Sequence[int] = ()) -> None:
        self._beginning = beginning
        self.taken: list[int] = []
        self._ways: list[int] = []

    def pick(self, ways: int, usual: int | None = None, *, is_rare: bool = False) -> int:
        """Go on as before, or by the first way."""
        place = len(self.taken)
        way = self._beginning[place] if place < len(self._beginning) else 0
        self.taken.append(way)
        self._ways.append(ways)
        return way

    def next_beginning(self) -> list[int] | None:
        """The next in the order of a depth-first search; None after the last."""
        for place in reversed(range(len(self.taken))):
            if self.taken[place] + 1 < self._ways[place]:
                return [*self.taken[:place], self.taken[place] + 1]
        return None


class RandomChoices:
    """Decides by a seed, for a fault with the given probability where there is one."""

    def __init__(self, seed: int, fault: float) -> None:
        self._random = Random(seed)
        self._fault = fault

    def pick(self, ways: int, usual: int | None = None, *, is_rare: bool = False) -> int:
        """Draw."""
        usual = ways if usual is None else usual
        fault = self._fault / 20 if is_rare else self._fault
        if usual < ways and self._random.random() < fault:
            return self._random.randrange(usual, ways)
        return self._random.randrange(usual)
