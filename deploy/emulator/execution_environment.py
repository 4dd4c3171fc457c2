"""An execution environment: one process of a function under AWS's runtime client."""

import fcntl
import os
import queue
import select
import signal
import subprocess
import threading
import time
from typing import Any

from ministack.core import lambda_runtime

from deploy.emulator import logs, memory

# The log stream of the environment that this thread is starting.
starting = threading.local()
_MEMORY_CHECK_SECONDS = 0.05
# What the emulator says of a process that ended.
_EXITED = {
    "errorMessage": "Runtime exited before returning a response",
    "errorType": "Runtime.ExitError",
}


class AwsRuntimeWorker(lambda_runtime.ProvidedWorker):  # type: ignore[misc]
    """One execution environment; its output is read when the reply comes, without a delay."""

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        super().__init__(func_name, config, code_zip)
        self._output_lock = threading.Lock()
        self._output: Any = None
        self._partial = b""
        self._stream, self._init_ms, self._start_ms = "", 0.0, 0.0
        self._memory_mb, self._peak_mb = int(config.get("MemorySize", 128)), 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def _spawn(self, init_timeout: float | None = None) -> None:
        """Unpack the code and start the process: part of neither the init nor an invocation."""
        started, self._process, self._peak_mb = time.perf_counter(), None, 0.0
        try:
            super()._spawn(init_timeout)
        finally:
            self._start_ms += (time.perf_counter() - started) * 1000

    def _await_init(self, init_timeout: float | None = None) -> None:
        """Wait for the init phase, from the start of the process to its first question.

        The init phase starts the runtime and runs the static code
        (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html); the code
        is there already.
        """
        started = time.perf_counter()
        self._process, self._stream = self._proc, starting.stream
        super()._await_init(init_timeout)
        self._init_ms = (time.perf_counter() - started) * 1000

    def invoke(self, event: Any, request_id: str, **kwargs: Any) -> dict[str, Any]:
        """Run one invocation, and note what its log is to say."""
        started, self._start_ms = time.perf_counter(), 0.0
        try:
            result: dict[str, Any] = super().invoke(event, request_id, **kwargs)
        except RuntimeError as error:
            return self._failed_start(error, request_id)
        elapsed = (time.perf_counter() - started) * 1000
        if self._exceeds_memory() or result.get("error_payload") == _EXITED:
            self._end()
            result |= self._exit_error(request_id)
        logs.finished[threading.get_ident()] = logs.Invocation(
            self._stream,
            elapsed - self._start_ms,
            self._init_ms if result["cold_start"] else None,
            round(self._peak_mb),
        )
        return result

    def _failed_start(self, error: RuntimeError, request_id: str) -> dict[str, Any]:
        """What AWS reports of a start that failed."""
        told = {"status": "error", "cold_start": True, "log": self._drain_stderr()}
        if self._init_error is not None:
            return told | {"error_payload": self._init_error}  # the runtime client's own report
        if self._process is None:
            raise error
        if isinstance(error, lambda_runtime.ProvidedInitTimeout):
            message = f"Task timed out after {self.config.get('Timeout', 3)}.00 seconds"
            payload = {"errorType": "Sandbox.Timedout", "errorMessage": message}
            return told | {"error_payload": payload}
        return told | self._exit_error(request_id)

    def _init_log_suffix(self) -> str:
        return ""  # what the function printed stays for its log

    def _exceeds_memory(self) -> bool:
        """Whether the process used, at any time, more memory than the function has."""
        if self._process is not None and self._process.returncode is None:
            self._peak_mb = max(self._peak_mb, memory.peak_mb(self._process.pid))
        return self._peak_mb > self._memory_mb

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._teardown()

    def _exit_error(self, request_id: str) -> dict[str, Any]:
        """The error of a process that ended without an answer.

        https://repost.aws/knowledge-center/lambda-runtime-error shows its form.
        """
        code = 0 if self._process is None else self._process.wait()
        reason = exit_reason(code)
        message = f"RequestId: {request_id} Error: Runtime exited {reason}"
        payload = {"errorType": "Runtime.ExitError", "errorMessage": message}
        return {"status": "error", "error": message, "error_payload": payload}

    def _build_handler_class(self, generation: int, pending: Any) -> type:
        handler: type = super()._build_handler_class(generation, pending)
        # Two small writes a reply, and Nagle's algorithm would hold the second for 40 ms.
        handler.disable_nagle_algorithm = True  # type: ignore[attr-defined]
        return handler

    def _pump_output(self, stream: Any, log_queue: "queue.Queue[str]") -> None:
        """Empty the pipe whenever something is in it, and kill what takes too much memory."""
        descriptor = stream.fileno()
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        with self._output_lock:
            self._output, self._partial = stream, b""
        open_ = True
        while open_:
            readable, _, _ = select.select([descriptor], [], [], _MEMORY_CHECK_SECONDS)
            if readable:
                open_ = self._read_available(stream, log_queue)
            if self._exceeds_memory() and self._process is not None:
                self._process.kill()
        with self._output_lock:
            self._output = None
            stream.close()

    def _read_available(self, stream: Any, log_queue: "queue.Queue[str]") -> bool:
        """Move what the pipe holds into the queue; False at its end."""
        with self._output_lock:
            if self._output is not stream:
                return False
            try:
                while chunk := os.read(stream.fileno(), 65536):
                    *lines, self._partial = (self._partial + chunk).split(b"\n")
                    for line in lines:
                        _put_newest(log_queue, line.decode("utf-8", errors="replace"))
            except BlockingIOError:
                return True
            return False

    def _drain_stderr_bounded(self, *_: float, **__: float) -> str:
        """All lines written so far: the function wrote them before it sent its reply."""
        if (stream := self._output) is not None:
            self._read_available(stream, self._stderr_queue)
        return str(self._drain_stderr())


def _put_newest(lines: "queue.Queue[str]", line: str) -> None:
    """Add a line; drop the oldest when the queue is full, never wait."""
    while True:
        try:
            return lines.put_nowait(line)
        except queue.Full:
            lines.get_nowait()


def exit_reason(code: int) -> str:
    """What AWS says of a process that ended, from its exit code; negative for a signal."""
    if code == 0:
        return "without providing a reason"
    if code > 0:
        return f"with error: exit status {code}"
    return f"with error: signal: {(signal.strsignal(-code) or str(-code)).lower()}"
