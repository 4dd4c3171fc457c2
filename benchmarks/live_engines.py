"""The same model with ONNX Runtime, with scikit-learn, and with nothing around it, started here.

The source as it lies there is run by this interpreter, so nothing has to be built first; the
complete comparison is `make bench`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping

from benchmarks.import_times import Import, import_tree
from deploy.commands import PROJECT

_HANDLER = "import model_lambda.lambda_function as f; f.lambda_handler({event!r}, None)"
_BARE = """
import numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession({model!r}, options, providers=["CPUExecutionProvider"])
session.run(["label"], {{"features": numpy.array([[5.1, 3.5, 1.4, 0.2]], numpy.float32)}})
"""
_MODEL = PROJECT / "model_lambda" / "models" / "iris" / "model_files" / "onnx" / "iris_model.onnx"
CONTESTANTS = ("floor", "onnx", "sklearn")


def start_times(event: object, rounds: int) -> dict[str, list[float]]:
    """Milliseconds from the start of a process to its first prediction and its end, in turn.

    Args:
        event: what the handler is given; `floor` predicts one row without any handler.
        rounds: how often each is started, after one time that is not counted.
    """
    times: dict[str, list[float]] = {engine: [] for engine in CONTESTANTS}
    for _ in range(rounds + 1):
        for engine in CONTESTANTS:
            times[engine].append(_timed(_code(engine, event), engine))
    return {engine: found[1:] for engine, found in times.items()}


def imports_of(engine: str, event: object) -> list[Import]:
    """The tree of imports up to the first answer, as `-X importtime` reports it."""
    done = _run(_code(engine, event), engine, "-X", "importtime")
    return import_tree(done.stderr.splitlines())


def _timed(code: str, engine: str) -> float:
    started = time.perf_counter()
    _run(code, engine)
    return (time.perf_counter() - started) * 1e3


def _code(engine: str, event: object) -> str:
    if engine == "floor":
        return _BARE.format(model=str(_MODEL))
    return _HANDLER.format(event=event)


def _run(code: str, engine: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-s", *options, "-c", code],
        env=_environment(engine), cwd=PROJECT, capture_output=True, text=True, check=True,
        timeout=120,
    )  # fmt: skip


def _environment(engine: str, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    kept = {name: inherited[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in inherited}
    return kept | {"PYTHONPATH": str(PROJECT), "ENGINE": engine}


def total_ms(tree: list[Import], package: str) -> float:
    """Milliseconds in a package's own modules, wherever they are in the tree."""
    nodes = [node for root in tree for node in root.walk()]
    return sum(node.own_us for node in nodes if node.module.split(".")[0] == package) / 1e3
