from statistics import median

import pytest

from benchmarks.results import Figures, Latency
from tests.benchmarks.sample_run import sample_run
from workbook.economics import measured_prices as prices
from workbook.economics.pricing import API_GATEWAY, LAMBDA_DURATION, LAMBDA_REQUEST

FIGURES = Figures(
    "a function", 30.0, 90.0, start_cpu_ms=[200.0] * 3, memory_mb=[60.0, 62.0, 61.0],
    client_us={"predict": Latency([400.0] * 3, [900.0] * 3)}, rows_per_second={"1000": [5e5] * 3},
)  # fmt: skip


def test_half_the_memory_takes_twice_as_long_and_more_than_a_processor_helps_no_more() -> None:
    assert prices.at_memory(100, 1769) == prices.at_memory(100, 3008) == 100
    assert prices.at_memory(100, 512) == pytest.approx(2 * prices.at_memory(100, 1024))


def test_a_million_costs_its_requests_and_each_started_millisecond() -> None:
    bill = prices.price(FIGURES, memory_mb=1769, cold_share=0.0)
    assert bill.requests == pytest.approx(0.20)
    assert bill.duration == pytest.approx(1e3 * 1769 / 1024 * LAMBDA_DURATION["x86_64"].first)
    assert bill.api == 0


def test_cold_starts_are_billed_as_long_as_they_take() -> None:
    warm = prices.price(FIGURES, memory_mb=1769, cold_share=0.0)
    cold = prices.price(FIGURES, memory_mb=1769, cold_share=0.5)
    starts = 5e5 * 0.2 * 1769 / 1024 * LAMBDA_DURATION["x86_64"].first
    assert cold.total - warm.total == pytest.approx(starts)


def test_a_gateway_is_added() -> None:
    more = prices.price(FIGURES, api="http").total - prices.price(FIGURES).total
    assert more == pytest.approx(API_GATEWAY["http"].cost(1e6))


def test_a_batch_of_a_thousand_is_one_request() -> None:
    bill = prices.batch_price(FIGURES, rows=1e6, size=1000)
    assert bill.requests == pytest.approx(1000 * LAMBDA_REQUEST.first)
    # 2 ms on a whole processor are 3.5 ms on 1,024 MB, billed as 4.
    assert bill.duration == pytest.approx(1000 * 0.004 * LAMBDA_DURATION["x86_64"].first)


@pytest.mark.parametrize(("memory", "expected"), [(64, False), (128, True)])
def test_a_function_fits_with_a_tenth_to_spare(memory: int, expected: bool) -> None:
    assert prices.fits(FIGURES, memory) is expected


def test_floors_are_left_out_of_prices() -> None:
    kept = prices.contestants_without_floors(sample_run())
    assert list(kept) == [
        "article", "ours-sklearn", "ours-onnx", "powertools", "fastapi", "chalice",
    ]  # fmt: skip


def test_the_chart_of_a_month_shows_each_total_within_its_frame() -> None:
    run = sample_run()
    figure = prices.month_chart(run, 100_000, "none")
    figure.canvas.draw()
    axes = figure.axes[0]
    assert all(text.get_window_extent().x1 < axes.bbox.x1 for text in axes.texts)
    kept = prices.contestants_without_floors(run)
    totals = [prices.price(one, 1e5 * prices.DAYS_A_MONTH).total for one in kept.values()]
    assert [text.get_text().strip() for text in axes.texts] == [f"{one:,.2f}" for one in totals]
    assert median(totals) > 0
