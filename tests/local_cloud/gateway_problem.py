"""Compares an answer with what API Gateway is told to say itself."""

import json
from typing import Any

import requests

from deploy.documents.gateway_problems import GATEWAY_PROBLEMS


def expected(name: str, request_id: str) -> dict[str, Any]:
    """The document of one of the gateway's answers."""
    document: dict[str, Any] = json.loads(GATEWAY_PROBLEMS[name].body(request_id))
    return document


def assert_is(answer: requests.Response, name: str, status: int, origin: str = "*") -> None:
    """Compare a whole answer with an entry of the table."""
    assert answer.status_code == status
    assert answer.json() == expected(name, answer.headers["x-amzn-requestid"])
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
