"""What this project promises of itself, as ratios in one run and as sizes."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks.results import Figures, Results, paired_ratios

Samples = Callable[[Results], list[float]]
OURS = "ours-onnx"


@dataclass(frozen=True)
class Target:
    """A promise: the median of the samples is at most, or at least, the limit.

    Attributes:
        key: its name in messages.
        title: what is compared.
        samples: one value a round, or a single one.
        limit: the value that is still kept.
        at_least: whether more is better.
        unit: what follows the figures.
    """

    key: str
    title: str
    samples: Samples
    limit: float
    at_least: bool = False
    unit: str = ""

    def value(self, results: Results) -> float:
        """The median."""
        return median(self.samples(results))

    def is_met(self, results: Results) -> bool:
        """Whether the promise is kept."""
        value = self.value(results)
        return value >= self.limit if self.at_least else value <= self.limit

    def verdict(self, results: Results) -> str:
        """`met` or `missed`, and by how much of the limit."""
        share = abs(self.value(results) / self.limit - 1)
        return f"met, {share:.0%} to spare" if self.is_met(results) else f"missed by {share:.0%}"


def _ratio(of: Callable[[Figures], list[float]], other: str) -> Samples:
    def samples(results: Results) -> list[float]:
        contestants = results.contestants
        return paired_ratios(of(contestants[OURS]), of(contestants[other]))

    return samples


def _ours(of: Callable[[Figures], list[float]]) -> Samples:
    return lambda results: of(results.contestants[OURS])


def _start(figures: Figures) -> list[float]:
    return figures.start_ms


def _start_cpu(figures: Figures) -> list[float]:
    return figures.start_cpu_ms


def _memory(figures: Figures) -> list[float]:
    return figures.memory_mb


def _predict(figures: Figures) -> list[float]:
    return figures.handler_us["predict"].p50


def _own_code(results: Results) -> list[float]:
    """Of NumPy's and ONNX Runtime's imports in the same run; 0.152 is 10 of 65.8 ms."""
    own, floor = results.contestants[OURS], results.contestants["json-floor"]
    return paired_ratios(own.phases_ms["own_code"], floor.phases_ms["imports"])


TARGETS = (
    Target("start-article", "start to first answer, of the article's way",
           _ratio(_start, "article"), 1 / 5),
    Target("start-floor", "start to first answer, of the imports' floor",
           _ratio(_start, "import-floor"), 1.15),
    Target("start-cpu-article", "processor time of the start, of the article's way",
           _ratio(_start_cpu, "article"), 1 / 5),
    Target("start-cpu-floor", "processor time of the start, of the imports' floor",
           _ratio(_start_cpu, "import-floor"), 1.15),
    Target("predict-article", "warm predict, of the article's way",
           _ratio(_predict, "article"), 1 / 3),
    Target("predict-floor", "warm predict, of the JSON floor", _ratio(_predict, "json-floor"), 2.5),
    Target("predict-powertools", "warm predict, of Powertools",
           _ratio(_predict, "powertools"), 1.0),
    Target("predict-fastapi", "warm predict, of FastAPI", _ratio(_predict, "fastapi"), 1.0),
    Target("predict-chalice", "warm predict, of Chalice", _ratio(_predict, "chalice"), 1.0),
    Target("rows", "rows a second in a batch of 10,000",
           _ours(lambda figures: figures.rows_per_second["10000"]), 250_000, at_least=True),
    Target("memory-article", "peak memory, of the article's way", _ratio(_memory, "article"), 0.5),
    Target("own-code", "own modules at start, of the JSON floor's imports", _own_code, 0.152),
    Target("zip", "zip", _ours(lambda figures: [figures.zip_mb]), 36.0, unit=" MB"),
    Target("unzipped", "unzipped", _ours(lambda figures: [figures.unzipped_mb]), 110.0, unit=" MB"),
)  # fmt: skip
