"""Tells what a long export is at: nothing while it is quick, a line every few seconds then."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_SECONDS = 3.0
_CURRENT = ContextVar[dict[str, str] | None]("_CURRENT", default=None)


def step(what: str) -> None:
    """Name what is done from now on, for `progress` around it; without one nothing happens."""
    current = _CURRENT.get()
    if current is not None:
        current["step"] = what


@contextmanager
def progress(say: Callable[[str], None], seconds: float = _SECONDS) -> Iterator[None]:
    """Say every so many seconds which step is being done.

    Args:
        say: takes a line; it is called by another thread.
    """
    current = {"step": "starting"}
    started, ended = time.monotonic(), threading.Event()

    def tell() -> None:
        while not ended.wait(seconds):
            say(f"  {time.monotonic() - started:3.0f} s  {current['step']}")

    token = _CURRENT.set(current)
    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        _CURRENT.reset(token)
