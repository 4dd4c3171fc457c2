import pytest

from workbook.economics.cold_start_exercise import check_longest_start, longest_start_ms
from workbook.economics.pricing import LambdaUsage, lambda_bill


def test_the_longest_start_costs_what_the_requests_cost() -> None:
    usage = LambdaUsage(1e6, 0, memory_mb=1024, cold_starts=1e4, init_ms=longest_start_ms())
    bill = lambda_bill(usage)
    assert bill.duration == pytest.approx(bill.requests, rel=1e-3)


@pytest.mark.parametrize("answer", [1200, 1200.0, 1180, 1230])
def test_the_right_answer_is_accepted(answer: float) -> None:
    assert check_longest_start(answer).startswith("Right")


@pytest.mark.parametrize(
    ("answer", "hint"),
    [(12, "one request in a hundred"), (1.2, "milliseconds"), (5000, "more than"), (100, "longer")],
)
def test_the_usual_wrong_answers_get_a_hint(answer: float, hint: str) -> None:
    said = check_longest_start(answer)
    assert said.startswith("Not yet")
    assert hint in said
