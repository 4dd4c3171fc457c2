"""The queue in front of the function: nothing is lost, and the waits are those of theory."""

import numpy as np
import pytest

from workbook.economics.arrivals import arrival_times, burst, steady
from workbook.economics.erlang import erlang_c, mean_wait, waits_longer
from workbook.economics.event_source import EventSource, QueueRun, drain
from workbook.economics.function_model import FunctionModel


def test_messages_that_wait_together_are_taken_together() -> None:
    source = EventSource(batch=3, at_first=1, growth=0.0, overhead=1.0)
    run = drain(np.array([0.0, 0.1, 0.2, 0.3, 0.4]), np.full(5, 0.5), FunctionModel(1.0), source)

    assert run.batches.tolist() == [1, 3, 1]
    assert run.starts.tolist() == [0.0, 1.5, 1.5, 1.5, 4.0]
    assert run.ends.tolist() == [1.5, 4.0, 4.0, 4.0, 5.5]
    assert run.latencies[-1] == pytest.approx(5.1)


def test_the_first_batch_of_each_reader_waits_for_the_initialisation() -> None:
    source = EventSource(batch=1, at_first=2, growth=0.0)
    function = FunctionModel(1.0, init=5.0)
    run = drain(np.array([0.0, 0.0, 0.0]), np.ones(3), function, source)

    assert run.ends.tolist() == [6.0, 6.0, 7.0]


def test_readers_are_added_while_messages_wait_up_to_the_maximum() -> None:
    source = EventSource(batch=1, at_first=5, growth=5.0, maximum=12)
    run = drain(np.zeros(40), np.full(40, 100.0), FunctionModel(100.0), source)

    assert run.starts[:12] == pytest.approx([0] * 5 + [0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4])
    assert run.starts[12] == 100.0
    assert run.in_work == 12


def test_the_function_limits_its_readers() -> None:
    function = FunctionModel(1.0, reserved=3)
    run = drain(np.zeros(9), np.ones(9), function, EventSource(batch=1))

    assert run.in_work == 3
    assert run.ends.max() == 3.0


def test_every_message_is_worked_on_once_and_in_order() -> None:
    random = np.random.default_rng(1)
    arrivals = arrival_times(burst(50, 2_000, start=5, length=5, seconds=30), random)
    run = drain(arrivals, np.full(len(arrivals), 0.02), FunctionModel(0.02), EventSource())

    assert run.batches.sum() == len(arrivals)
    assert run.batches.max() == 10
    assert (np.diff(run.starts) >= 0).all()
    assert run.waits.min() >= 0
    assert run.waiting(np.array([0.0, 1e6])).tolist() == [0, 0]
    assert run.waiting(np.array([10.0]))[0] > 1_000


def replications(servers: int, offered: float) -> list[QueueRun]:
    random = np.random.default_rng(2)
    source = EventSource(batch=1, at_first=servers, growth=0.0, maximum=servers)
    runs = []
    for _ in range(12):
        arrivals = arrival_times(steady(offered, 16_000 / offered), random)
        service = random.exponential(1.0, len(arrivals))
        runs.append(drain(arrivals, service, FunctionModel(1.0), source))
    return runs


@pytest.mark.parametrize(("servers", "offered"), [(1, 0.5), (3, 2.0), (20, 16.0)])
def test_with_one_message_a_batch_the_waits_are_those_of_erlang_c(
    servers: int, offered: float
) -> None:
    waits = [run.waits[500:] for run in replications(servers, offered)]
    checks = {
        "who waits": ([np.mean(w > 0) for w in waits], erlang_c(servers, offered)),
        "mean wait": ([np.mean(w) for w in waits], mean_wait(servers, offered, 1.0)),
        "long waits": (
            [np.mean(w > 0.5) for w in waits],
            waits_longer(servers, offered, 1.0, than=0.5),
        ),
    }
    for what, (seen, theory) in checks.items():
        error = float(np.std(seen, ddof=1)) / len(seen) ** 0.5
        assert error < 0.1 * theory, what
        assert np.mean(seen) == pytest.approx(theory, abs=4 * error), what
