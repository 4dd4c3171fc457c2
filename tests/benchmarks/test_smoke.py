"""The whole benchmark runs, every contestant answers rightly, and every figure is there."""

import sys

import pytest

from benchmarks import __main__ as command
from benchmarks.contestants import CONTESTANTS
from benchmarks.measurement import SMOKE
from benchmarks.plots import save_plots
from benchmarks.report import markdown
from benchmarks.results import Results
from benchmarks.targets import TARGETS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(sys.platform != "linux", reason="AWS's runtime client has wheels for Linux"),
]


@pytest.fixture(scope="module")
def run() -> Results:
    return command.measured(SMOKE)


def test_every_contestant_is_measured_at_every_endpoint(run: Results) -> None:
    assert list(run.contestants) == [contestant.key for contestant in CONTESTANTS]
    for contestant in CONTESTANTS:
        figures = run.contestants[contestant.key]
        assert tuple(figures.handler_us) == tuple(figures.client_us) == contestant.endpoints
        assert figures.start_ms[0] > figures.init_ms[0] > 0
        assert figures.memory_mb[0] > run.interpreter.memory_mb[0] > 0


def test_every_target_has_a_value(run: Results) -> None:
    assert all(target.value(run) > 0 for target in TARGETS)


def test_the_run_can_be_read_back_shown_and_drawn(
    run: Results, tmp_path_factory: pytest.TempPathFactory
) -> None:
    again = Results.from_json(run.to_json())
    assert markdown(again).count("\n| ") > len(CONTESTANTS) * 3
    for path in save_plots(again, tmp_path_factory.mktemp("plots")):
        assert path.read_text().startswith("<?xml")


def test_the_machine_is_described_without_naming_it(run: Results) -> None:
    assert {"processor", "cores", "python", "onnxruntime"} <= run.machine.keys()
    assert not any("/" in value for value in run.machine.values())
