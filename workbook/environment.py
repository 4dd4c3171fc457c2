"""Makes the environment: `.venv` from requirements.txt, `node_modules` from package-lock.json.

Run by `make setup`, and by every other command, with any suitable Python; needs only the standard
library. Does nothing when the environment matches the locks. An interrupted run is made good by
the next one, and two runs at once wait for each other.
"""

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

PROJECT = Path(__file__).resolve().parent.parent
REQUIREMENTS = PROJECT / "requirements.txt"
NPM_LOCK = PROJECT / "package-lock.json"
VENV = PROJECT / ".venv"
VENV_STAMP = VENV / "made-with"
NPM_STAMP = PROJECT / "node_modules" / ".made-with"
# Python runs a line of a .pth file that begins with `import` when it starts: every program of the
# environment, a kernel of any editor included, opts out before it can import onnxruntime, whose
# telemetry (on by default since 1.29) starts a thread, writes into the home folder and asks the
# name server: https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
PATH_FILE = """\
import os; os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
{project}
"""

INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NO_NETWORK = re.compile(
    r"dns error|name resolution|Name or service not known|nodename nor servname|ENOTFOUND|EAI_AGAIN"
    r"|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|NewConnectionError|ConnectTimeout|tcp connect error"
    r"|error sending request",
    re.IGNORECASE,
)
PACKAGE_LINE = re.compile(r" [-+~] ")


class SetUpError(Exception):
    """A step of the set-up failed; the message says what to do next."""


def main() -> int:
    """Bring the environment up to date; return the exit status."""
    parser = argparse.ArgumentParser(description="Make the environment of the workbook.")
    parser.add_argument(
        "--active",
        action="store_true",
        help="complete the environment that is active (conda, Binder) instead of making .venv",
    )
    for number in INTERRUPTIONS:
        signal.signal(number, interrupt)
    try:
        with one_at_a_time():
            set_up_active() if parser.parse_args().active else set_up()
    except SetUpError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, BrokenPipeError):  # the latter: nobody reads what it says any more
        print("\nSet-up interrupted. Run the same command again to finish it.", file=sys.stderr)
        return 130
    return 0


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Treat every request to end as Ctrl-C, so that the running step is ended too."""
    raise KeyboardInterrupt


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold a lock that the operating system gives back however this process ends."""
    with REQUIREMENTS.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def set_up() -> None:
    """Make or renew `.venv` and `node_modules`, each only when it does not match its lock."""
    stamp = f"{sys.executable}\n{fingerprint(REQUIREMENTS, sys.version, path_file())}\n"
    if content(VENV_STAMP) != stamp:
        make_venv()
        VENV_STAMP.write_text(stamp)
    install_node_packages(VENV / "bin")


def set_up_active() -> None:
    """Complete the active environment, whose packages are installed already."""
    put_project_on_path(Path(sys.executable))
    install_node_packages(Path(sysconfig.get_path("scripts")))


def make_venv() -> None:
    """Install the locked packages into `.venv`; start it anew unless it was complete before."""
    refuse_link(VENV)
    python = VENV / "bin" / "python"
    if not was_made_with(sys.executable):
        step("Creating .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])
        install_uv(python)
    VENV_STAMP.unlink(missing_ok=True)
    sync = [str(VENV / "bin" / "uv"), "pip", "sync", "--python", str(python)]
    step(
        "Installing the Python packages (the first time, about 350 MB to download)",
        [*sync, "--require-hashes", str(REQUIREMENTS)],
    )
    put_project_on_path(python)


def refuse_link(folder: Path) -> None:
    """Refuse a link in place of a folder that is about to be emptied: what it leads to would be.

    Raises:
        SetUpError: it is one.
    """
    if folder.is_symlink():
        raise SetUpError(
            f"{folder.name} is a link, and what it leads to was not made for this folder. "
            f"Run: rm {folder.name}"
        )


def was_made_with(python: str) -> bool:
    """Tell whether `.venv` was once completed by this interpreter, in this folder, and still is."""
    lines = content(VENV_STAMP).splitlines()
    uv = VENV / "bin" / "uv"
    return lines[:1] == [python] and uv.exists() and str(VENV) in content(VENV / "bin" / "activate")


def install_uv(python: Path) -> None:
    """Install the pinned uv, checked against its hashes in the lock."""
    locked = re.search(r"^uv==[^\\\n]*(?:\\\n[^\\\n]*)*", REQUIREMENTS.read_text(), re.MULTILINE)
    if locked is None:
        raise SetUpError("requirements.txt does not name uv. Run: git checkout requirements.txt")
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder, "uv.txt")
        only_uv.write_text(locked.group())
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        options = ["--no-input", "--no-deps", "--retries=2", "--only-binary=:all:"]
        step("Installing uv", [*pip, *options, "--require-hashes", "--requirement", str(only_uv)])


def put_project_on_path(python: Path) -> None:
    """Make `model_lambda` and `deploy` importable, without telemetry, in the environment."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True)
    Path(packages.stdout.strip(), "model_lambda_workbook.pth").write_text(path_file())


def path_file(project: Path = PROJECT) -> str:
    """Return what a file among the packages says to every Python that starts there."""
    return PATH_FILE.format(project=project)


def install_node_packages(programs: Path) -> None:
    """Install what package-lock.json names, with the Node.js of the environment."""
    stamp = fingerprint(NPM_LOCK, str(PROJECT))
    if content(NPM_STAMP) == stamp:
        return
    refuse_link(NPM_STAMP.parent)
    # npm ci begins by deleting node_modules, and the stamp with it.
    step(
        "Installing the deployment tool (osls) with npm",
        [
            str(programs / "npm"),
            "ci",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
            "--loglevel=error",
        ],
        programs=programs,
    )
    NPM_STAMP.write_text(stamp)


def step(title: str, command: list[str], programs: Path | None = None) -> None:
    """Run one command of the set-up, showing what it says.

    Args:
        title: What the step does.
        command: The program and its arguments.
        programs: A folder to put in front of PATH.

    Raises:
        SetUpError: The command failed.
    """
    print(f"{title} ...", flush=True)
    start = time.monotonic()
    last_lines: deque[str] = deque(maxlen=40)
    with running(command, step_environment(programs)) as process:
        for line in process.stdout or ():
            last_lines.append(line)
            if line.strip() and not PACKAGE_LINE.match(line):
                print(f"    {line}", end="", flush=True)
    if process.returncode != 0:
        raise SetUpError(explanation(title, "".join(last_lines)))
    print(f"    done in {time.monotonic() - start:.0f} s", flush=True)


def step_environment(programs: Path | None) -> dict[str, str]:
    """Return the environment of a step: certificates of the system, nothing of another Python."""
    hidden = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"UV_SYSTEM_CERTS": "1", "NODE_USE_SYSTEM_CA": "1"}
    if programs is not None:
        environment["PATH"] = f"{programs}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return environment


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a process and wait for it; when interrupted, end it and all that it has started."""
    process = None
    try:
        with uninterrupted():
            process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                process_group=0,
            )
        yield process
        process.wait()
    except BaseException:
        if process is not None:
            end(process)
        raise


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold an interruption back until the block has ended: a process half started is lost."""
    held_back: list[int] = []
    for number in INTERRUPTIONS:
        signal.signal(number, lambda number, _frame: held_back.append(number))
    try:
        yield
    finally:
        for number in INTERRUPTIONS:
            signal.signal(number, interrupt)
    if held_back:
        raise KeyboardInterrupt


def end(process: "subprocess.Popen[str]") -> None:
    """End a process and everything in its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        os.killpg(process.pid, signal.SIGKILL)


def explanation(title: str, output: str) -> str:
    """Say in a line why a step failed and what to do."""
    if NO_NETWORK.search(output):
        return "No network: the packages could not be fetched. Connect and run the command again."
    if shutil.disk_usage(PROJECT).free < 2 * 10**9:
        return "The disk is nearly full: the workbook needs 2 GB. Run the command again after that."
    return f"Failed: {title}. The reason is above; run the command again when it is gone."


def fingerprint(lock: Path, *parts: str) -> str:
    """Return a hash of a lock file and of what else the environment depends on."""
    return hashlib.sha256("\0".join([lock.read_text(), *parts]).encode()).hexdigest()


def content(path: Path) -> str:
    """Return the text of a file, or nothing when it is absent."""
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
