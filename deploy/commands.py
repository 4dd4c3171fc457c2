"""Run other programs quietly: their output is shown only when they fail."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


class DeployError(Exception):
    """Something the user can act on; the message is one clear line or a short block."""


def run(
    command: Sequence[str | Path],
    what: str,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = PROJECT,
    timeout: float = 600,
) -> str:
    """Run a command to its end and return its standard output.

    Args:
        command: The program and its arguments; never a shell string.
        what: What the command does, for the error message ("install the wheels").
        env: The complete environment; the current one when None.
        cwd: The working directory.
        timeout: Seconds until the command is ended.

    Raises:
        DeployError: The program is missing, failed, or took too long.
    """
    try:
        result = subprocess.run(
            [str(part) for part in command],
            env=dict(os.environ if env is None else env),
            cwd=cwd,
            timeout=timeout,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise DeployError(f"could not {what}: {command[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise DeployError(f"could not {what} within {timeout:.0f} s") from error
    if result.returncode != 0:
        said = f"{result.stdout.strip()}\n{result.stderr.strip()}".strip()[-3000:]
        raise DeployError(f"could not {what}; {Path(command[0]).name} says:\n{said}")
    return result.stdout
