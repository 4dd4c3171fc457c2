"""Runs JupyterLab, and stops the local cloud that notebooks started when JupyterLab ends."""

import signal
import subprocess
import sys
from types import FrameType

from deploy.local_cloud import stop_local_cloud


def main() -> int:
    """Run JupyterLab with the arguments of the command line; return its exit status."""
    command = [sys.executable, "-m", "jupyter", "lab", *sys.argv[1:]]
    try:
        with subprocess.Popen(command) as lab:

            def end(_signal: int, _frame: FrameType | None) -> None:
                lab.terminate()

            signal.signal(signal.SIGINT, end)
            signal.signal(signal.SIGTERM, end)
        return max(lab.returncode, 0)
    finally:
        stop_local_cloud()


if __name__ == "__main__":
    sys.exit(main())
