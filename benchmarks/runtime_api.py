"""A small Lambda Runtime API on the loopback interface, for AWS's own runtime client to poll.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import queue
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, cast

_PREFIX = "/2018-06-01/runtime/"
_ARN = "arn:aws:lambda:us-east-2:000000000000:function:benchmark"
_MILLISECONDS_TO_ANSWER = 60_000


@dataclass(frozen=True)
class Message:
    """What the function sent: `next`, `response` or an error, and when it arrived."""

    kind: str
    seconds: float
    body: bytes = b""


class RuntimeApi:
    """Hands out events and collects the answers; times are those of `time.perf_counter`."""

    def __init__(self) -> None:
        self.events: queue.Queue[bytes | None] = queue.Queue()
        self.messages: queue.Queue[Message] = queue.Queue()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        """The value of AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "RuntimeApi":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.events.put(None)
        self._server.shutdown()
        self._server.server_close()

    def give(self, event: Any) -> None:
        """Queue an event for the next poll."""
        self.events.put(json.dumps(event).encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: RuntimeApi

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a function that is ended drops its connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a poll with an event, as soon as there is one."""
        api = cast(_Server, self.server).api
        api.messages.put(Message("next", time.perf_counter()))
        event = api.events.get()
        if event is None:  # the benchmark is over
            self.close_connection = True
            return
        deadline = int(time.time() * 1000) + _MILLISECONDS_TO_ANSWER
        self._answer(200, event, {
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": _ARN,
            "Content-Type": "application/json",
        })  # fmt: skip

    def do_POST(self) -> None:
        """Take an answer or an error."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.path.removeprefix(_PREFIX).rsplit("/", 1)[-1]
        message = Message(kind, time.perf_counter(), body)
        self._answer(202, b"", {})
        cast(_Server, self.server).api.messages.put(message)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        # One write: two would wait for each other's acknowledgement.
        lines = [f"HTTP/1.1 {status} OK", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""
