"""The price functions agree with the worked examples on AWS's pages."""

import math

import pytest

from workbook.economics.pricing import (
    API_GATEWAY,
    DATA_OUT,
    INSTANCES,
    LAMBDA_DURATION,
    SQS_STANDARD,
    LambdaUsage,
    TieredPrice,
    fargate,
    lambda_bill,
    load_balancer_month,
    provisioned_bill,
    snapstart_bill,
)


def test_the_mobile_backend_of_the_lambda_page_costs_what_the_page_says() -> None:
    usage = LambdaUsage(requests=3e6, duration_ms=120, memory_mb=1536)
    bill = lambda_bill(usage, free_tier=True)
    assert bill.duration == pytest.approx(2.33, abs=0.005)
    assert bill.requests == pytest.approx(0.40)
    assert bill.total == pytest.approx(2.73, abs=0.005)


def test_the_cyber_monday_example_of_provisioned_concurrency_costs_what_the_page_says() -> None:
    usage = LambdaUsage(requests=2e6, duration_ms=280, memory_mb=4096)
    bill = provisioned_bill(usage, environments=7, hours=24)
    assert bill.provisioned == pytest.approx(10.08, abs=0.005)
    assert bill.total == pytest.approx(32.26, abs=0.005)


def test_the_launch_day_example_of_provisioned_concurrency_costs_what_the_page_says() -> None:
    launch = provisioned_bill(LambdaUsage(5e5, 100, 1536), environments=100, hours=8)
    assert launch.provisioned == pytest.approx(18.00, abs=0.005)
    assert launch.duration == pytest.approx(0.73, abs=0.005)


def test_the_telemetry_example_of_snapstart_costs_what_the_page_says() -> None:
    usage = LambdaUsage(requests=7.44e6, duration_ms=2000, cold_starts=74_400, init_ms=5000)
    bill = snapstart_bill(usage, hours=24 * 31)
    assert bill.snapshots == pytest.approx(14.43, abs=0.005)
    assert bill.total == pytest.approx(263.92, abs=0.01)


def test_a_snapshot_is_paid_for_three_hours_at_least() -> None:
    usage = LambdaUsage(requests=0, duration_ms=0)
    assert snapstart_bill(usage, hours=0.1) == snapstart_bill(usage, hours=3)
    assert snapstart_bill(usage, hours=4).total > snapstart_bill(usage, hours=3).total


def test_an_initialisation_is_billed_as_any_other_time() -> None:
    warm = LambdaUsage(requests=1000, duration_ms=10)
    cold = LambdaUsage(requests=1000, duration_ms=10, cold_starts=100, init_ms=199.5)
    assert cold.gb_seconds - warm.gb_seconds == pytest.approx(100 * 0.200)


def test_a_duration_is_rounded_up_to_a_millisecond() -> None:
    assert LambdaUsage(1000, 1.01).gb_seconds == LambdaUsage(1000, 2).gb_seconds
    assert LambdaUsage(1000, 2, memory_mb=512).gb_seconds == pytest.approx(1.0)


def test_a_tier_holds_for_its_share_only() -> None:
    price = TieredPrice(((10, 3.0), (15, 2.0), (math.inf, 1.0)), "thing", "a page")
    assert [price.cost(units) for units in (0, 10, 12, 15, 20)] == [0, 30, 34, 40, 45]


@pytest.mark.parametrize(
    "price",
    [*LAMBDA_DURATION.values(), *API_GATEWAY.values(), SQS_STANDARD],
    ids=lambda price: price.unit,
)
def test_a_tier_is_never_dearer_than_the_one_before(price: TieredPrice) -> None:
    limits, prices = zip(*price.tiers, strict=True)
    assert list(limits) == sorted(set(limits))
    assert list(prices) == sorted(prices, reverse=True)
    assert limits[-1] == math.inf


def test_a_billion_requests_to_a_rest_api_pass_two_tiers() -> None:
    assert API_GATEWAY["rest"].cost(1e9) == pytest.approx(333 * 3.50 + 667 * 2.80)


def test_the_first_gigabytes_to_the_internet_are_free() -> None:
    assert DATA_OUT.cost(100) == 0
    assert DATA_OUT.cost(101) == pytest.approx(0.09)


def test_an_always_on_instance_costs_730_hours_a_month() -> None:
    assert INSTANCES["c7g.large"].monthly == pytest.approx(52.925)
    assert fargate("x86_64", 1, 2).monthly == pytest.approx(730 * (0.04048 + 2 * 0.004445))


def test_a_load_balancer_costs_by_its_busiest_dimension() -> None:
    idle = load_balancer_month(0)
    assert idle == pytest.approx(16.425)
    by_bytes = load_balancer_month(2, connections_a_second=25)
    assert by_bytes - idle == pytest.approx(2 * 0.008 * 730)
    by_connections = load_balancer_month(2, connections_a_second=75)
    assert by_connections - idle == pytest.approx(3 * 0.008 * 730)


def test_impossible_usage_is_refused() -> None:
    for arguments in ((-1, 10), (1, -10), (1, 10, 64), (1, 10, 20_480)):
        with pytest.raises(ValueError, match="this cannot be"):
            LambdaUsage(*arguments)
    with pytest.raises(ValueError, match="negative"):
        SQS_STANDARD.cost(-1)
