"""Run Python functions under AWS's own runtime client instead of the emulator's runner.

The interpreter holds what AWS's runtime provides (the runtime client and boto3) and nothing else,
the environment is made from nothing, and log lines are read without waiting for them.
"""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

import fcntl
import os
import queue
import select
import threading
import time
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from deploy.emulator import logs

_BOOTSTRAP = '#!/bin/sh\nexec "{python}" -B -m awslambdaric "$_HANDLER"\n'

# The log stream of the environment that this thread is starting.
_spawning = threading.local()


def use_aws_runtime_client(python: Path) -> None:
    """Make the emulator run every `python3.x` function with an interpreter's awslambdaric."""
    _replace_execution()
    _replace_unpacking(python)
    _replace_environment()
    logs.apply(threading.get_ident)


def _replace_execution() -> None:
    choose_class = lambda_runtime._worker_class_for
    run_stock = lambda_svc._execute_function_warm

    def worker_class(config: dict[str, Any]) -> Any:
        return AwsRuntimeWorker if _is_python(config) else choose_class(config)

    def execute(func: dict[str, Any], event: Any, request_id: str) -> Any:
        if _is_python(func.get("config") or func):
            return lambda_svc._execute_function_provided_warm(func, event, request_id)
        return run_stock(func, event, request_id)

    lambda_runtime._worker_class_for = worker_class
    lambda_svc._execute_function_warm = execute


def _replace_unpacking(python: Path) -> None:
    unpack = lambda_svc._provided_runtime_code_dir

    def code_folder(code_zip: bytes) -> str:
        folder = unpack(code_zip)
        bootstrap = Path(folder, "bootstrap")
        if not bootstrap.exists():
            bootstrap.write_text(_BOOTSTRAP.format(python=python), encoding="utf-8")
            bootstrap.chmod(0o755)
        return str(folder)

    lambda_svc._provided_runtime_code_dir = code_folder


def _replace_environment() -> None:
    stock = lambda_svc._provided_worker_env

    def environment(config: dict[str, Any], folder: str, port: int) -> dict[str, str]:
        made: dict[str, str] = stock(config, folder, port)
        if _is_python(config):
            made = function_environment(config, made)
            _spawning.stream = made["AWS_LAMBDA_LOG_STREAM_NAME"]
        return made

    lambda_svc._provided_worker_env = environment


def _is_python(config: dict[str, Any]) -> bool:
    return str(config.get("Runtime", "")).startswith("python3.")


def function_environment(config: dict[str, Any], stock: dict[str, str]) -> dict[str, str]:
    """The variables AWS documents for a function, its own, and nothing of this process.

    Args:
        config: The function's configuration.
        stock: The emulator's environment for it, which holds all of this process's variables.
    """
    name = config["FunctionName"]
    logging_config = config.get("LoggingConfig") or {}
    environment = {key: value for key, value in stock.items() if key not in os.environ}
    own_variables = (config.get("Environment") or {}).get("Variables") or {}
    environment |= {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "TMPDIR": os.environ["LOCAL_CLOUD_FUNCTION_TMP"],
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
        "AWS_REGION": stock["AWS_REGION"],
        "AWS_DEFAULT_REGION": stock["AWS_DEFAULT_REGION"],
        "AWS_ACCESS_KEY_ID": stock["AWS_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": stock["AWS_SECRET_ACCESS_KEY"],
        "AWS_SESSION_TOKEN": stock.get("AWS_SESSION_TOKEN", ""),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": logging_config.get("LogFormat", "Text"),
        "AWS_LAMBDA_LOG_STREAM_NAME": logs.new_stream(stock["AWS_LAMBDA_FUNCTION_VERSION"]),
        "AWS_LAMBDA_LOG_GROUP_NAME": logging_config.get("LogGroup") or f"/aws/lambda/{name}",
    }
    if level := logging_config.get("ApplicationLogLevel"):
        environment["AWS_LAMBDA_LOG_LEVEL"] = level
    return environment | {key: str(value) for key, value in own_variables.items()}


class AwsRuntimeWorker(lambda_runtime.ProvidedWorker):  # type: ignore[misc]
    """One execution environment; its output is read when the reply comes, without a delay."""

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        super().__init__(func_name, config, code_zip)
        self._output_lock = threading.Lock()
        self._output: Any = None
        self._partial = b""
        self._stream, self._init_ms = "", 0.0

    def _spawn(self, init_timeout: float | None = None) -> None:
        lambda_svc._provided_runtime_code_dir(self.code_zip)  # unpacking is not init
        started = time.perf_counter()
        super()._spawn(init_timeout)
        self._stream, self._init_ms = _spawning.stream, (time.perf_counter() - started) * 1000

    def invoke(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run one invocation, and note what its log is to say."""
        started = time.perf_counter()
        try:
            result: dict[str, Any] = super().invoke(*args, **kwargs)
        except RuntimeError:
            if (error := self._init_error) is None:
                raise
            # AWS reports the error that the runtime client sent about the start.
            return {"status": "error", "error_payload": error, "log": self._drain_stderr()}
        elapsed = (time.perf_counter() - started) * 1000
        init = self._init_ms if result["cold_start"] else None
        memory = logs.peak_memory_mb(self._proc.pid) if self._proc is not None else 0
        logs.finished[threading.get_ident()] = logs.Invocation(
            self._stream, elapsed - (init or 0), init, memory
        )
        return result

    def _build_handler_class(self, generation: int, pending: Any) -> type:
        handler: type = super()._build_handler_class(generation, pending)
        # Two small writes a reply, and Nagle's algorithm would hold the second for 40 ms.
        handler.disable_nagle_algorithm = True  # type: ignore[attr-defined]
        return handler

    def _pump_output(self, stream: Any, log_queue: "queue.Queue[str]") -> None:
        """Empty the pipe whenever something is in it, so that the function never blocks."""
        descriptor = stream.fileno()
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        with self._output_lock:
            self._output, self._partial = stream, b""
        open_ = True
        while open_:
            select.select([descriptor], [], [])
            open_ = self._read_available(stream, log_queue)
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
