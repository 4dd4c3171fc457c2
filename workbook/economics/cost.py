"""Where a function stops being the cheapest: against machines that are always on."""

from collections.abc import Callable
from dataclasses import dataclass

from workbook.economics.arrivals import Traffic
from workbook.economics.erlang import servers_for_wait
from workbook.economics.pricing import (
    SECONDS_A_MONTH,
    Api,
    Architecture,
    Instance,
    LambdaUsage,
    lambda_bill,
    load_balancer_month,
)

MEMORY_OF_A_VCPU_MB = 1769
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""


@dataclass(frozen=True)
class Work:
    """What one request costs a machine.

    Attributes:
        duration_ms: billed duration on Lambda.
        memory_mb: the function's memory, which also decides its share of a processor.
        architecture: `x86_64` or `arm64`.
        answer_kb: bytes of a request and its answer, headers included, in kB.
    """

    duration_ms: float
    memory_mb: int = 1024
    architecture: Architecture = "arm64"
    answer_kb: float = 2.0

    @property
    def cpu_seconds(self) -> float:
        """Seconds on a whole processor: Lambda gives one for every 1,769 MB."""
        return self.duration_ms / 1000 * min(1.0, self.memory_mb / MEMORY_OF_A_VCPU_MB)


@dataclass(frozen=True)
class Service:
    """What the machines must hold.

    Attributes:
        within: seconds a request may wait for a processor.
        late: the share of requests that may wait longer.
        at_least: machines, so that one may fail.
    """

    within: float = 0.05
    late: float = 0.01
    at_least: int = 2


def on_lambda(rate: float, work: Work, api: Api = "none") -> float:
    """A month's price on Lambda for a mean rate in requests a second.

    Only the number of requests matters, not when they come. Cold starts are left out: at the
    rates in question they are less than one in ten thousand.
    """
    requests = rate * SECONDS_A_MONTH
    usage = LambdaUsage(requests, work.duration_ms, work.memory_mb, work.architecture, api=api)
    return lambda_bill(usage).total


def machines(peak_rate: float, work: Work, machine: Instance, service: Service) -> int:
    """How many machines keep the promise at the peak, by Erlang C over all their processors.

    All processors are fed by one queue here, which is the best a load balancer can do.
    """
    offered = peak_rate * work.cpu_seconds
    processors = servers_for_wait(offered, work.cpu_seconds, service.within, service.late)
    return max(service.at_least, -int(-processors // machine.vcpus))


def on_machines(
    rate: float,
    work: Work,
    machine: Instance,
    peak_to_mean: float = 1.0,
    service: Service | None = None,
) -> float:
    """A month's price of machines that are always on, sized for the peak, and a load balancer."""
    number = machines(rate * peak_to_mean, work, machine, service or Service())
    gb_an_hour = rate * work.answer_kb * 3600 / 1e6
    return number * machine.monthly + load_balancer_month(gb_an_hour)


def year_on_lambda(traffic: Traffic, cold_starts: int, init: float, work: Work, api: Api) -> float:
    """A year's price on Lambda, initialisations included, each month a twelfth of it."""
    usage = LambdaUsage(
        requests=traffic.expected_requests / 12,
        duration_ms=work.duration_ms,
        memory_mb=work.memory_mb,
        architecture=work.architecture,
        cold_starts=cold_starts / 12,
        init_ms=init * 1000,
        api=api,
    )
    return 12 * lambda_bill(usage).total


def break_even(
    one: Callable[[float], float], other: Callable[[float], float], low: float, high: float
) -> float:
    """The rate between `low` and `high` at which one price overtakes the other, by bisection.

    Raises:
        ValueError: the same one is cheaper at both ends.
    """
    if (one(low) < other(low)) == (one(high) < other(high)):
        raise ValueError(f"neither overtakes the other between {low:g} and {high:g}")
    cheaper_at_low = one(low) < other(low)
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        if (one(middle) < other(middle)) == cheaper_at_low:
            low = middle
        else:
            high = middle
    return high
