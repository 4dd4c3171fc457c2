"""The exact simulation does what Lambda documents, and what queueing theory proves."""

from itertools import pairwise

import numpy as np
import pytest

from workbook.economics.arrivals import Floats, arrival_times, burst, steady
from workbook.economics.erlang import erlang_b
from workbook.economics.execution import Execution, Outcome, simulate
from workbook.economics.function_model import FunctionModel
from workbook.economics.service_times import DISTRIBUTIONS, service_times

WARM, COLD, THROTTLED = Outcome.WARM, Outcome.COLD, Outcome.THROTTLED


def outcomes(
    arrivals: list[float], function: FunctionModel, service: float | None = None
) -> list[int]:
    seconds = np.full(len(arrivals), service or function.service)
    return list(simulate(np.array(arrivals), seconds, function).outcomes)


def test_a_free_environment_is_used_again_and_a_busy_one_is_not() -> None:
    assert outcomes([0.0, 0.5, 1.2], FunctionModel(service=1.0)) == [COLD, COLD, WARM]


def test_an_environment_ends_after_its_idle_time() -> None:
    function = FunctionModel(service=1.0, idle=10.0)

    assert outcomes([0.0, 10.9], function) == [COLD, WARM]
    assert outcomes([0.0, 11.0], function) == [COLD, COLD]


def test_an_initialisation_keeps_the_environment_busy() -> None:
    run = simulate(np.array([0.0, 1.5]), np.ones(2), FunctionModel(service=1.0, init=2.0))

    assert run.outcomes.tolist() == [COLD, COLD]
    assert run.durations.tolist() == [3.0, 3.0]


def test_beyond_the_concurrency_limit_requests_are_throttled() -> None:
    function = FunctionModel(service=1.0, reserved=2)

    assert outcomes([0.0, 0.1, 0.2, 1.05], function) == [COLD, COLD, THROTTLED, WARM]


def test_provisioned_environments_start_warm_and_never_end() -> None:
    function = FunctionModel(service=1.0, idle=10.0, provisioned=2)

    assert outcomes([500.0, 500.1, 500.2, 900.0], function) == [WARM, WARM, COLD, WARM]


def test_no_more_environments_start_than_the_scaling_rate_allows() -> None:
    function = FunctionModel(service=60.0, account=5_000)
    arrivals = np.linspace(0, 20, 8_000, endpoint=False)
    run = simulate(arrivals, np.full(8_000, 60.0), function)

    started = np.searchsorted(arrivals[run.outcomes == COLD], [5.0, 10.0, 20.0])
    assert started == pytest.approx([1_500, 2_000, 3_000], abs=2)
    assert run.count(WARM) == 0


def test_unused_starts_are_not_saved_up() -> None:
    function = FunctionModel(service=600.0, burst=3, refill=0.5, account=100)

    at_once = [0.0] * 5 + [100.0] * 5
    assert outcomes(at_once, function) == ([COLD] * 3 + [THROTTLED] * 2) * 2


def test_short_requests_meet_the_quota_of_requests_a_second_first() -> None:
    """The example of AWS's page on concurrency: 20,000 requests a second of 50 ms."""
    random = np.random.default_rng(2)
    arrivals = arrival_times(steady(20_000, 4), random)
    run = simulate(arrivals, np.full(len(arrivals), 0.05), FunctionModel(service=0.05))

    accepted = np.bincount(arrivals[run.outcomes != THROTTLED].astype(int))
    assert accepted.tolist() == [10_000] * 4
    assert run.share(THROTTLED) == pytest.approx(0.5, abs=0.01)


def test_what_is_counted_adds_up() -> None:
    random = np.random.default_rng(3)
    arrivals = arrival_times(burst(20, 400, start=5, length=5, seconds=20), random)
    function = FunctionModel(service=0.1, init=0.5, reserved=20)
    run = simulate(arrivals, random.exponential(0.1, len(arrivals)), function)

    counts = {outcome: run.count(outcome) for outcome in Outcome}
    assert sum(counts.values()) == len(arrivals)
    assert all(run.a_second(outcome, 20).sum() == counts[outcome] for outcome in Outcome)
    assert run.peak_concurrency == 20
    assert run.durations[run.outcomes == THROTTLED].sum() == 0
    assert run.concurrency(np.array([-1.0, 1e6])).tolist() == [0, 0]


def lost_in_each_part(run: Execution, parts: int) -> Floats:
    """The share throttled in each of many long parts of the run, the first left out."""
    edges = np.linspace(0, len(run.arrivals), parts + 2).astype(int)[1:]
    lost = run.outcomes == THROTTLED
    return np.array([lost[begin:end].mean() for begin, end in pairwise(edges)])


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize(("servers", "offered"), [(4, 3.0), (10, 8.0), (50, 50.0)])
def test_throttles_at_a_fixed_concurrency_are_erlang_b_for_any_service_time(
    servers: int, offered: float, distribution: str
) -> None:
    random = np.random.default_rng(4)
    arrivals = arrival_times(steady(offered, 60_000 / offered), random)
    service = service_times(distribution, 1.0, len(arrivals), random)
    run = simulate(arrivals, service, FunctionModel(service=1.0, idle=1e9, reserved=servers))

    lost = lost_in_each_part(run, 20)
    error = lost.std(ddof=1) / len(lost) ** 0.5
    assert error < 0.05 * erlang_b(servers, offered)
    assert lost.mean() == pytest.approx(erlang_b(servers, offered), abs=4 * error)


def test_requests_in_work_are_the_rate_times_the_duration() -> None:
    """Little's law, with initialisations."""
    random = np.random.default_rng(5)
    arrivals = arrival_times(steady(40, 1_000), random)
    function = FunctionModel(service=0.25, init=1.0, idle=5.0)
    run = simulate(arrivals, random.exponential(0.25, len(arrivals)), function)

    seen = run.concurrency(np.arange(10, 1_000, 0.05)).mean()
    assert seen == pytest.approx(len(arrivals) / 1_000 * run.durations.mean(), rel=0.01)
    assert run.durations.mean() > 0.25


def test_as_many_are_alive_as_were_busy_at_the_busiest_moment_of_the_idle_time() -> None:
    """So cold starts can be counted from the concurrency alone, which the cohorts do."""
    random = np.random.default_rng(6)
    arrivals = arrival_times(burst(3, 12, start=300, length=100, seconds=1_200), random)
    service = random.exponential(0.5, len(arrivals))
    run = simulate(arrivals, service, FunctionModel(service=0.5, idle=60.0))

    before = run.concurrency(arrivals) - 1
    for number, (now, busy) in enumerate(zip(arrivals, before, strict=True)):
        recent = slice(int(np.searchsorted(arrivals, now - 60.0)), number)
        alive = run.concurrency(arrivals[recent]).max(initial=0)
        if run.outcomes[number] == COLD:
            assert busy >= alive
    assert 12 < run.count(COLD) < 60


@pytest.mark.parametrize(
    "arguments",
    [
        {"service": 0.0},
        {"service": 1.0, "init": -1.0},
        {"service": 1.0, "reserved": 2, "provisioned": 3},
        {"service": 1.0, "reserved": 2_000},
    ],
)
def test_an_impossible_function_is_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"negative|does not hold"):
        FunctionModel(**arguments)  # type: ignore[arg-type]
