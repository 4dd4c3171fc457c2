"""A function under AWS's runtime client, with the client's own errors."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.contestants import Contestant
from benchmarks.function_process import BenchmarkError, function_process
from benchmarks.packages import Package
from deploy.runtime_client import runtime_python

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="AWS's runtime client has wheels for Linux"),
]
ECHO = """
import os
def lambda_handler(event, context):
    if event == "fail":
        raise ValueError("asked to fail")
    left = context.get_remaining_time_in_millis()
    return {"event": event, "time_left": left > 1000, "memory": b"x" * event.get("bytes", 0) == b"",
            "secret": os.environ.get("HOST_SECRET")}
"""


def package(folder: Path, source: str) -> tuple[Package, Contestant]:
    (folder / "echo").mkdir()
    (folder / "echo" / "lambda_function.py").write_text(source)
    return Package(folder, 0, 0), Contestant("echo", "echo", "echo", model=None)


def test_events_are_answered_by_the_real_client_without_the_host_s_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST_SECRET", "must not be seen")
    with function_process(runtime_python(), *package(tmp_path, ECHO)) as function:
        answer, init, first = function.first_answer({"number": 1})
        assert answer == {
            "event": {"number": 1}, "time_left": True, "memory": True, "secret": None,
        }  # fmt: skip
        assert 0 < init < first
        again, seconds = function.invoke({"number": 2})
        assert again["event"] == {"number": 2}
        assert seconds > 0


def test_memory_is_the_peak_of_the_function(tmp_path: Path) -> None:
    with function_process(runtime_python(), *package(tmp_path, ECHO)) as function:
        function.first_answer({})
        before = function.peak_memory()
        function.invoke({"bytes": 50_000_000})
        assert function.peak_memory() - before > 45_000_000


def test_an_error_of_the_handler_ends_the_measurement(tmp_path: Path) -> None:
    with (
        function_process(runtime_python(), *package(tmp_path, ECHO)) as function,
        pytest.raises(BenchmarkError, match="asked to fail"),
    ):
        function.first_answer("fail")


def test_a_function_that_cannot_be_imported_ends_the_measurement(tmp_path: Path) -> None:
    with (
        function_process(runtime_python(), *package(tmp_path, "import nowhere")) as function,
        pytest.raises(BenchmarkError, match="nowhere"),
    ):
        function.first_answer({})


def test_nothing_is_left_running(tmp_path: Path) -> None:
    with function_process(runtime_python(), *package(tmp_path, ECHO)) as function:
        function.first_answer(json.loads("{}"))
    assert function.process.poll() is not None
