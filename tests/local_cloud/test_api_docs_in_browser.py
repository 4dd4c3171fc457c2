"""The deployed page of /api/docs works in a real browser and speaks to no other host."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Frame, Page, Request, expect

from deploy.stack import Stack
from model_lambda.web_api.routes import ROUTES
from tests.browser.lab import PROJECT, browser_at, find_browser

BROWSER = find_browser()
SCREENSHOT = PROJECT / "build" / "screenshots" / "api_docs.png"
PREDICT = "#operations-Predictions-predict"
# Milliseconds: a busy machine needs several seconds to show the page.
PATIENCE = 60_000

pytestmark = pytest.mark.skipif(
    BROWSER is None and os.environ.get("CI") != "true",
    reason="no Chromium on PATH (Debian: apt install chromium); required when CI=true",
)


@dataclass
class Seen:
    """What a page asked for and complained about."""

    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Record from now on; a refusal by the page's policy is a complaint."""
        page.on("request", self._request)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in ("data", "blob"):
            self.hosts.add(urlsplit(request.url).netloc)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert BROWSER is not None, "CI=true requires Chromium"
    expect.set_options(timeout=PATIENCE)
    with browser_at(BROWSER) as started:
        yield started


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def page(browser: Browser, seen: Seen) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1200, "height": 1000})
    seen.watch(opened)
    yield opened
    opened.close()


def authorize(page: Page, key: str) -> None:
    """Enter the key as a reader does."""
    page.click("button.authorize")
    page.fill(".auth-container input", key)
    page.click(".auth-btn-wrapper .authorize")
    page.click(".auth-btn-wrapper .btn-done")


def try_out_predict(page: Page) -> str:
    """Send the example; what the page shows of the answer."""
    if not page.is_visible(f"{PREDICT} .execute"):
        page.click(f"{PREDICT} .opblock-summary-control")
    with page.expect_response("**/predict*") as answered:
        page.click(f"{PREDICT} .execute")
    answered.value.finished()
    table = page.locator(f"{PREDICT} .live-responses-table")
    expect(table).to_contain_text(str(answered.value.status))
    return table.inner_text()


def test_every_operation_is_shown_and_a_prediction_tried_out(
    stack: Stack, page: Page, seen: Seen
) -> None:
    page.goto(stack.url("/api/docs"))
    expect(page.locator(".opblock")).to_have_count(len(ROUTES))
    authorize(page, str(stack.api_key))
    shown = try_out_predict(page)
    SCREENSHOT.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOT, full_page=True)
    assert '"species": "setosa"' in shown
    assert seen.hosts == {urlsplit(stack.url("/")).netloc}
    assert seen.complaints == []


def test_without_the_key_the_refusal_is_shown(stack: Stack, page: Page, seen: Seen) -> None:
    page.goto(stack.url("/api/docs"))
    assert "/problems/forbidden" in try_out_predict(page)
    assert seen.hosts == {urlsplit(stack.url("/")).netloc}


def test_a_script_that_is_not_of_the_page_does_not_run(
    stack: Stack, page: Page, seen: Seen
) -> None:
    page.goto(stack.url("/api/docs"))
    expect(page.locator(".opblock")).to_have_count(len(ROUTES))
    page.evaluate(
        "() => { const s = document.createElement('script');"
        " s.textContent = 'window.intruded = true'; document.head.append(s); }"
    )
    assert page.evaluate("() => window.intruded") is None
    assert any("Content Security Policy" in text for text in seen.complaints)


@pytest.fixture
def notebook(stack: Stack) -> Iterator[str]:
    """A page at another port of this machine that shows the docs in a frame, as a notebook does."""
    content = f'<iframe src="{stack.url("/api/docs")}" width="900" height="600"></iframe>'.encode()

    class Notebook(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Notebook) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_notebook_shows_it_in_a_frame(stack: Stack, notebook: str, page: Page) -> None:
    page.goto(notebook)
    expect(page.frame_locator("iframe").locator(".opblock")).to_have_count(len(ROUTES))
    frame: Frame = page.frames[1]
    assert frame.url == stack.url("/api/docs")
