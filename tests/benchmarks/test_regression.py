import pytest

from benchmarks.regression import is_loss, losses, separation
from benchmarks.results import Results
from tests.benchmarks.sample_run import sample_run


def keys_lost(now: Results, before: Results) -> set[str]:
    return {loss.target.key for loss in losses(now, before)}


@pytest.mark.parametrize("noise", [0.02, 0.05, 0.15, 0.4])
@pytest.mark.parametrize("seed", range(20))
def test_noise_alone_is_no_loss(seed: int, noise: float) -> None:
    now, before = sample_run(seed, noise=noise), sample_run(1000 + seed, noise=noise)
    assert keys_lost(now, before) == set()


@pytest.mark.parametrize("seed", range(10))
def test_a_machine_that_is_slower_throughout_is_no_loss(seed: int) -> None:
    everyone = dict.fromkeys(sample_run().contestants, 3.0)
    assert keys_lost(sample_run(seed=seed, slower=everyone), sample_run()) == set()


@pytest.mark.parametrize("seed", range(10))
def test_the_function_a_third_slower_is_a_loss_in_every_time(seed: int) -> None:
    now = sample_run(seed=seed, slower={"ours-onnx": 1.35})
    assert keys_lost(now, sample_run(seed=99)) == {
        "start-article", "start-floor", "start-cpu-article", "start-cpu-floor",
        "predict-article", "predict-floor",
        "predict-powertools", "predict-fastapi", "predict-chalice",
    }  # fmt: skip


def test_a_gain_is_no_loss() -> None:
    assert keys_lost(sample_run(seed=1, slower={"ours-onnx": 0.5}), sample_run()) == set()


def test_a_package_that_grew_by_a_fifth_is_a_loss() -> None:
    now = sample_run(seed=1)
    now.contestants["ours-onnx"].zip_mb = 36.0
    assert keys_lost(now, sample_run()) == {"zip"}


def test_more_memory_is_a_loss() -> None:
    now = sample_run(seed=1)
    now.contestants["ours-onnx"].memory_mb = [75.0] * 11
    assert keys_lost(now, sample_run()) == {"memory-article"}


def test_a_loss_says_what_was_and_what_is() -> None:
    now = sample_run(seed=1)
    now.contestants["ours-onnx"].zip_mb = 36.0
    assert [str(loss) for loss in losses(now, sample_run())] == ["zip: 30 MB before, now 36 MB"]


def test_a_large_difference_within_a_larger_scatter_is_no_loss() -> None:
    scattered = [1.0, 2.0, 0.5, 1.8, 0.6, 2.2, 0.9, 1.1, 0.7, 1.5, 1.3]
    assert not is_loss([value * 1.3 for value in scattered], scattered)
    assert is_loss([1.3] * 11, [1.0] * 11)


def test_few_rounds_prove_nothing() -> None:
    assert not is_loss([2.0] * 3, [1.0] * 3)


def test_equal_samples_are_not_separated() -> None:
    assert separation([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) == 0.0
    assert separation([4.0, 5.0], [1.0, 2.0]) == -separation([1.0, 2.0], [4.0, 5.0]) > 0
