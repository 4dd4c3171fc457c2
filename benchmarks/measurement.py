"""Measures one contestant once; `run` does so in turn, round after round."""

import json
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contestants import Contestant
from benchmarks.function_process import (
    BenchmarkError,
    function_environment,
    function_process,
    peak_memory,
)
from benchmarks.import_times import phases
from benchmarks.packages import Package
from benchmarks.results import Figures, Interpreter, Latency, Results
from benchmarks.workload import BATCH_SIZES, event, is_right

_HERE = Path(__file__).parent
_LONGEST_PROBE_SECONDS = 300
# A floor that does not read the request does not answer it either.
_ANSWERS_BLINDLY = "client-floor"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Effort:
    """How long to measure.

    Attributes:
        rounds: each measures every contestant once.
        client_calls: requests to each endpoint through the runtime client, a round.
        handler_seconds: calls of the handler for each endpoint and batch, a round.
        endpoint_seconds: load on the deployed endpoint at each number of clients; 0 for none.
        zip_level: how hard the packages are compressed; 6 as they are deployed.
    """

    rounds: int
    client_calls: int
    handler_seconds: float
    endpoint_seconds: float
    zip_level: int = 6


FULL = Effort(rounds=11, client_calls=100, handler_seconds=0.15, endpoint_seconds=10.0)
QUICK = Effort(rounds=3, client_calls=20, handler_seconds=0.03, endpoint_seconds=2.0)
SMOKE = Effort(rounds=1, client_calls=2, handler_seconds=0.0, endpoint_seconds=0.0, zip_level=0)


@dataclass(frozen=True)
class Entry:
    """A contestant and what it deploys."""

    contestant: Contestant
    package: Package


def run(
    entries: Iterable[Entry], python: Path, effort: Effort, results: Results, progress: Progress
) -> None:
    """Measure every contestant in turn, and in the opposite order in every other round."""
    entries, started = list(entries), time.monotonic()
    for entry in entries:
        sizes = (entry.package.zip_bytes / 1e6, entry.package.unzipped_bytes / 1e6)
        results.contestants[entry.contestant.key] = Figures(entry.contestant.title, *sizes)
    for number in range(1, effort.rounds + 1):
        measure_interpreter(python, results.interpreter)
        for entry in entries if number % 2 else reversed(entries):
            progress(f"round {number} of {effort.rounds}: {entry.contestant.title}")
            measure_round(entry, python, effort, results.contestants[entry.contestant.key])
        left = (time.monotonic() - started) / number * (effort.rounds - number)
        progress(f"round {number} of {effort.rounds} done, about {left:.0f} s left")


def measure_round(entry: Entry, python: Path, effort: Effort, figures: Figures) -> None:
    """Everything about one contestant, once."""
    measure_function(entry, python, effort.client_calls, figures)
    measure_handler(entry, python, effort.handler_seconds, figures)
    measure_phases(entry, python, figures)


def measure_interpreter(python: Path, interpreter: Interpreter) -> None:
    """How long Python alone takes to say something, and its memory by then."""
    before = time.perf_counter()
    command = [str(python), "-s", "-c", "print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        interpreter.start_ms.append((time.perf_counter() - before) * 1e3)
        interpreter.memory_mb.append(peak_memory(process.pid) / 1e6)
        process.communicate(b"\n")


def measure_function(entry: Entry, python: Path, calls: int, figures: Figures) -> None:
    """A cold start under AWS's runtime client, then single requests, then the memory."""
    contestant = entry.contestant
    with function_process(python, entry.package, contestant) as function:
        answer, init, first = function.first_answer(event("predict"))
        _require_right(contestant, "predict", answer)
        figures.init_ms.append(init * 1e3)
        figures.start_ms.append(first * 1e3)
        figures.start_cpu_ms.append(function.processor_seconds() * 1e3)
        for endpoint in contestant.endpoints:
            request = event(endpoint)
            seconds = [function.invoke(request)[1] for _ in range(calls)]
            latency = figures.client_us.setdefault(endpoint, Latency())
            latency.add(second * 1e6 for second in seconds)
        figures.memory_mb.append(function.peak_memory() / 1e6)


def measure_handler(entry: Entry, python: Path, seconds: float, figures: Figures) -> None:
    """The handler alone: each endpoint, and batches of growing size."""
    contestant = entry.contestant
    batches = BATCH_SIZES if "predictions" in contestant.endpoints else ()
    events = {endpoint: event(endpoint) for endpoint in contestant.endpoints}
    events |= {str(size): event("predictions", size) for size in batches}
    workload = {"events": events, "seconds": seconds, "most_calls": 5000}
    report = json.loads(_probe(entry, python, ["handler_probe.py"], workload).stdout)
    for endpoint in contestant.endpoints:
        _require_right(contestant, endpoint, report[endpoint]["answer"])
        latency = figures.handler_us.setdefault(endpoint, Latency())
        latency.add(nanoseconds / 1e3 for nanoseconds in report[endpoint]["times"])
    for size in batches:
        _require_right(contestant, "predictions", report[str(size)]["answer"], size)
        rows = figures.rows_per_second.setdefault(str(size), [])
        rows.append(size / median(report[str(size)]["times"]) * 1e9)


def measure_phases(entry: Entry, python: Path, figures: Figures) -> None:
    """Where the time to the first answer goes."""
    loader = [entry.contestant.loader] if entry.contestant.loader else []
    probe = ["-X", "importtime", "import_probe.py"]
    said = _probe(entry, python, probe, event("predict"), loader).stderr
    for name, value in asdict(phases(said.splitlines(), entry.contestant.package)).items():
        figures.phases_ms.setdefault(name, []).append(value)


def _probe(
    entry: Entry, python: Path, script: list[str], given: Any, more: Iterable[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a probe in the function's interpreter, with the function's environment."""
    *options, name = script
    result = subprocess.run(
        [python, "-s", *options, _HERE / name, entry.contestant.handler_path, *more],
        input=json.dumps(given), capture_output=True, text=True, cwd=entry.package.folder,
        env=function_environment(entry.package, entry.contestant),
        timeout=_LONGEST_PROBE_SECONDS, check=False,
    )  # fmt: skip
    if result.returncode != 0:
        raise BenchmarkError(f"{entry.contestant.key}, {name}: {result.stderr[-2000:]}")
    return result


def _require_right(
    contestant: Contestant, endpoint: str, answer: dict[str, Any], rows: int | None = None
) -> None:
    right = is_right(endpoint, answer, rows) if rows else is_right(endpoint, answer)
    if not right and contestant.key != _ANSWERS_BLINDLY:
        text = json.dumps(answer)[:2000]
        raise BenchmarkError(f"{contestant.key} answers {endpoint} wrongly: {text}")
