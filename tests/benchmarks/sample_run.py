"""A made-up run, for tests of what is done with runs."""

import random

from benchmarks.contestants import CONTESTANTS
from benchmarks.results import Figures, Interpreter, Latency, Load, Results

MACHINE = {
    "date": "2026-01-02", "processor": "A processor", "cores": "2", "memory": "8 GiB",
    "system": "Linux x86_64", "python": "3.13.1", "load": "0.1 at the start",
    "onnxruntime": "1.0", "numpy": "2.0", "marshmallow": "4.0", "scikit-learn": "1.0",
}  # fmt: skip
START_MS = {
    "article": 900.0, "ours-sklearn": 1100.0, "ours-onnx": 150.0, "powertools": 250.0,
    "fastapi": 350.0, "chalice": 180.0, "import-floor": 170.0, "json-floor": 140.0,
    "client-floor": 30.0,
}  # fmt: skip
PREDICT_US = {
    "article": 300.0, "ours-sklearn": 500.0, "ours-onnx": 30.0, "powertools": 80.0,
    "fastapi": 140.0, "chalice": 90.0, "import-floor": 15.0, "json-floor": 20.0,
    "client-floor": 0.2,
}  # fmt: skip
_PHASES = ("imports", "own_code", "model_load", "first_predict")


def sample_run(
    seed: int = 0, rounds: int = 11, noise: float = 0.05, slower: dict[str, float] | None = None
) -> Results:
    """A run on a machine whose speed changes from round to round, and scatters within one.

    Args:
        noise: the standard deviation of the logarithm of each time.
        slower: factors on the times of some contestants.
    """
    draw = random.Random(seed)
    speeds = [draw.lognormvariate(0, 0.3) for _ in range(rounds)]
    results = Results(MACHINE, rounds, Interpreter([10.0] * rounds, [9.0] * rounds))
    for contestant in CONTESTANTS:
        factor = (slower or {}).get(contestant.key, 1.0)

        def times(typical: float, factor: float = factor) -> list[float]:
            return [typical * factor * speed * draw.lognormvariate(0, noise) for speed in speeds]

        start, predict = START_MS[contestant.key], PREDICT_US[contestant.key]
        results.contestants[contestant.key] = Figures(
            contestant.title,
            zip_mb=30.0,
            unzipped_mb=90.0,
            start_ms=times(start),
            start_cpu_ms=times(start * 0.95),
            init_ms=times(start * 0.98),
            memory_mb=[130.0 if contestant.key == "article" else 62.0] * rounds,
            phases_ms={name: times(start / 30) for name in _PHASES},
            client_us={name: Latency(times(300), times(500)) for name in contestant.endpoints},
            handler_us={
                name: Latency(times(predict), times(predict * 2)) for name in contestant.endpoints
            },
            rows_per_second={"1": times(3e4), "10000": times(4e5)}
            if "predictions" in contestant.endpoints
            else {},
        )
    results.endpoint = [Load(1, 1000, 0, 200.0, 5.0, 9.0), Load(50, 4000, 1, 400.0, 90.0, 200.0)]
    return results
