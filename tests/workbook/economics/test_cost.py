"""Where a function and machines that are always on cost the same."""

import pytest

from workbook.economics.arrivals import DAY, daily
from workbook.economics.cost import (
    Service,
    Work,
    break_even,
    machines,
    on_lambda,
    on_machines,
    year_on_lambda,
)
from workbook.economics.erlang import waits_longer
from workbook.economics.pricing import INSTANCES, SECONDS_A_MONTH

WORK = Work(duration_ms=5)
MACHINE = INSTANCES["c7g.large"]


def test_lambda_costs_by_the_request_and_the_api_in_front_costs_more() -> None:
    a_million = 1e6 / SECONDS_A_MONTH

    assert on_lambda(a_million, WORK) == pytest.approx(0.20 + 5_000 * 0.0000133334)
    assert on_lambda(a_million, WORK, "http") - on_lambda(a_million, WORK) == pytest.approx(1.00)
    assert on_lambda(a_million, WORK, "rest") - on_lambda(a_million, WORK) == pytest.approx(3.50)


def test_memory_decides_the_share_of_a_processor() -> None:
    assert Work(10, memory_mb=1769).cpu_seconds == pytest.approx(0.010)
    assert Work(10, memory_mb=885).cpu_seconds == pytest.approx(0.005, rel=0.001)
    assert Work(10, memory_mb=3538).cpu_seconds == pytest.approx(0.010)


def test_machines_are_enough_for_the_promise_and_one_fewer_is_not() -> None:
    service = Service(within=0.01, late=0.001, at_least=1)
    number = machines(5_000, WORK, MACHINE, service)
    offered = 5_000 * WORK.cpu_seconds

    assert number > 1
    assert waits_longer(2 * number, offered, WORK.cpu_seconds, 0.01) <= 0.001
    assert waits_longer(2 * (number - 1), offered, WORK.cpu_seconds, 0.01) > 0.001


def test_there_is_always_a_second_machine_unless_it_is_waived() -> None:
    assert machines(0.1, WORK, MACHINE, Service()) == 2
    assert machines(0.1, WORK, MACHINE, Service(at_least=1)) == 1


def test_machines_are_sized_for_the_peak() -> None:
    flat = on_machines(2_000, WORK, MACHINE)
    peaked = on_machines(2_000, WORK, MACHINE, peak_to_mean=4)

    assert peaked - flat >= 4 * MACHINE.monthly


def test_at_the_break_even_both_cost_the_same() -> None:
    rate = break_even(
        lambda r: on_lambda(r, WORK), lambda r: on_machines(r, WORK, MACHINE), 1, 1_000
    )

    assert on_lambda(rate, WORK) == pytest.approx(on_machines(rate, WORK, MACHINE))
    assert on_lambda(0.9 * rate, WORK) < on_machines(0.9 * rate, WORK, MACHINE)
    assert on_lambda(1.1 * rate, WORK) > on_machines(1.1 * rate, WORK, MACHINE)


def test_the_break_even_of_straight_lines_is_where_they_cross() -> None:
    assert break_even(lambda x: x, lambda _: 7.0, 0, 100) == pytest.approx(7.0)
    assert break_even(lambda _: 7.0, lambda x: x, 0, 100) == pytest.approx(7.0)


def test_where_none_overtakes_there_is_no_break_even() -> None:
    with pytest.raises(ValueError, match="neither overtakes"):
        break_even(lambda x: x, lambda x: x + 1, 0, 100)


def test_a_year_costs_its_requests_and_its_initialisations() -> None:
    traffic = daily(10, days=365)
    assert traffic.expected_requests == pytest.approx(10 * 365 * DAY)

    without = year_on_lambda(traffic, cold_starts=0, init=0.2, work=WORK, api="none")
    cold = year_on_lambda(traffic, cold_starts=120_000, init=0.2, work=WORK, api="none")
    expected = traffic.expected_requests * (0.20e-6 + 0.005 * 0.0000133334)
    assert without == pytest.approx(expected)
    assert cold - without == pytest.approx(120_000 * 0.2 * 0.0000133334)
