"""The figures of one run, as measured round by round, and as JSON."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

STORED = Path(__file__).parent / "results"
STORED_JSON = STORED / "results.json"
_SIGNIFICANT_DIGITS = 4


@dataclass
class Latency:
    """Microseconds a request: the median and the 99th percentile of each round."""

    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    def add(self, microseconds: Iterable[float]) -> None:
        """Add a round."""
        values = list(microseconds)
        self.p50.append(percentile(values, 50))
        self.p99.append(percentile(values, 99))


@dataclass
class Figures:
    """What was measured of one contestant; a list has one value a round.

    Attributes:
        start_ms: from the start of the process to its first answer.
        start_cpu_ms: what of that it was on a processor, which a busy machine changes little.
        init_ms: from the start of the process until it asks for an event.
        memory_mb: the most resident memory after the single requests of `client_us`.
        phases_ms: where the time to the first answer goes, with `-X importtime`.
        client_us: hand-over of an event to its answer, through AWS's runtime client.
        handler_us: the call of the handler alone.
        rows_per_second: by number of rows in a request.
    """

    title: str
    zip_mb: float
    unzipped_mb: float
    start_ms: list[float] = field(default_factory=list)
    start_cpu_ms: list[float] = field(default_factory=list)
    init_ms: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    phases_ms: dict[str, list[float]] = field(default_factory=dict)
    client_us: dict[str, Latency] = field(default_factory=dict)
    handler_us: dict[str, Latency] = field(default_factory=dict)
    rows_per_second: dict[str, list[float]] = field(default_factory=dict)


@dataclass
class Interpreter:
    """The floor below every floor: Python alone."""

    start_ms: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)


@dataclass
class Load:
    """The deployed endpoint under some concurrent clients."""

    clients: int
    requests: int
    failures: int
    requests_per_second: float
    p50_ms: float
    p99_ms: float


@dataclass
class Results:
    """A run of the benchmark."""

    machine: dict[str, str]
    rounds: int
    interpreter: Interpreter = field(default_factory=Interpreter)
    contestants: dict[str, Figures] = field(default_factory=dict)
    endpoint: list[Load] = field(default_factory=list)

    def to_json(self) -> str:
        """The run as a JSON document, each number with four significant digits."""
        return json.dumps(_rounded(asdict(self)), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Results":
        """Read a run back."""
        document = json.loads(text)
        return cls(
            machine=document["machine"],
            rounds=document["rounds"],
            interpreter=Interpreter(**document["interpreter"]),
            contestants={key: _figures(one) for key, one in document["contestants"].items()},
            endpoint=[Load(**one) for one in document["endpoint"]],
        )


def _figures(document: dict[str, Any]) -> Figures:
    latencies = {
        name: {endpoint: Latency(**one) for endpoint, one in document[name].items()}
        for name in ("client_us", "handler_us")
    }
    return Figures(**(document | latencies))


def stored_results(path: Path = STORED_JSON) -> Results:
    """The run that the tables and the regression check speak of."""
    return Results.from_json(path.read_text(encoding="utf-8"))


def percentile(values: Iterable[float], percent: float) -> float:
    """The value that this share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = max(0, -(-len(ordered) * percent // 100) - 1)
    return ordered[int(rank)]


def paired_ratios(first: Iterable[float], second: Iterable[float]) -> list[float]:
    """First over second, round by round: what slows the machine slows both."""
    return [one / other for one, other in zip(first, second, strict=True)]


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    if isinstance(value, float):
        return float(f"{value:.{_SIGNIFICANT_DIGITS}g}")
    return value
