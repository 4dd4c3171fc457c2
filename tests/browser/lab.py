"""Starts JupyterLab with the README's command and opens notebooks in a real browser."""

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


@contextmanager
def running_lab(settings: Path) -> Iterator[str]:
    """Run `make lab` and yield the address that it prints, token included; end it after that.

    Args:
        settings: An empty folder for the settings of JupyterLab, so that the user's stay as they
            are. Notebooks are not saved by themselves there: the repository stays as it is.
    """
    docmanager = settings / "@jupyterlab" / "docmanager-extension"
    docmanager.mkdir(parents=True)
    (docmanager / "plugin.jupyterlab-settings").write_text('{"autosave": false}')
    with subprocess.Popen(
        ["make", "lab", f"ARGS=--no-browser --expose-app-in-browser --port={free_port()}"],
        cwd=PROJECT,
        env=lab_environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            address = printed_address(process)
            wait_until_it_answers(urlsplit(address).port or 80)
            yield address
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


def printed_address(process: "subprocess.Popen[str]") -> str:
    """Read what `make lab` prints until the address comes.

    Raises:
        AssertionError: It ended, or took too long, without printing one.
    """
    said = ""
    alarm = threading.Timer(SECONDS_TO_START, end, [process])
    alarm.start()
    for line in process.stdout or ():
        said += line
        if found := re.search(r"http://127\.0\.0\.1:\S+token=\w+", line):
            alarm.cancel()
            threading.Thread(target=list, args=[process.stdout], daemon=True).start()
            return found.group()
    raise AssertionError(f"make lab printed no address:\n{said}")


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


def end(process: "subprocess.Popen[str]") -> None:
    """Interrupt everything that `make lab` has started, and wait for it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(SECONDS_TO_END)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def open_notebook(page: Page, address: str, notebook: str) -> None:
    """Open a notebook, wait for its kernel and clear its outputs.

    Args:
        page: A page of the browser.
        address: What `make lab` printed.
        notebook: The name of a file in `notebooks/`.
    """
    parts = urlsplit(address)
    page.goto(f"{parts.scheme}://{parts.netloc}/lab/tree/notebooks/{notebook}?reset&{parts.query}")
    page.wait_for_function(KERNEL_IS_IDLE, timeout=180_000)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")


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
