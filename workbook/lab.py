"""Runs JupyterLab; when it ends, the local cloud ends that its notebooks alone have used."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from deploy.local_cloud import HOLDER, RECORD, release_local_cloud

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Run JupyterLab with the arguments of the command line; return its exit status."""
    return run_lab([sys.executable, "-m", "jupyter", "lab", *sys.argv[1:]])


def run_lab(command: list[str], record: Path = RECORD) -> int:
    """Run JupyterLab to its end; its kernels inherit the name under which they hold the cloud.

    Args:
        command: How to start it.
        record: Of the local cloud.

    Returns:
        Its exit status.
    """
    holder = f"lab-{secrets.token_hex(8)}"
    try:
        with (
            subprocess.Popen(command, env=os.environ | {HOLDER: holder}) as lab,
            handling(lambda _signal, _frame: lab.terminate()),
        ):
            return max(lab.wait(), 0)
    finally:
        if (ended := release_local_cloud(holder, record)) is not None:
            kept = "the local cloud is used by others too and runs on until: make remove"
            print("the notebooks' local cloud is stopped and deleted" if ended else kept)


@contextmanager
def handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have requests to end handled so during the block."""
    before = {number: signal.signal(number, handler) for number in ENDINGS}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


if __name__ == "__main__":
    sys.exit(main())
