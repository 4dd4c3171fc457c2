"""Runs inside the function's interpreter: times the handler itself, without client and network.

Called as `python handler_probe.py HANDLER`, with the workload as JSON on standard input; prints
JSON. It sees the function's package and the standard library, and nothing else.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

Handler = Callable[[Any, Any], dict[str, Any]]
_FEWEST_CALLS = 3


class ProbeContext:
    """The part of Lambda's context object that the handlers use."""

    function_name = "benchmark"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-2:000000000000:function:benchmark"
    memory_limit_in_mb = "1024"
    aws_request_id = "00000000-0000-4000-8000-000000000000"
    log_group_name = "/aws/lambda/benchmark"
    log_stream_name = "probe"

    def get_remaining_time_in_millis(self) -> int:
        """Time is not what this is about."""
        return 10_000


def find(path: str) -> Any:
    """Import `package.module.name`."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def call_times(handler: Handler, event: Any, seconds: float, most_calls: int) -> list[int]:
    """Nanoseconds of each call, for this long; the first tenth is left out as warming up."""
    context = ProbeContext()
    times: list[int] = []
    end = time.perf_counter() + seconds
    while len(times) < most_calls and (
        len(times) < _FEWEST_CALLS or time.perf_counter() < end
    ):  # fmt: skip
        before = time.perf_counter_ns()
        handler(event, context)
        times.append(time.perf_counter_ns() - before)
    return times[len(times) // 10 :]


def probe(handler: Handler, workload: dict[str, Any]) -> dict[str, Any]:
    """Answer and time every event of the workload.

    Returns:
        For each event its first `answer` and the `times` of the calls in nanoseconds.
    """
    report = {}
    for name, event in workload["events"].items():
        answer = handler(event, ProbeContext())
        times = call_times(handler, event, workload["seconds"], workload["most_calls"])
        report[name] = {"answer": answer, "times": times}
    return report


if __name__ == "__main__":
    results = probe(find(sys.argv[1]), json.load(sys.stdin))
    print(json.dumps(results), file=sys.__stdout__)
