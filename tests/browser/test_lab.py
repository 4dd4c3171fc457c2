"""`make lab` serves the notebooks, and a reader who runs all cells meets no error."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.lab import (
    KERNEL_IS_IDLE,
    PROJECT,
    Lab,
    browser_at,
    end_kernel,
    find_browser,
    run_all,
    running_lab,
)

NOTEBOOKS = sorted(path.name for path in (PROJECT / "notebooks").glob("[!.]*.ipynb"))
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
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("settings")) as running:
        yield running


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


def test_the_start_page_opens_without_news_and_its_kernel_without_warnings(
    page: Page, lab: Lab
) -> None:
    page.goto(lab.address)
    page.wait_for_selector(".jp-NotebookPanel")
    assert page.url.split("?")[0].endswith("/lab/tree/notebooks/00_start_here.ipynb")
    assert page.locator("text=Would you like to get notified").count() == 0
    page.wait_for_function(KERNEL_IS_IDLE, timeout=180_000)
    assert lab.said_since() == ""


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_all_cells_of_a_notebook_run(notebook: str, page: Page, lab: Lab) -> None:
    cells = run_all(page, lab.address, notebook, SECONDS_A_NOTEBOOK)
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
