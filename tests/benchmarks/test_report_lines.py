import base64
import json
from typing import Any

import pytest

from benchmarks.deployed import invocation, summary
from benchmarks.report_lines import Report, read_report

PLAIN = (
    "START RequestId: 8f5b Version: $LATEST\nEND RequestId: 8f5b\n"
    "REPORT RequestId: 8f5b\tDuration: 12.34 ms\tBilled Duration: 250 ms\tMemory Size: 1024 MB\t"
    "Max Memory Used: 75 MB\tInit Duration: 237.5 ms\t\n"
)
JSON = "\n".join([
    json.dumps({"level": "INFO", "message": "request answered"}),
    json.dumps({"time": "2026-01-02T03:04:05.678Z", "type": "platform.report", "record": {
        "requestId": "8f5b", "status": "success", "metrics": {
            "durationMs": 1.5, "billedDurationMs": 2, "memorySizeMB": 1024, "maxMemoryUsedMB": 75,
        }}}),
])  # fmt: skip


def test_a_cold_start_has_an_init() -> None:
    assert read_report(PLAIN) == Report(12.34, 250.0, 1024.0, 75.0, 237.5)


def test_the_json_format_says_the_same_and_a_warm_call_has_no_init() -> None:
    assert read_report(JSON) == Report(1.5, 2.0, 1024.0, 75.0, None)


def test_a_log_without_a_report_is_refused() -> None:
    with pytest.raises(ValueError, match="no report"):
        read_report("START RequestId: 8f5b\n")


class FakeFunction:
    """Returns a log, as Lambda does with LogType=Tail."""

    def invoke(self, **options: Any) -> dict[str, str]:
        assert options["LogType"] == "Tail"
        assert json.loads(options["Payload"])["httpMethod"] == "POST"
        return {"LogResult": base64.b64encode(PLAIN.encode()).decode()}


def test_an_invocation_is_read_from_its_log() -> None:
    assert invocation(FakeFunction(), "function").init_ms == 237.5


def test_cold_and_warm_are_summed_up_apart() -> None:
    cold = [Report(10.0, 200.0, 1024.0, 75.0, init) for init in (180.0, 200.0, 190.0)]
    warm = [Report(duration, 2.0, 1024.0, 76.0, None) for duration in (1.0, 1.2, 9.0)]
    assert summary([*cold, *warm]) == {
        "memory_mb": 1024.0, "used_mb": 76.0, "cold_starts": 3, "init_p50_ms": 190.0,
        "first_billed_p50_ms": 200.0, "warm_calls": 3, "warm_p50_ms": 1.2, "warm_p99_ms": 9.0,
    }  # fmt: skip
