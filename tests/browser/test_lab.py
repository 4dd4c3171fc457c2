"""`make lab` serves the notebooks, and a reader who runs all cells meets no error."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.lab import (
    PROJECT,
    browser_at,
    end_kernel,
    find_browser,
    open_notebook,
    run_all,
    running_lab,
)
from tests.browser.live_outputs import see_the_chart_follow_the_slider, see_the_page_of_api_docs

NOTEBOOKS = sorted(path.name for path in (PROJECT / "notebooks").glob("*.ipynb"))
SCREENSHOTS = PROJECT / "build" / "screenshots"
SECONDS_A_NOTEBOOK = 600

BROWSER = find_browser()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        BROWSER is None and os.environ.get("CI") != "true",
        reason="no Chromium on PATH (Debian: apt install chromium); required when CI=true",
    ),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_lab(tmp_path_factory.mktemp("settings")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert BROWSER is not None, "CI=true requires Chromium"
    with browser_at(BROWSER) as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1400, "height": 1000})
    yield opened
    opened.close()


def failures(cells: list[dict[str, Any]]) -> list[str]:
    """Return what failed, or what did not run when nothing failed."""
    failed = [
        f"{cell['source']}\n{output['ename']}: {output['evalue']}"
        for cell in cells
        for output in cell["outputs"]
        if output["output_type"] == "error"
    ]
    return failed or [cell["source"] for cell in cells if cell["execution_count"] is None]


def test_the_start_page_opens_without_news(page: Page, lab: str) -> None:
    page.goto(lab)
    page.wait_for_selector(".jp-NotebookPanel")
    assert page.url.split("?")[0].endswith("/lab/tree/notebooks/00_start_here.ipynb")
    assert page.locator("text=Would you like to get notified").count() == 0


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_all_cells_of_a_notebook_run(notebook: str, page: Page, lab: str) -> None:
    open_notebook(page, lab, notebook)
    if notebook.startswith("07"):  # at the end it removes what serves the page
        see_the_page_of_api_docs(page)
    cells = run_all(page, SECONDS_A_NOTEBOOK)
    if notebook.startswith("08"):
        see_the_chart_follow_the_slider(page)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{Path(notebook).stem}.png")
    end_kernel(page)
    assert cells
    assert failures(cells) == []


def test_a_failed_cell_and_one_that_did_not_run_would_be_seen() -> None:
    error = {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero"}
    failed = {"source": "1/0", "execution_count": 1, "outputs": [error]}
    waiting: dict[str, Any] = {"source": "1", "execution_count": None, "outputs": []}
    assert failures([failed, waiting]) == ["1/0\nZeroDivisionError: division by zero"]
    assert failures([waiting]) == ["1"]
