"""`make lab` serves the notebooks, and a reader who runs all cells meets no error."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from playwright.sync_api import Browser, Page

from tests.browser.lab import (
    KERNEL_IS_IDLE,
    PROJECT,
    Lab,
    browser_at,
    clear_outputs,
    end_kernel,
    find_browser,
    open_notebook,
    outputs_shown,
    run_all,
    running_lab,
    said_by_kernel,
)
from tests.browser.live_outputs import see_the_chart_follow_the_slider, see_the_page_of_api_docs

NOTEBOOKS = sorted(path.name for path in (PROJECT / "notebooks").glob("[!.]*.ipynb"))
SCREENSHOTS = PROJECT / "build" / "screenshots"
SECONDS_A_NOTEBOOK = 600
# Where a browser shows what no stored output holds: boxes, a page in a frame, a widget.
RUN_IN_BROWSER = {"00", "07", "08"}

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


@pytest.mark.parametrize("notebook", [one for one in NOTEBOOKS if one[:2] in RUN_IN_BROWSER])
def test_all_cells_of_a_notebook_run(notebook: str, page: Page, lab: Lab) -> None:
    open_notebook(page, lab.address, notebook)
    clear_outputs(page)
    if notebook.startswith("07"):  # at the end it removes what serves the page
        see_the_page_of_api_docs(page)
    cells = run_all(page, SECONDS_A_NOTEBOOK)
    if notebook.startswith("08"):
        see_the_chart_follow_the_slider(page)
    take_screenshot(page, notebook)
    end_kernel(page)
    assert cells
    assert failures(cells) == []


@pytest.mark.parametrize("notebook", [one for one in NOTEBOOKS if one[:2] not in RUN_IN_BROWSER])
def test_a_notebook_is_shown_with_all_that_is_stored(notebook: str, page: Page, lab: Lab) -> None:
    open_notebook(page, lab.address, notebook)
    shown = outputs_shown(page)
    take_screenshot(page, notebook)
    end_kernel(page)
    stored = nbformat.read(PROJECT / "notebooks" / notebook, as_version=4)
    assert shown == [len(cell.outputs) for cell in stored.cells if cell.cell_type == "code"]
    assert sum(shown) > 0


def test_a_kernel_of_the_lab_is_like_the_one_that_outputs_are_compared_with(
    page: Page, lab: Lab
) -> None:
    """So what a notebook gives there, it gives in the lab."""
    open_notebook(page, lab.address, NOTEBOOKS[0])
    in_the_lab = said_by_kernel(page, TELL_ENVIRONMENT)
    end_kernel(page)
    folder = PROJECT / "notebooks"
    manager, client = start_new_kernel(cwd=str(folder))  # as nbval does
    said: list[str] = []
    try:
        client.execute_interactive(
            TELL_ENVIRONMENT,
            output_hook=lambda message: said.append(message["content"].get("text", "")),
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert json.loads(in_the_lab) == json.loads("".join(said))


TELL_ENVIRONMENT = """
import json, os, sys
names = ("HOME", "LANG", "MPLBACKEND", "ORT_DISABLE_TELEMETRY", "PYTHONPATH", "TZ")
variables = {name: os.environ.get(name) for name in names}
print(json.dumps([sys.executable, sys.version, sys.path, os.getcwd(), variables]))
"""


def take_screenshot(page: Page, notebook: str) -> None:
    """Keep what a reader would see, to be looked at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{Path(notebook).stem}.png")


def test_a_failed_cell_and_one_that_did_not_run_would_be_seen() -> None:
    error = {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero"}
    failed = {"source": "1/0", "execution_count": 1, "outputs": [error]}
    waiting: dict[str, Any] = {"source": "1", "execution_count": None, "outputs": []}
    assert failures([failed, waiting]) == ["1/0\nZeroDivisionError: division by zero"]
    assert failures([waiting]) == ["1"]
