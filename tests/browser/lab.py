"""Starts JupyterLab with the README's command and opens notebooks in a real browser."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

PROJECT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Nothing but the page itself may use the network.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS_TO_START = 180
SECONDS_TO_END = 60

KERNEL_IS_IDLE = """
() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  const session = panel?.sessionContext;
  const kernel = session?.session?.kernel;
  return panel?.context?.isReady && session?.isReady
    && kernel?.connectionStatus === 'connected' && kernel?.status === 'idle';
}
"""

CODE_CELLS = """
() => {
  const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells];
  return cells.filter(cell => cell.type === 'code').map(cell => cell.sharedModel.toJSON());
}
"""

# Cells out of sight are drawn when they are scrolled to.
OUTPUTS_SHOWN = """
async () => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  const shown = [];
  for (const [index, cell] of notebook.widgets.entries()) {
    if (cell.model.type !== 'code') continue;
    await notebook.scrollToItem(index);
    await cell.ready;
    shown.push(cell.outputArea.node.querySelectorAll('.jp-OutputArea-output').length);
  }
  return shown;
}
"""

SAID_BY_KERNEL = """
async code => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const future = kernel.requestExecute({ code });
  let said = '';
  future.onIOPub = message => { said += message.content.text ?? ''; };
  await future.done;
  return said;
}
"""

# A cell that fails keeps the later ones from running.
ALL_CELLS_RAN = f"""
() => {{
  const cells = ({CODE_CELLS})();
  const failed = cells.some(cell => cell.outputs.some(output => output.output_type === 'error'));
  const ran = cells.every(cell => cell.execution_count !== null);
  return ({KERNEL_IS_IDLE})() && (failed || ran);
}}
"""


def find_browser() -> str | None:
    """Return the path of an installed Chromium or Chrome."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def browser_at(executable: str) -> Iterator[Browser]:
    """Start a headless browser and close it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab.

    Attributes:
        address: What `make lab` has printed, token included.
        output: The file that holds all that it prints.
    """

    address: str
    output: Path

    def said_since(self) -> str:
        """Return what it has printed after its address."""
        return self.output.read_text().rpartition(self.address)[2].strip()


@contextmanager
def running_lab(settings: Path) -> Iterator[Lab]:
    """Run `make lab` at a port that it finds free; end it after that.

    Args:
        settings: An empty folder for the settings of JupyterLab, so that the user's stay as they
            are. Notebooks are not saved by themselves there: the repository stays as it is.
    """
    docmanager = settings / "@jupyterlab" / "docmanager-extension"
    docmanager.mkdir(parents=True)
    (docmanager / "plugin.jupyterlab-settings").write_text('{"autosave": false}')
    # Into a file: a pipe would fill unless a thread read it, which outlives what it reads.
    printed = settings / "output.txt"
    with (
        printed.open("wb") as output,
        subprocess.Popen(
            ["make", "lab", "ARGS=--no-browser --expose-app-in-browser"],
            cwd=PROJECT,
            env=lab_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            address = printed_address(process, printed)
            wait_until_it_answers(urlsplit(address).port or 80)
            yield Lab(address, printed)
        finally:
            end(process)


def lab_environment(settings: Path) -> dict[str, str]:
    """Return the environment of `make lab`, free of what a make around it has set."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    own = {
        "JUPYTERLAB_SETTINGS_DIR": settings,
        "JUPYTERLAB_WORKSPACES_DIR": settings / "workspaces",
    }
    return environment | {name: str(folder) for name, folder in own.items()}


def printed_address(process: "subprocess.Popen[bytes]", printed: Path) -> str:
    """Wait until the address is in what `make lab` prints.

    Raises:
        AssertionError: It ended, or took too long, without printing one.
    """
    deadline = time.monotonic() + SECONDS_TO_START
    running = True
    while running and time.monotonic() < deadline:
        running = process.poll() is None
        if found := re.search(r"http://127\.0\.0\.1:\S+token=\w+\n", printed.read_text()):
            return found.group().strip()
        time.sleep(0.05)
    raise AssertionError(f"make lab printed no address:\n{printed.read_text()}")


def wait_until_it_answers(port: int) -> None:
    """Wait for the server, which prints its address a moment before it listens.

    Raises:
        ConnectionRefusedError: It does not listen in time.
    """
    deadline = time.monotonic() + SECONDS_TO_END
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def end(process: "subprocess.Popen[bytes]") -> None:
    """Interrupt everything that `make lab` has started, and wait for it; then kill what is left."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_END)
        os.killpg(process.pid, signal.SIGKILL)


def open_notebook(page: Page, address: str, notebook: str) -> None:
    """Open a notebook and wait for its kernel.

    Args:
        page: A page of the browser.
        address: What `make lab` printed.
        notebook: The name of a file in `notebooks/`.
    """
    parts = urlsplit(address)
    page.goto(f"{parts.scheme}://{parts.netloc}/lab/tree/notebooks/{notebook}?reset&{parts.query}")
    page.wait_for_function(KERNEL_IS_IDLE, timeout=180_000)


def clear_outputs(page: Page) -> None:
    """Clear all outputs of the open notebook."""
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")


def outputs_shown(page: Page) -> list[int]:
    """Scroll through the open notebook; return how many outputs each code cell shows."""
    shown: list[int] = page.evaluate(OUTPUTS_SHOWN)
    return shown


def said_by_kernel(page: Page, code: str) -> str:
    """Run code in the kernel of the open notebook, in no cell; return what it prints."""
    return str(page.evaluate(SAID_BY_KERNEL, code))


def run_all(page: Page, seconds: int) -> list[dict[str, object]]:
    """Run all cells of the open notebook through the menu and return them with their outputs.

    Args:
        page: A page of the browser, with a notebook.
        seconds: How long the notebook may take.
    """
    page.click("text=Run >> nth=0")
    page.click("[data-command='runmenu:run-all']")
    page.wait_for_function(ALL_CELLS_RAN, timeout=seconds * 1000)
    cells: list[dict[str, object]] = page.evaluate(CODE_CELLS)
    return cells


def end_kernel(page: Page) -> None:
    """Shut down the kernel of the open notebook."""
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
