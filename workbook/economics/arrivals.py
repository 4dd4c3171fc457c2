"""When requests arrive: steadily, in bursts, or by the time of day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAY = 86_400
_DAYS_A_WEEK = 7
_WORKDAYS = 5


@dataclass(frozen=True)
class Traffic:
    """The expected traffic, constant within each step.

    Attributes:
        rates: requests a second, one for each step.
        step: seconds a step lasts.
    """

    rates: Floats
    step: float = 1.0

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.rates) * self.step

    @property
    def expected_requests(self) -> float:
        """How many requests are to be expected altogether."""
        return float(self.rates.sum()) * self.step

    @property
    def peak_to_mean(self) -> float:
        """How many times the mean rate the highest is."""
        return float(self.rates.max() / self.rates.mean())

    @property
    def starts(self) -> Floats:
        """The second at which each step begins."""
        return np.arange(len(self.rates), dtype=np.float64) * self.step


def steady(rate: float, seconds: float, step: float = 1.0) -> Traffic:
    """The same rate all the time."""
    return Traffic(np.full(round(seconds / step), float(rate)), step)


def burst(base: float, peak: float, start: int, length: int, seconds: int) -> Traffic:
    """A rate of `base`, and of `peak` for `length` seconds from `start`; steps of a second."""
    rates = np.full(seconds, float(base))
    rates[start : start + length] = peak
    return Traffic(rates)


def daily(
    mean: float, sharpness: float = 1.0, days: int = 1, weekend: float = 1.0, step: float = 60.0
) -> Traffic:
    """A rate that rises and falls each day and is highest at noon.

    Args:
        mean: requests a second over the whole time.
        sharpness: 0 is a flat day, 1 has a peak of 2.1 times the mean, 3 of 4.1 times.
        days: how many; the first is a Monday.
        weekend: a Saturday's or Sunday's traffic as a share of a workday's.
        step: seconds a step lasts.
    """
    seconds = np.arange(round(days * DAY / step)) * step
    shape = np.exp(-sharpness * np.cos(2 * np.pi * seconds / DAY))
    is_weekend = seconds // DAY % _DAYS_A_WEEK >= _WORKDAYS
    shape *= np.where(is_weekend, weekend, 1.0)
    return Traffic(mean * shape / shape.mean(), step)


def arrival_times(traffic: Traffic, random: np.random.Generator) -> Floats:
    """Draw the second at which each request arrives: a Poisson process, in order of time.

    Given how many arrive within a step, each arrives at any moment of it with equal chance.
    """
    counts = random.poisson(traffic.rates * traffic.step)
    starts = np.repeat(traffic.starts, counts)
    times: Floats = np.sort(starts + random.random(len(starts)) * traffic.step)
    return times
