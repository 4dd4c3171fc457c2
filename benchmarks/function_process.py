"""A deployed function in a process of its own, under AWS's runtime client."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import IO, Any

from benchmarks.contestants import Contestant
from benchmarks.packages import Package
from benchmarks.runtime_api import Message, RuntimeApi

_LONGEST_START_SECONDS = 60.0


class BenchmarkError(Exception):
    """A contestant failed or answered wrongly, so that its figures would mean nothing."""


@dataclass(frozen=True)
class FunctionProcess:
    """A running function; times are in seconds."""

    process: subprocess.Popen[bytes]
    api: RuntimeApi
    errors: IO[bytes]
    started: float

    def first_answer(self, event: Any) -> tuple[dict[str, Any], float, float]:
        """The answer to the first event, which is waiting when the function asks for one.

        Returns:
            The answer, and the seconds from the start of the process to its first poll and to
            its first answer.
        """
        self.api.give(event)
        init = self._message("next").seconds - self.started
        message = self._message("response")
        self._message("next")
        return json.loads(message.body), init, message.seconds - self.started

    def invoke(self, event: Any) -> tuple[dict[str, Any], float]:
        """The answer to one event, and the seconds from its hand-over to its answer."""
        before = time.perf_counter()
        self.api.give(event)
        message = self._message("response")
        self._message("next")
        return json.loads(message.body), message.seconds - before

    def processor_seconds(self) -> float:
        """What all threads of the process have used of a processor; other programs do not count."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def peak_memory(self) -> int:
        """The most resident memory the process ever had, in bytes."""
        return peak_memory(self.process.pid)

    def _message(self, kind: str) -> Message:
        end = time.monotonic() + _LONGEST_START_SECONDS
        while time.monotonic() < end:
            try:
                message = self.api.messages.get(timeout=0.2)
            except Empty:
                if self.process.poll() is not None:
                    raise BenchmarkError(f"the function ended: {self._said()}") from None
                continue
            if message.kind != kind:
                raise BenchmarkError(f"{message.kind}, not {kind}: {message.body.decode()[:2000]}")
            return message
        raise BenchmarkError(f"no {kind} within {_LONGEST_START_SECONDS:.0f} s: {self._said()}")

    def _said(self) -> str:
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")[-2000:]


@contextmanager
def function_process(
    python: Path, package: Package, contestant: Contestant
) -> Iterator[FunctionProcess]:
    """Start a function cold; it is gone at the end."""
    with RuntimeApi() as api, tempfile.TemporaryFile() as errors:
        command = [str(python), "-s", "-m", "awslambdaric", contestant.handler_path]
        environment = function_environment(package, contestant)
        environment |= {"AWS_LAMBDA_RUNTIME_API": api.address}
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=package.folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=errors, stderr=errors,
        )  # fmt: skip
        try:
            yield FunctionProcess(process, api, errors, started)
        finally:
            process.kill()
            process.wait()


def function_environment(package: Package, contestant: Contestant) -> dict[str, str]:
    """What Lambda sets, and the contestant's settings; nothing of this machine.

    One thread for NumPy and no telemetry, as serverless.yml says: both help every contestant alike.
    """
    return {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PYTHONPATH": str(package.folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LAMBDA_TASK_ROOT": str(package.folder),
        "AWS_REGION": "us-east-2",
        "AWS_LAMBDA_FUNCTION_NAME": "benchmark",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "OPENBLAS_NUM_THREADS": "1",
        "ORT_DISABLE_TELEMETRY": "1",
        **contestant.environment,
    }


def peak_memory(pid: int) -> int:
    """The most resident memory a living process ever had, in bytes, as Linux counts it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise BenchmarkError(f"process {pid} has ended")
