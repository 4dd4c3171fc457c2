"""GET /api/openapi.json and GET /api/docs give the stored files, read when first asked for."""

import json
import subprocess
import sys
from typing import Any

import pytest

from deploy.documents.docs_page import PAGE
from deploy.documents.openapi import DOCUMENT
from events.proxy_events import SOURCES, HttpRequest
from model_lambda.lambda_function import lambda_handler

FILES = {"/api/openapi.json": DOCUMENT, "/api/docs": PAGE}
MEDIA_TYPES = {
    "/api/openapi.json": "application/json",
    "/api/docs": "text/html; charset=utf-8",
}
FILES_OPENED = """
import sys
opened = []
sys.addaudithook(lambda name, args: opened.append(str(args[0])) if name == "open" else None)
import model_lambda.lambda_function
print([path for path in opened if path.endswith(("openapi.json", "docs.html"))])
print(sorted(name for name in sys.modules if name.startswith("apispec")))
"""


def get(path: str, source: str = "rest_api", method: str = "GET") -> dict[str, Any]:
    """Ask the handler."""
    result = lambda_handler(SOURCES[source](HttpRequest(method, path)), None)
    assert result is not None
    return result


@pytest.mark.iris_model
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("path", FILES)
def test_the_stored_file_is_the_answer(path: str, source: str) -> None:
    result = get(path, source)
    assert (result["statusCode"], result["isBase64Encoded"]) == (200, False)
    assert result["headers"]["Content-Type"] == MEDIA_TYPES[path]
    assert result["body"] == FILES[path].read_text(encoding="ascii")


@pytest.mark.parametrize("path", FILES)
def test_head_is_answered_without_the_file(path: str) -> None:
    assert get(path, method="HEAD") == {**get(path), "body": ""}


def test_the_document_is_json() -> None:
    assert json.loads(get("/api/openapi.json")["body"])["openapi"] == "3.1.0"


def test_the_page_may_load_nothing_and_speaks_to_its_own_host_only() -> None:
    policy = get("/api/docs")["headers"]["Content-Security-Policy"]
    directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
    assert directives == {
        "default-src": "'none'",
        "script-src": "'unsafe-inline'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self' http://localhost:* http://127.0.0.1:*",
    }


def test_a_cold_start_reads_neither_file_and_does_not_import_apispec() -> None:
    command = [sys.executable, "-c", FILES_OPENED]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.splitlines() == ["[]", "[]"]
