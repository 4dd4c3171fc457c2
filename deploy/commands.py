"""Run other programs quietly: their output is shown only when they fail."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
_SECONDS_TO_END = 10.0


class DeployError(Exception):
    """Something the user can act on; the message is one clear line or a short block."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows of it in a notebook: the message is made to stand alone."""
        return [f"error: {self}"]


class DeployInterrupt(KeyboardInterrupt):
    """Ctrl-C, with a line that says what was interrupted and what to do."""

    def _render_traceback_(self) -> list[str]:
        return [f"interrupted: {self}"]


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Wait until no other process is in a block of the same lock file."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def interruptible(remedy: str) -> Iterator[None]:
    """Let an interruption of the block say in a line what to do next.

    Raises:
        DeployInterrupt: It was interrupted.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise DeployInterrupt(remedy) from None


@contextmanager
def child(
    command: Sequence[str | Path],
    env: Mapping[str, str] | None,
    cwd: Path,
    stdout: int | None,
    stderr: int | None,
) -> Iterator["subprocess.Popen[str]"]:
    """A program in a group of its own, which ends when the block is left before its end.

    Args:
        command: The program and its arguments.
        env: The complete environment; the current one when None.
        cwd: The working directory.
        stdout: `subprocess.PIPE`, or None to show what it writes.
        stderr: Likewise.
    """
    process = subprocess.Popen(
        [str(part) for part in command],
        env=dict(os.environ if env is None else env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        process_group=0,
    )
    try:
        yield process
    except BaseException:
        _end(process)
        raise


def _end(process: "subprocess.Popen[str]") -> None:
    """Interrupt a program and all that it has started, so that each cleans up; then kill."""
    deadline = time.monotonic() + _SECONDS_TO_END
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
        while time.monotonic() < deadline:
            process.poll()  # collects it: until then its group is there
            os.killpg(process.pid, 0)
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


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
        with child(command, env, cwd, subprocess.PIPE, subprocess.PIPE) as process:
            output, errors = process.communicate(timeout=timeout)
    except FileNotFoundError as error:
        raise DeployError(f"could not {what}: {command[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise DeployError(f"could not {what} within {timeout:.0f} s") from error
    if process.returncode != 0:
        said = f"{output.strip()}\n{errors.strip()}".strip()[-3000:]
        raise DeployError(f"could not {what}; {Path(command[0]).name} says:\n{said}")
    return output
