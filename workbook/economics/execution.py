"""Every request followed through Lambda: an exact simulation, event by event."""

from collections import deque
from dataclasses import dataclass
from enum import IntEnum
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from workbook.economics.arrivals import Floats
from workbook.economics.function_model import FunctionModel


class Outcome(IntEnum):
    """What became of a request."""

    WARM = 0
    COLD = 1
    THROTTLED = 2


@dataclass(frozen=True)
class Execution:
    """What became of each request.

    Attributes:
        arrivals: the second at which each arrived, in order.
        outcomes: an Outcome for each.
        durations: seconds each was in work, initialisation included; 0 for the throttled.
    """

    arrivals: Floats
    outcomes: NDArray[np.int8]
    durations: Floats

    def count(self, outcome: Outcome) -> int:
        """How many requests had this outcome."""
        return int((self.outcomes == outcome).sum())

    def share(self, outcome: Outcome) -> float:
        """Which share of the requests had this outcome."""
        return self.count(outcome) / max(1, len(self.outcomes))

    def a_second(self, outcome: Outcome, seconds: int) -> NDArray[np.int64]:
        """How many requests with this outcome arrived in each second."""
        which = self.arrivals[self.outcomes == outcome].astype(np.int64)
        return np.bincount(which, minlength=seconds)

    def concurrency(self, at: Floats) -> NDArray[np.int64]:
        """How many requests were in work at each of these moments."""
        served = self.outcomes != Outcome.THROTTLED
        begun = np.searchsorted(self.arrivals[served], at, side="right")
        ends = np.sort(self.arrivals[served] + self.durations[served])
        in_work: NDArray[np.int64] = begun - np.searchsorted(ends, at, side="right")
        return in_work

    @property
    def peak_concurrency(self) -> int:
        """The most requests that were in work at once."""
        return int(self.concurrency(self.arrivals).max(initial=0))


def simulate(arrivals: Floats, service: Floats, function: FunctionModel) -> Execution:
    """Run each request through the function.

    Args:
        arrivals: seconds, in order.
        service: seconds of work of each request, without initialisation.
        function: its limits; its own `service` is not used here.
    """
    environments = Environments(function)
    outcomes = np.empty(len(arrivals), dtype=np.int8)
    for number, (now, seconds) in enumerate(zip(arrivals.tolist(), service.tolist(), strict=True)):
        outcomes[number] = environments.request(now, seconds)
    durations = service + function.init * (outcomes == Outcome.COLD)
    durations[outcomes == Outcome.THROTTLED] = 0.0
    return Execution(arrivals, outcomes, durations)


class Environments:
    """The execution environments: the busy by when they finish, the idle by since when.

    The one that has just finished is used first, so those that are not needed grow old and end.
    """

    def __init__(self, function: FunctionModel) -> None:
        self.function = function
        self.busy: list[float] = []
        self.idle: deque[float] = deque([0.0] * function.provisioned)
        self.may_start = float(function.burst)
        self.now = 0.0
        self.accepted = 0

    def request(self, now: float, seconds: float) -> Outcome:
        """Serve one request, or turn it away."""
        self._advance(now)
        outcome = self.decide()
        if outcome is not Outcome.THROTTLED:
            self.accepted += 1
            init = self.function.init if outcome is Outcome.COLD else 0.0
            heappush(self.busy, now + init + seconds)
        return outcome

    def _advance(self, now: float) -> None:
        if int(now) > int(self.now):
            self.accepted = 0
        refilled = self.may_start + (now - self.now) * self.function.refill
        self.may_start = min(float(self.function.burst), refilled)
        self.now = now
        while self.busy and self.busy[0] <= now:
            self.idle.append(heappop(self.busy))
        while self.idle and self.idle[0] <= now - self.function.idle and self._may_end():
            self.idle.popleft()

    def _may_end(self) -> bool:
        return len(self.busy) + len(self.idle) > self.function.provisioned

    def decide(self) -> Outcome:
        """Take a free environment, start another, or do neither."""
        if self.accepted >= self.function.requests_a_second:
            return Outcome.THROTTLED
        if self.idle:
            self.idle.pop()
            return Outcome.WARM
        if len(self.busy) >= self.function.concurrency or self.may_start < 1:
            return Outcome.THROTTLED
        self.may_start -= 1
        return Outcome.COLD
