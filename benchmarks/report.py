"""A run as tables: on the terminal and in Markdown."""

from collections.abc import Callable, Sequence
from functools import partial
from statistics import median

from benchmarks.results import STORED, Figures, Results
from benchmarks.targets import TARGETS
from benchmarks.workload import BATCH_SIZES

STORED_TABLE = STORED / "table.md"
_README_BEGIN, _README_END = "<!-- measured -->", "<!-- /measured -->"
_MACHINE = ("processor", "cores", "memory", "system", "python", "onnxruntime", "scikit-learn")

Column = tuple[str, Callable[[Figures], str]]


def _spread(values: Sequence[float], digits: int = 0) -> str:
    """The median, and the middle half of the rounds around it."""
    if not values:
        return "-"
    ordered = sorted(values)
    quarter = len(ordered) // 4
    low, high = ordered[quarter], ordered[-1 - quarter]
    text = f"{median(ordered):,.{digits}f}"
    return f"{text} ({low:,.{digits}f}-{high:,.{digits}f})" if len(ordered) >= 4 else text


def _predict(figures: Figures, percent: str) -> str:
    latency = figures.handler_us.get("predict")
    return f"{median(getattr(latency, percent)):,.0f}" if latency else "-"


def _rows(figures: Figures) -> str:
    """Rows a second in the largest batch; one row a request where there is no batch."""
    if "10000" in figures.rows_per_second:
        return f"{median(figures.rows_per_second['10000']):,.0f}"
    is_floor = "list" not in figures.handler_us
    return "-" if is_floor else f"{1e6 / median(figures.handler_us['predict'].p50):,.0f} (single)"


def _phase(figures: Figures, name: str) -> str:
    return f"{median(figures.phases_ms[name]):,.1f}"


def _both(figures: Figures, endpoint: str, *, through_client: bool = False) -> str:
    latency = (figures.client_us if through_client else figures.handler_us).get(endpoint)
    return f"{median(latency.p50):,.0f} / {median(latency.p99):,.0f}" if latency else "-"


def _batch(size: int, figures: Figures) -> str:
    rates = figures.rows_per_second.get(str(size))
    return f"{median(rates):,.0f}" if rates else "-"


SUMMARY: Sequence[Column] = (
    ("", lambda one: one.title),
    ("start to first answer, ms", lambda one: _spread(one.start_ms)),
    ("of it CPU, ms", lambda one: _spread(one.start_cpu_ms)),
    ("predict p50, µs", lambda one: _predict(one, "p50")),
    ("predict p99, µs", lambda one: _predict(one, "p99")),
    ("rows/s, 10,000 a request", _rows),
    ("peak memory, MB", lambda one: _spread(one.memory_mb)),
    ("zip, MB", lambda one: f"{one.zip_mb:.1f}"),
    ("unzipped, MB", lambda one: f"{one.unzipped_mb:.1f}"),
)
PHASES: Sequence[Column] = (
    ("first answer, ms", lambda one: one.title),
    ("imports", lambda one: _phase(one, "imports")),
    ("own modules", lambda one: _phase(one, "own_code")),
    ("model load", lambda one: _phase(one, "model_load")),
    ("first predict", lambda one: _phase(one, "first_predict")),
)
ENDPOINTS: Sequence[Column] = (
    ("p50 / p99, µs", lambda one: one.title),
    ("list", lambda one: _both(one, "list")),
    ("metadata", lambda one: _both(one, "metadata")),
    ("predict", lambda one: _both(one, "predict")),
    ("predictions, 10 rows", lambda one: _both(one, "predictions")),
    ("predict through AWS's client", lambda one: _both(one, "predict", through_client=True)),
)
BATCHES: Sequence[Column] = (
    ("rows/s by rows in a request", lambda one: one.title),
    *((f"{size:,}", partial(_batch, size)) for size in BATCH_SIZES),
)


def markdown(results: Results) -> str:
    """All tables, the machine first, with the command that makes them."""
    parts = [
        *_how(results),
        table(SUMMARY, results),
        table(PHASES, results),
        table(ENDPOINTS, results),
        table(BATCHES, results),
        endpoint_table(results),
        targets_table(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _how(results: Results) -> list[str]:
    how = (
        "Made by `make bench ARGS=--store`. Medians of "
        f"{results.rounds} rounds, in each of which every contestant runs once in a process of "
        "its own, in turn; in parentheses the middle half of the rounds."
    )
    return [
        how,
        ", ".join(f"{name} {results.machine[name]}" for name in _MACHINE) + ".",
    ]


def readme_with(results: Results, readme: str) -> str:
    """The README's text with the tables of a run between its two marks.

    Raises:
        ValueError: the text lacks a mark.
    """
    before, begin, rest = readme.partition(_README_BEGIN)
    _, end, after = rest.partition(_README_END)
    if not (begin and end):
        raise ValueError(f"the README lacks {_README_BEGIN} or {_README_END}")
    parts = [begin, *_how(results), table(SUMMARY, results), targets_table(results), end]
    return before + "\n\n".join(parts) + after


def table(columns: Sequence[Column], results: Results) -> str:
    """One Markdown table, a row a contestant."""
    rows = [[cell(figures) for _, cell in columns] for figures in results.contestants.values()]
    return _grid([name for name, _ in columns], rows)


def targets_table(results: Results) -> str:
    """Each target with its figure, and whether it is met."""
    rows = []
    for target in TARGETS:
        sign = "at least" if target.at_least else "at most"
        rows.append([
            target.title,
            f"{sign} {_number(target.limit)}{target.unit}",
            f"{_number(target.value(results))}{target.unit}",
            target.verdict(results),
        ])  # fmt: skip
    return _grid(["target", "limit", "measured", ""], rows)


def endpoint_table(results: Results) -> str:
    """The deployed endpoint under concurrent clients, if that was measured."""
    if not results.endpoint:
        return ""
    rows = [
        [f"{load.clients}", f"{load.requests:,}", f"{load.failures}",
         f"{load.requests_per_second:,.0f}", f"{load.p50_ms:.1f}", f"{load.p99_ms:.1f}"]
        for load in results.endpoint
    ]  # fmt: skip
    names = [
        "clients of the local endpoint",
        "requests",
        "failed",
        "requests/s",
        "p50, ms",
        "p99, ms",
    ]
    return _grid(names, rows)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _grid(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that reads well as text too: padded, numbers to the right."""
    lines = [names, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    padded = [_padded(names, widths), rule, *(_padded(row, widths) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)


def _padded(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    numbers = zip(cells[1:], widths[1:], strict=True)
    return [cells[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in numbers)]
