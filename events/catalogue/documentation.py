"""Requests for the OpenAPI document and the page that shows it."""

from pathlib import Path

from events.catalogue.answers import (
    Answer,
    answer,
    method_not_allowed,
    not_found,
    preflight,
    without_body,
)
from events.catalogue.cases import Case, get
from events.proxy_events import HttpRequest

OPENAPI, DOCS = "/api/openapi.json", "/api/docs"
READ = "GET, HEAD, OPTIONS"
# Both are written when the project is built; what is in them is tested there.
_STORED = Path(__file__).parents[2] / "model_lambda" / "web_api"


def _openapi() -> Answer:
    body = (_STORED / "openapi.json").read_text(encoding="ascii")
    return answer(200, body, {"Content-Type": "application/json"})


def _docs() -> Answer:
    return answer(
        200,
        (_STORED / "docs.html").read_text(encoding="ascii"),
        {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; "
            "style-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'self' http://localhost:* http://127.0.0.1:*",
            "Cache-Control": "public, max-age=3600",
            "Referrer-Policy": "no-referrer",
        },
    )


CASES = [
    Case("openapi", get(OPENAPI), _openapi()),
    Case("docs", get(DOCS), _docs()),
    Case("head_openapi", HttpRequest("HEAD", OPENAPI), without_body(_openapi())),
    Case("head_docs", HttpRequest("HEAD", DOCS), without_body(_docs())),
    Case("options_openapi", HttpRequest("OPTIONS", OPENAPI), preflight(READ)),
    Case("options_docs", HttpRequest("OPTIONS", DOCS), preflight(READ)),
    Case("post_openapi", HttpRequest("POST", OPENAPI), method_not_allowed(READ)),
    Case("post_docs", HttpRequest("POST", DOCS), method_not_allowed(READ)),
    Case("openapi_with_another_dot", get("/api/openapi_json"), not_found()),
    Case("docs_with_trailing_slash", get(f"{DOCS}/"), not_found()),
]
