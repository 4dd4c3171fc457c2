"""How an exported model is served beside its bare engine: `python -m benchmarks.exported FOLDER`.

The folder is one that `make model` wrote, of the ONNX engine. Bare is `json.loads`, arrays,
`session.run`, `json.dumps`, and for the load ONNX Runtime's session of the same bytes. Each
figure is the median over rounds in which both are measured in turn, of this thread's CPU time.
"""

import argparse
import gc
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from model_lambda.config import Settings
from model_lambda.engines.arrays import to_array
from model_lambda.engines.onnx import new_session
from model_lambda.lambda_function import create_handler
from model_lambda.model_files import read_verified_file
from model_lambda.model_manager import ModelManager
from model_lambda.packaged_model import PackagedModel, load_packaged_model

ROWS = 10_000
_ROUNDS = 15
_CALLS = 200

Call = Callable[[], Any]


def main(given: Sequence[str] | None = None) -> None:
    """Print the ratio of this project to the bare engine for one row, many rows and the load."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exported", description=__doc__)
    parser.add_argument("folder", type=Path, help="such as training/reference/penguins/1.0")
    folder = parser.parse_args(given).folder
    model = load_packaged_model(folder)
    entry = model.manifest.engine.file
    session = partial(new_session, read_verified_file(folder, entry, "onnx"), entry)
    row = model.manifest.golden_predictions[0].row
    for name, (ours, bare), calls in (
        ("one row", answers_of(model, session(), "predict", row), _CALLS),
        (f"{ROWS:,} rows", answers_of(model, session(), "predictions", {"rows": [row] * ROWS}), 1),
        ("load", (lambda: load_packaged_model(folder), session), 1),
    ):
        ours_us, bare_us = medians(ours, bare, calls)
        print(f"{name}: {ours_us:,.0f} us, bare {bare_us:,.0f} us, {ours_us / bare_us:.2f} x")


def answers_of(
    model: PackagedModel, session: Any, operation: str, document: Any
) -> tuple[Call, Call]:
    """What answers a request of /api, and what its bare engine does with the body."""
    body = json.dumps(document)
    handler = create_handler(Settings(max_body_bytes=len(body)), ModelManager([model]))
    path = f"/api/models/{model.qualified_name}/{operation}"
    event = {"httpMethod": "POST", "path": path, "body": body}
    inputs = model.manifest.engine.inputs
    first = [next(iter(model.manifest.engine.outputs.values()))]

    def bare() -> str:
        read = json.loads(body)
        rows = read["rows"] if operation == "predictions" else [read]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        feed = {one.name: to_array(one, columns, len(rows)) for one in inputs}
        return json.dumps([{"label": one} for one in session.run(first, feed)[0].tolist()])

    return lambda: handler(event, None), bare


def medians(ours: Call, bare: Call, calls: int) -> tuple[float, float]:
    """Microseconds of a call of each."""
    times: dict[Call, list[float]] = {ours: [], bare: []}
    gc.collect()
    gc.freeze()  # a function in service holds no other models
    for number in range(_ROUNDS):
        for call in (ours, bare) if number % 2 else (bare, ours):
            before = time.thread_time_ns()
            for _ in range(calls):
                call()
            times[call].append((time.thread_time_ns() - before) / calls / 1e3)
    return median(times[ours]), median(times[bare])


if __name__ == "__main__":
    main()
