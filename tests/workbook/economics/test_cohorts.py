"""The cohorts agree with the exact simulation where both can be run."""

from dataclasses import dataclass

import numpy as np
import pytest

from workbook.economics.arrivals import Traffic, arrival_times, burst, daily, steady
from workbook.economics.cohorts import busiest_moments, simulate_cohorts
from workbook.economics.erlang import erlang_b
from workbook.economics.execution import Outcome, simulate
from workbook.economics.function_model import FunctionModel


@dataclass(frozen=True)
class Totals:
    cold_starts: float
    throttled: float
    environments: float


def both(traffic: Traffic, function: FunctionModel, times: int) -> tuple[Totals, Totals]:
    """The mean totals of a few exact runs, and of as many with cohorts."""
    exact, cohorts = [], []
    for seed in range(times):
        random = np.random.default_rng(seed)
        arrivals = arrival_times(traffic, random)
        service = np.full(len(arrivals), function.service)
        run = simulate(arrivals, service, function)
        throttled = run.count(Outcome.THROTTLED)
        exact.append([run.count(Outcome.COLD), throttled, run.peak_concurrency])
        quick = simulate_cohorts(traffic, function, random)
        sums = [quick.cold_starts.sum(), quick.throttled.sum(), quick.environments.max()]
        cohorts.append(sums)
    return Totals(*np.mean(exact, axis=0)), Totals(*np.mean(cohorts, axis=0))


def test_a_day_has_the_same_cold_starts_and_environments() -> None:
    exact, cohorts = both(daily(1.5), FunctionModel(service=0.05, init=0.2), times=3)

    assert exact.cold_starts > 25
    assert cohorts.cold_starts == pytest.approx(exact.cold_starts, rel=0.2)
    assert cohorts.environments == pytest.approx(exact.environments, abs=1.5)
    assert (exact.throttled, cohorts.throttled) == (0, 0)


@pytest.mark.parametrize(
    "function",
    [
        FunctionModel(service=0.02, init=0.2),
        FunctionModel(service=0.1, init=0.5, reserved=120),
        FunctionModel(service=0.4, init=0.4, burst=300, refill=20),
    ],
    ids=["unlimited", "reserved concurrency", "scaling rate"],
)
def test_a_burst_has_the_same_cold_starts_throttles_and_environments(
    function: FunctionModel,
) -> None:
    exact, cohorts = both(burst(20, 1_500, start=5, length=10, seconds=20), function, times=5)

    assert cohorts.cold_starts == pytest.approx(exact.cold_starts, rel=0.1)
    assert cohorts.throttled == pytest.approx(exact.throttled, rel=0.05)
    assert cohorts.environments == pytest.approx(exact.environments, rel=0.1)


def test_the_quota_of_requests_a_second_throttles_as_many() -> None:
    exact, cohorts = both(steady(3_000, 5), FunctionModel(service=0.01, account=200), times=2)

    assert exact.throttled == pytest.approx(5_000, rel=0.05)
    assert cohorts.throttled == pytest.approx(exact.throttled, rel=0.05)


@pytest.mark.parametrize(("servers", "rate"), [(8, 200.0), (10, 100.0)])
def test_throttles_at_a_fixed_concurrency_are_erlang_b(servers: int, rate: float) -> None:
    function = FunctionModel(service=0.02, init=0.1, reserved=servers)
    traffic = steady(rate, 20_000)
    run = simulate_cohorts(traffic, function, np.random.default_rng(1))

    expected = traffic.expected_requests * erlang_b(servers, rate * 0.02)
    assert run.throttled.sum() == pytest.approx(expected, abs=4 * expected**0.5)
    assert run.served == run.arrivals.sum() - run.throttled.sum()


def test_the_busiest_moment_of_a_step_is_distributed_as_simulated() -> None:
    random = np.random.default_rng(2)
    arrivals = arrival_times(steady(200, 1_000), random)
    service = random.exponential(0.1, len(arrivals))
    run = simulate(arrivals, service, FunctionModel(service=0.1, idle=1e9))
    busy = run.concurrency(arrivals)
    seen = np.maximum.reduceat(busy, np.searchsorted(arrivals, np.arange(5, 1_000, 5)))
    drawn = busiest_moments(np.full(10_000, 200.0), 5.0, 0.1, random)

    error = np.hypot(seen.std() / len(seen) ** 0.5, drawn.std() / 100)
    assert drawn.mean() == pytest.approx(seen.mean(), abs=4 * error)
    assert drawn.std() == pytest.approx(seen.std(), rel=0.2)
    assert 32 < seen.mean() < 36


def test_provisioned_environments_need_no_cold_start() -> None:
    traffic = burst(20, 1_500, start=5, length=10, seconds=20)
    function = FunctionModel(service=0.02, init=0.2, provisioned=80)
    run = simulate_cohorts(traffic, function, np.random.default_rng(3))

    assert run.cold_starts.sum() == 0
    assert set(run.environments) == {80}


def test_nothing_happens_without_traffic() -> None:
    run = simulate_cohorts(steady(0, 10), FunctionModel(service=0.1), np.random.default_rng(4))

    assert (run.arrivals.sum(), run.cold_starts.sum(), run.throttled.sum()) == (0, 0, 0)


def test_a_step_shorter_than_a_cold_start_is_refused() -> None:
    function = FunctionModel(service=0.5, init=0.6)
    with pytest.raises(ValueError, match="longer"):
        simulate_cohorts(steady(1, 10), function, np.random.default_rng(5))
