"""Reads the report that Lambda writes after each invocation, in either of its log formats.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

import json
import re
from dataclasses import dataclass
from typing import Any

_NUMBER = r"([\d.]+)"
_PLAIN = {
    "duration_ms": re.compile(rf"\tDuration: {_NUMBER} ms"),
    "billed_ms": re.compile(rf"Billed Duration: {_NUMBER} ms"),
    "memory_mb": re.compile(rf"Memory Size: {_NUMBER} MB"),
    "used_mb": re.compile(rf"Max Memory Used: {_NUMBER} MB"),
    "init_ms": re.compile(rf"Init Duration: {_NUMBER} ms"),
}
_JSON = {
    "duration_ms": "durationMs",
    "billed_ms": "billedDurationMs",
    "memory_mb": "memorySizeMB",
    "used_mb": "maxMemoryUsedMB",
    "init_ms": "initDurationMs",
}


@dataclass(frozen=True)
class Report:
    """What AWS says of one invocation; `init_ms` is None when a worker was there already."""

    duration_ms: float
    billed_ms: float
    memory_mb: float
    used_mb: float
    init_ms: float | None


def read_report(log: str) -> Report:
    """The report in the log of one invocation.

    Raises:
        ValueError: there is none.
    """
    for line in log.splitlines():
        if line.startswith("REPORT RequestId:"):
            return _report({name: _first(pattern, line) for name, pattern in _PLAIN.items()})
        if '"platform.report"' in line:
            metrics = json.loads(line)["record"]["metrics"]
            return _report({name: metrics.get(key) for name, key in _JSON.items()})
    raise ValueError("the log holds no report")


def _first(pattern: re.Pattern[str], line: str) -> str | None:
    found = pattern.search(line)
    return found[1] if found else None


def _report(values: dict[str, Any]) -> Report:
    init = values.pop("init_ms")
    numbers = {name: float(value) for name, value in values.items()}
    return Report(**numbers, init_ms=None if init is None else float(init))
