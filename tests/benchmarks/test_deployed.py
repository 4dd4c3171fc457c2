import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

import pytest

from benchmarks.deployed import load, without_failures
from benchmarks.function_process import BenchmarkError
from benchmarks.results import Load

GOOD_OF_TEN = 9


class Endpoint(BaseHTTPRequestHandler):
    """Answers nine of ten predictions rightly."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    served = 0
    lock = Lock()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.lock:
            number = Endpoint.served = Endpoint.served + 1
        body = json.dumps({"species": "setosa"} if number % 10 < GOOD_OF_TEN else {}).encode()
        self.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/predict"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("clients", [1, 8])
def test_right_answers_are_timed_and_others_counted(url: str, clients: int) -> None:
    Endpoint.served = 0
    found = load(url, clients, seconds=0.3)
    assert found.clients == clients
    assert found.requests == Endpoint.served - clients
    # Numbers 9, 19, 29 ... were answered wrongly; which client's uncounted first request was one of
    # them is a matter of chance.
    wrong = (Endpoint.served + 1) // 10
    assert max(1, wrong - clients) <= found.failures <= wrong
    assert found.requests_per_second > 0
    assert 0 < found.p50_ms <= found.p99_ms


def test_an_endpoint_that_is_not_there_gives_failures_only() -> None:
    found = load("http://127.0.0.1:9/predict", clients=2, seconds=0.05)
    assert found.failures == found.requests > 0
    assert found.requests_per_second == 0


def test_a_load_with_a_failed_request_is_refused() -> None:
    good = Load(8, requests=1000, failures=0, requests_per_second=500.0, p50_ms=1.0, p99_ms=2.0)
    assert without_failures(good) == good
    with pytest.raises(BenchmarkError, match="1 of 1,000 requests from 8 clients at once were not"):
        without_failures(replace(good, failures=1))
