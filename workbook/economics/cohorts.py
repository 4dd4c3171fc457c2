"""A year of traffic in seconds of computing: all requests of a step are one cohort.

A request's own fate is not followed. For each step the number of arrivals is drawn, and the most
that were in work at once; the environments follow from that:

* Requests in work, where nothing limits them, are Poisson distributed with a mean of rate times
  service time, whatever the distribution of the service times (M/G/infinity).
* Since the environment that has just finished is used first, as many are alive as were in work at
  once at the busiest moment of the last `idle` seconds.
* When traffic jumps, every request that finds no free environment starts another, until the first
  of these is ready.
* When no more may be started, Erlang B says which share is turned away.

`execution.simulate` follows each request; the tests compare the two.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbook.economics.arrivals import Floats, Traffic
from workbook.economics.erlang import erlang_b
from workbook.economics.function_model import FunctionModel

Counts = NDArray[np.int64]

_PLENTY = 8.0
"""With as many standard deviations more than needed, fewer than one in 10**9 are turned away."""


@dataclass(frozen=True)
class Cohorts:
    """What happened in each step.

    Attributes:
        starts: the second at which each step began.
        arrivals: requests that came.
        environments: execution environments alive at its end.
        cold_starts: environments that were started.
        throttled: requests that were turned away.
    """

    starts: Floats
    arrivals: Counts
    environments: Counts
    cold_starts: Counts
    throttled: Counts

    @property
    def served(self) -> int:
        """Requests that were answered."""
        return int((self.arrivals - self.throttled).sum())


def simulate_cohorts(
    traffic: Traffic, function: FunctionModel, random: np.random.Generator
) -> Cohorts:
    """Run each step's requests through the function as one.

    Raises:
        ValueError: a step is too short to hold an initialisation and an invocation.
    """
    if traffic.step < function.init + function.service:
        raise ValueError("a step must be longer than an initialisation and an invocation")
    arrivals = random.poisson(traffic.rates * traffic.step)
    peaks = busiest_moments(traffic.rates, traffic.step, function.service, random)
    fleet = _Fleet(function, traffic.step)
    steps = [fleet.step(*each) for each in zip(traffic.rates.tolist(), peaks.tolist(), strict=True)]
    alive, started, lost = (np.array(column) for column in zip(*steps, strict=True))
    beyond_quota = arrivals - round(function.requests_a_second * traffic.step)
    throttled = np.maximum(beyond_quota, random.binomial(arrivals, lost))
    return Cohorts(traffic.starts, arrivals, alive, started, throttled)


def busiest_moments(
    rates: Floats, step: float, service: float, random: np.random.Generator
) -> Counts:
    """Draw the most requests in work at once within each step, where nothing limits them.

    At most j are in work during a whole step if there were at most j at its beginning and none
    arrived while there were j. Such arrivals come in clumps, since after one more are likely; the
    clumps are nearly independent of each other, so their number is Poisson distributed. For steps
    of fifty service times and more this is exact to a few per cent.
    """
    offered = np.maximum(rates * service, 1e-300)
    chance = random.random(len(rates))
    peaks = np.zeros(len(rates), dtype=np.int64)
    at_most = np.zeros(len(rates))
    above, level = np.ones(len(rates), dtype=bool), 0
    while above.any():
        exactly = np.exp(level * np.log(offered) - offered - math.lgamma(level + 1))
        at_most += exactly
        clumps = rates * step * exactly * np.maximum(0.0, 1.0 - offered / (level + 1))
        above = at_most * np.exp(-clumps) < chance
        level += 1
        peaks[above] = level
        above |= offered > level
    return peaks


class _Fleet:
    """The execution environments, step by step."""

    def __init__(self, function: FunctionModel, step: float) -> None:
        self.function = function
        self.seconds = step
        self.may_start = float(function.burst)
        self.number = 0
        self.used: deque[tuple[int, int]] = deque()

    def step(self, rate: float, peak: int) -> tuple[int, int, float]:
        """Let a step pass.

        Args:
            rate: requests a second.
            peak: the most in work at once, where nothing limits them.

        Returns:
            Environments alive, environments started, and the share of requests turned away.
        """
        alive = self._alive()
        wanted = max(peak, alive + math.ceil(self._jump(rate, alive)))
        refilled = self.may_start + self.seconds * self.function.refill
        startable = min(int(refilled), self.function.concurrency - alive)
        started = max(0, min(wanted - alive, startable))
        self.may_start = min(float(self.function.burst), refilled - started)
        self._use(alive + started if started else min(peak, alive))
        lost = self._lost(rate, alive, started) if started == startable else 0.0
        return alive + started, started, lost

    def _alive(self) -> int:
        self.number += 1
        oldest = self.number - self.function.idle / self.seconds
        while self.used and self.used[0][0] < oldest:
            self.used.popleft()
        most = self.used[0][1] if self.used else 0
        return max(self.function.provisioned, most)

    def _use(self, environments: int) -> None:
        """Keep those steps only in which more were in use than in any later one."""
        while self.used and self.used[-1][1] <= environments:
            self.used.pop()
        self.used.append((self.number, environments))

    def _jump(self, rate: float, alive: int) -> float:
        """How many start before the first of them is ready, when traffic is beyond the alive."""
        beyond = rate - alive / self.function.service
        return max(0.0, beyond) * (self.function.init + self.function.service)

    def _lost(self, rate: float, alive: int, started: int) -> float:
        """The share turned away: while the new ones initialise, and in the rest of the step."""
        offered = rate * self.function.service
        if alive + started > offered + _PLENTY * (1 + math.sqrt(offered)):
            return 0.0
        blocked = erlang_b(alive + started, offered)
        begin = min(self.seconds, self.function.init + self.function.service)
        in_vain = max(self._jump(rate, alive) - started, rate * begin * blocked)
        return (in_vain + rate * (self.seconds - begin) * blocked) / (rate * self.seconds)
