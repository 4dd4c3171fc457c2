"""The exercise of the notebook about cold starts, and its check."""

from workbook.economics.measured_prices import COLD_SHARE
from workbook.economics.pricing import LAMBDA_DURATION, LAMBDA_REQUEST

MEMORY_GB = 1.0
_WITHIN = 0.05


def longest_start_ms(cold_share: float = COLD_SHARE, memory_gb: float = MEMORY_GB) -> float:
    """How long a start may take until all starts together cost as much as all requests."""
    per_start = LAMBDA_REQUEST.first / cold_share
    return per_start / (LAMBDA_DURATION["x86_64"].first * memory_gb) * 1000


def check_longest_start(answer: float) -> str:
    """Say whether the answer, in milliseconds, is right; if not, what was probably overlooked."""
    right = longest_start_ms()
    if abs(answer / right - 1) < _WITHIN:
        return "Right: as long as starts are shorter, requests are the larger part of the price."
    if abs(answer / (right * COLD_SHARE) - 1) < _WITHIN:
        return "Not yet: only one request in a hundred pays for a start."
    if abs(answer / (right / 1000) - 1) < _WITHIN:
        return "Not yet: the answer is asked for in milliseconds."
    if answer > right:
        return "Not yet: such starts would cost more than the requests."
    return "Not yet: starts may take longer. What does one request cost, and one second of 1 GB?"
