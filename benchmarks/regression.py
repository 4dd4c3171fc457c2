"""Compares a run with the stored one: fails on a real loss, not on noise.

Only ratios within a run and sizes are compared, so another machine or a busy one does not matter
much. A loss is real when the median is worse by a seventh, and when the rounds of the two runs
are too well separated for chance: the rank sum of Mann, Whitney and Wilcoxon, which asks nothing
of the distribution, is 3.3 standard deviations off, once in two thousand without a loss.
"""

from dataclasses import dataclass
from statistics import median

from benchmarks.results import Results
from benchmarks.targets import TARGETS, Target

SMALLEST_LOSS = 0.15
STANDARD_DEVIATIONS = 3.3
# Absolute times and rates depend on the machine; their ratios are among the targets.
_OF_THE_MACHINE = {"rows", "own-code"}


@dataclass(frozen=True)
class Loss:
    """A target that is now worse than stored."""

    target: Target
    before: float
    now: float

    def __str__(self) -> str:
        unit = self.target.unit
        return f"{self.target.title}: {self.before:.3g}{unit} before, now {self.now:.3g}{unit}"


def losses(now: Results, before: Results) -> list[Loss]:
    """The targets that were really lost against an earlier run."""
    compared = [target for target in TARGETS if target.key not in _OF_THE_MACHINE]
    return [
        Loss(target, target.value(before), target.value(now))
        for target in compared
        if is_loss(target.samples(now), target.samples(before))
    ]


def is_loss(now: list[float], before: list[float]) -> bool:
    """Whether these samples, of which less is better, are really worse than those."""
    is_worse = median(now) > (1 + SMALLEST_LOSS) * median(before)
    # A size is not measured with noise.
    is_exact = len(now) == len(before) == 1
    return is_worse and (is_exact or separation(now, before) > STANDARD_DEVIATIONS)


def separation(now: list[float], before: list[float]) -> float:
    """How far the rank sum of the first is above that of equal distributions, in its deviations."""
    pairs = len(now) * len(before)
    above = sum((one > other) + (one == other) / 2 for one in now for other in before)
    deviation = (pairs * (len(now) + len(before) + 1) / 12) ** 0.5
    return float((above - pairs / 2) / deviation)
