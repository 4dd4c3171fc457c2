from statistics import median

import pytest

from benchmarks.results import Results, paired_ratios, percentile, stored_results
from tests.benchmarks.sample_run import sample_run


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 50), (99, 99), (100, 100)])
def test_a_percentile_is_the_value_that_this_share_does_not_exceed(
    percent: float, expected: int
) -> None:
    assert percentile(range(100, 0, -1), percent) == expected


def test_the_99th_percentile_of_few_values_is_the_largest() -> None:
    assert percentile([3.0, 1.0, 2.0], 99) == 3.0


def test_ratios_are_taken_round_by_round() -> None:
    assert paired_ratios([1.0, 10.0], [2.0, 20.0]) == [0.5, 0.5]


def test_rounds_of_different_number_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        paired_ratios([1.0, 2.0], [1.0])


def test_a_run_is_the_same_after_writing_and_reading() -> None:
    text = sample_run().to_json()
    again = Results.from_json(text)
    assert again.to_json() == text
    assert again.contestants["chalice"].handler_us.keys() == {
        "list", "metadata", "predict", "predictions",
    }  # fmt: skip
    assert median(again.contestants["ours-onnx"].start_ms) == pytest.approx(
        median(sample_run().contestants["ours-onnx"].start_ms), rel=1e-3
    )


def test_every_request_of_the_stored_run_was_answered_rightly() -> None:
    loads = stored_results().endpoint
    assert len(loads) == 3
    assert [load.failures for load in loads] == [0, 0, 0]
