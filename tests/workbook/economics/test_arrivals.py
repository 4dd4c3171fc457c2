"""Requests arrive at the rates that were asked for."""

import numpy as np
import pytest

from workbook.economics.arrivals import DAY, Traffic, arrival_times, burst, daily, steady


def test_steady_traffic_has_one_rate() -> None:
    traffic = steady(3, seconds=10, step=2)

    assert traffic.rates.tolist() == [3.0] * 5
    assert (traffic.seconds, traffic.expected_requests, traffic.peak_to_mean) == (10, 30, 1)
    assert traffic.starts.tolist() == [0, 2, 4, 6, 8]


def test_a_burst_is_a_step_up_and_a_step_down() -> None:
    assert burst(1, 9, start=2, length=3, seconds=6).rates.tolist() == [1, 1, 9, 9, 9, 1]


@pytest.mark.parametrize(("sharpness", "peak_to_mean"), [(0, 1.0), (1, 2.147), (3, 4.115)])
def test_a_day_is_highest_at_noon_and_keeps_its_mean(sharpness: float, peak_to_mean: float) -> None:
    traffic = daily(100, sharpness)

    assert traffic.expected_requests == pytest.approx(100 * DAY)
    assert traffic.peak_to_mean == pytest.approx(peak_to_mean, abs=0.001)
    assert traffic.rates[12 * 60] == traffic.rates.max()


def test_a_weekend_has_less_traffic_than_a_workday() -> None:
    by_day = daily(100, days=7, weekend=0.25).rates.reshape(7, -1).sum(axis=1)

    assert by_day[5:] == pytest.approx(by_day[:2] * 0.25)
    assert by_day[1:5] == pytest.approx(by_day[:4])
    assert by_day.mean() == pytest.approx(100 * 24 * 60)


def test_arrivals_are_a_poisson_process_of_that_rate() -> None:
    traffic = Traffic(np.array([50.0, 0.0, 200.0]), step=100)
    times = arrival_times(traffic, np.random.default_rng(1))
    counts = np.histogram(times, bins=[0, 100, 200, 300])[0]

    assert (np.diff(times) >= 0).all()
    assert counts[1] == 0
    assert counts[0] == pytest.approx(5_000, abs=4 * 5_000**0.5)
    assert counts[2] == pytest.approx(20_000, abs=4 * 20_000**0.5)
    gaps = np.diff(times[times < 100])
    assert gaps.std() / gaps.mean() == pytest.approx(1.0, abs=4 / 5_000**0.5)


def test_the_same_seed_gives_the_same_arrivals() -> None:
    one, again, other = (
        arrival_times(steady(10, 100), np.random.default_rng(seed)) for seed in (7, 7, 8)
    )

    assert one.tolist() == again.tolist()
    assert one.tolist() != other.tolist()
