"""The rules themselves: each of these replies breaks one."""

from typing import Any

import pytest

from events.limits import RESPONSE_BYTES
from events.stored import read_response
from tests.contract.reply_rules import broken_rules, encoded

GOOD = read_response("predict_setosa")
BAD_REQUEST = read_response("missing_field")
BROKEN: dict[str, Any] = {
    "no object": None,
    "field missing": {name: GOOD[name] for name in ("statusCode", "headers", "body")},
    "field too many": {**GOOD, "cookies": []},
    "status as text": {**GOOD, "statusCode": "200"},
    "status as boolean": {**GOOD, "statusCode": True},
    "status out of range": {**GOOD, "statusCode": 99},
    "base64": {**GOOD, "isBase64Encoded": True},
    "body as object": {**GOOD, "body": {"species": "setosa"}},
    "body as null": {**GOOD, "body": None},
    "headers null": {**GOOD, "headers": None},
    "header name beyond ASCII": {**GOOD, "headers": {**GOOD["headers"], "Größe": "1"}},
    "header name with a space": {**GOOD, "headers": {**GOOD["headers"], "A B": "1"}},
    "header value as number": {**GOOD, "headers": {**GOOD["headers"], "Age": 1}},
    "header value with a line break": {**GOOD, "headers": {**GOOD["headers"], "A": "1\r\nB: 2"}},
    "header twice": {**GOOD, "headers": {**GOOD["headers"], "content-type": "text/html"}},
    "allow without 405": {**GOOD, "headers": {**GOOD["headers"], "Allow": "GET"}},
    "405 without allow": {**BAD_REQUEST, "statusCode": 405},
    "503 without retry-after": {**BAD_REQUEST, "statusCode": 503},
    "200 without content type": {**GOOD, "headers": {}},
    "204 with body": {**GOOD, "statusCode": 204, "headers": {}},
    "body beyond ASCII": {**GOOD, "body": '{"species": "größe"}'},
    "body truncated": {**GOOD, "body": GOOD["body"][:-1]},
    "body with NaN": {**GOOD, "body": '{"p": NaN}'},
    "body too large": {**GOOD, "body": '"' + "x" * RESPONSE_BYTES + '"'},
    "error too large": {**BAD_REQUEST, "body": BAD_REQUEST["body"].ljust(2049)},
    "error as text": {**BAD_REQUEST, "headers": {"Content-Type": "text/plain"}},
    "error of neither kind": {**BAD_REQUEST, "headers": GOOD["headers"], "body": '{"a": 1}'},
    "problem of another status": {**BAD_REQUEST, "statusCode": 404},
    "problem without detail": {**BAD_REQUEST, "body": '{"type": "/problems/a", "status": 400}'},
}


@pytest.mark.parametrize("name", ["predict_setosa", "missing_field", "unknown_route", "metadata"])
def test_a_good_reply_breaks_no_rule(name: str) -> None:
    assert broken_rules(read_response(name)) == []


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN.keys())
def test_a_bad_reply_breaks_a_rule(reply: Any) -> None:
    assert broken_rules(reply) != []


def test_a_lone_surrogate_does_not_survive_the_runtime_client() -> None:
    with pytest.raises(UnicodeEncodeError):
        encoded({**GOOD, "body": "\ud800"})
