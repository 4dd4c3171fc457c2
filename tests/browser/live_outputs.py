"""What no stored output holds: the page of /api/docs in a notebook, and a chart that moves."""

from playwright.sync_api import Page, expect

from model_lambda.web_api.routes import ROUTES
from tests.browser.lab import KERNEL_IS_IDLE

# Milliseconds: a busy machine needs several seconds to show a page or to draw a chart.
PATIENCE = 60_000

GO_TO_CELL_WITH = """
source => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  const cells = [...notebook.model.cells];
  notebook.activeCellIndex = cells.findIndex(cell => cell.sharedModel.source.includes(source));
  return notebook.scrollToItem(notebook.activeCellIndex);
}
"""

RUN_TO_ACTIVE_CELL = """
async () => {
  const { commands } = window.jupyterapp;
  await commands.execute('notebook:run-all-above');
  await commands.execute('notebook:run-cell');
}
"""


def see_the_page_of_api_docs(page: Page) -> None:
    """Run an open notebook until it shows the page, and see every operation in its frame."""
    page.evaluate(GO_TO_CELL_WITH, "show_page(")
    page.evaluate(RUN_TO_ACTIVE_CELL)
    page.wait_for_function(KERNEL_IS_IDLE, timeout=PATIENCE)
    page.evaluate(GO_TO_CELL_WITH, "show_page(")
    operations = page.frame_locator(".jp-OutputArea iframe").locator(".opblock")
    expect(operations).to_have_count(len(ROUTES), timeout=PATIENCE)


def see_the_chart_follow_the_slider(page: Page) -> None:
    """Move the slider of an executed notebook, and see another chart."""
    page.evaluate(GO_TO_CELL_WITH, "interact(")
    chart = page.locator(".widget-interact img")
    expect(chart).to_have_count(1, timeout=PATIENCE)
    before = str(chart.get_attribute("src"))
    page.locator(".widget-interact .noUi-handle").press("ArrowRight")
    expect(chart).not_to_have_attribute("src", before, timeout=PATIENCE)
    expect(chart).to_have_count(1)
