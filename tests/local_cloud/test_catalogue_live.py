"""The deployed zip answers every case that an HTTP client can send as the contract says."""

from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest

from deploy.stack import Stack
from events.catalogue import Case, sendable_cases
from events.comparison import live_difference
from events.proxy_events import HttpRequest

CASES = sendable_cases()


def send(stack: Stack, request: HttpRequest) -> tuple[int, dict[str, str], str]:
    """Send a request as it is: no client library adds a header or refuses an odd one."""
    url = urlsplit(stack.url(request.path))
    path = f"{url.path}?{urlencode(list(request.query))}" if request.query else url.path
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    with closing(HTTPConnection(url.netloc, timeout=60)) as connection:
        connection.putrequest(request.method, path, skip_accept_encoding=True)
        for name, value in (*request.headers, *stack.headers.items()):
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        reply = connection.getresponse()
        return reply.status, dict(reply.headers), reply.read().decode()


def test_most_of_the_catalogue_can_be_sent() -> None:
    assert len(CASES) >= 300


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_case_of_the_catalogue_is_answered_live_as_the_contract_says(
    stack: Stack, case: Case
) -> None:
    assert live_difference(case.answer, *send(stack, case.request)) is None
