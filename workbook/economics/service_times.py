"""How long the requests take, one by one: always the same mean, more or less spread."""

from collections.abc import Callable, Mapping

import numpy as np

from workbook.economics.arrivals import Floats

_DRAWS: Mapping[str, Callable[[np.random.Generator, int], Floats]] = {
    "constant": lambda _random, number: np.ones(number),
    "exponential": lambda random, number: random.exponential(1.0, number),
    "lognormal": lambda random, number: random.lognormal(-0.5, 1.0, number),
}
DISTRIBUTIONS = tuple(_DRAWS)
"""Their standard deviations are 0, 1 and 1.3 times the mean."""


def service_times(
    distribution: str, mean: float, number: int, random: np.random.Generator
) -> Floats:
    """Draw the service time of each of a number of requests, in the unit of `mean`."""
    return mean * _DRAWS[distribution](random, number)
