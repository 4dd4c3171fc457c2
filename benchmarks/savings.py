"""What three choices of the function save at a cold start, measured here and now."""

import os
import subprocess
import sys
from collections.abc import Mapping
from timeit import repeat

_IMPORT = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"
_NUMPY = "import time, numpy; print(time.process_time())"
_SHA256 = "_sha2" if sys.version_info >= (3, 12) else "_sha256"
_IMPORTED = "from dataclasses import dataclass; from typing import NamedTuple"
_FIELDS = ":\n    method: str\n    path: str\n    body: str"
_THREADS = "OPENBLAS_NUM_THREADS"
_ROUNDS = 5


def savings() -> list[dict[str, str]]:
    """A row a choice: what is usual, what the function does, and the fastest of five rounds."""
    many = {name: value for name, value in os.environ.items() if name != _THREADS}
    hashes = {"hashlib": _seconds(_IMPORT.format("hashlib"), many),
              "the built-in SHA-256": _seconds(_IMPORT.format(_SHA256), many)}  # fmt: skip
    classes = {"a dataclass": _definition("@dataclass(frozen=True)\nclass A"),
               "a named tuple": _definition("class A(NamedTuple)")}  # fmt: skip
    threads = {"a thread a processor": _seconds(_NUMPY, many),
               "one thread": _seconds(_NUMPY, many | {_THREADS: "1"})}  # fmt: skip
    return [
        _row("import", hashes),
        _row("define", classes),
        _row("import numpy, processor time", threads),
    ]


def _row(what: str, seconds: Mapping[str, float]) -> dict[str, str]:
    usual, ours = (f"{name}: {value * 1e3:.2f} ms" for name, value in seconds.items())
    return {"": what, "usual": usual, "here": ours}


def _definition(head: str) -> float:
    return min(repeat(head + _FIELDS, _IMPORTED, number=1, repeat=_ROUNDS))


def _seconds(code: str, environment: Mapping[str, str]) -> float:
    """What the code prints, at best, in an interpreter of its own."""
    command = [sys.executable, "-s", "-c", code]
    return min(
        float(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
        for _ in range(_ROUNDS)
    )
