"""An AWS account on this machine's loopback interface: MiniStack in a process of its own.

`with local_cloud() as cloud:` gives one that ends with the block, or with this process;
`start_local_cloud()` and `python -m deploy.local_cloud start` one that stays until it is stopped.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from deploy.commands import PROJECT, DeployError, one_at_a_time
from deploy.emulator import code_folder
from deploy.emulator.identity import PATH as IDENTITY_PATH
from deploy.runtime_client import NOT_CHECKED, runtime_client_available, runtime_python

RECORD = PROJECT / "build" / "local-cloud.json"
# The variable by which JupyterLab tells its kernels under which name they hold the cloud that
# stays. Whoever has none, such as `make deploy`, holds it until it is removed.
HOLDER = "LOCAL_CLOUD_HOLDER"
_UNTIL_REMOVED = "until removed"
REGION = "us-east-2"
# A forgotten cloud ends by itself after this time without a request.
IDLE_SECONDS = 8 * 3600
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
# Clouds that stay and were started by this process, which has to collect them when they end.
_children: dict[int, "subprocess.Popen[bytes]"] = {}
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class LocalCloud:
    """A running emulator.

    Attributes:
        endpoint: Its URL, for AWS_ENDPOINT_URL.
        pid: Its process id.
        token: What it answers at its identity path; another server has another.
        folder: All it keeps; deleted when it stops.
        holders: Who has asked for the cloud that stays; it ends with the last.
    """

    endpoint: str
    pid: int
    token: str
    folder: str
    holders: tuple[str, ...] = ()

    def is_running(self) -> bool:
        """Whether this very cloud answers."""
        return bool(identity_at(self.endpoint) == self.identity)

    @property
    def identity(self) -> dict[str, object]:
        """What it answers at its identity path."""
        return {"token": self.token, "pid": self.pid, "folder": self.folder}


@contextmanager
def local_cloud(port: int = 0) -> Iterator[LocalCloud]:
    """A cloud of one's own for a block of code; it does not outlive this process.

    Args:
        port: where it listens; 0 takes a free one.

    Raises:
        DeployError: it did not start.
    """
    process, cloud = _launch(record=None, port=port)
    try:
        yield cloud
    finally:
        _end(process, Path(cloud.folder))


def start_local_cloud(record: Path = RECORD) -> LocalCloud:
    """The cloud that stays: the running one, which is then held too, or a new one."""
    holder = os.environ.get(HOLDER) or _UNTIL_REMOVED
    with one_at_a_time(record.with_suffix(".lock")):
        if (running := running_local_cloud(record)) is not None:
            return _held_by(running, {*running.holders, holder}, record)
        process, cloud = _launch(record, (holder,))
        _children[cloud.pid] = process
        return cloud


def stop_local_cloud(record: Path = RECORD) -> bool:
    """Stop the cloud that stays, whoever holds it, and delete all of it; False without one."""
    with one_at_a_time(record.with_suffix(".lock")):
        return _stop(record)


def release_local_cloud(holder: str, record: Path = RECORD) -> bool | None:
    """Give up one's hold on the cloud that stays, and stop it when it was the last.

    Returns:
        Whether it was stopped; None when it was not held.
    """
    with one_at_a_time(record.with_suffix(".lock")):
        cloud = _recorded(record)  # also one whose start was interrupted
        if cloud is None or holder not in cloud.holders:
            return None
        if others := {*cloud.holders} - {holder}:
            _held_by(cloud, others, record)
            return False
        _stop(record)
        return True


def _held_by(cloud: LocalCloud, holders: set[str], record: Path) -> LocalCloud:
    held = replace(cloud, holders=tuple(sorted(holders)))
    if held != cloud:
        _write(record, held)
    return held


def _stop(record: Path) -> bool:
    cloud = running_local_cloud(record)
    leftover = _recorded(record)
    record.unlink(missing_ok=True)  # the emulator stops when its record is gone
    if cloud is not None:
        _terminate(cloud)
    if leftover is not None:
        _forget(leftover)
    return cloud is not None


def running_local_cloud(record: Path = RECORD) -> LocalCloud | None:
    """The cloud that stays, if it runs."""
    cloud = _recorded(record)
    return cloud if cloud is not None and cloud.is_running() else None


def identity_at(endpoint: str) -> Any:
    """What a server says at the identity path; None when nobody or another server answers."""
    try:
        with _DIRECT.open(f"{endpoint}{IDENTITY_PATH}", timeout=5) as reply:
            return json.load(reply)
    except (OSError, ValueError):
        return None


def _launch(
    record: Path | None, holders: tuple[str, ...] = (), port: int = 0
) -> tuple["subprocess.Popen[bytes]", LocalCloud]:
    """Start the emulator and wait until it answers; nothing stays when it does not."""
    folder = Path(tempfile.mkdtemp(prefix="local-cloud-"))
    try:
        environment = _environment(folder, record, port)
        process = _start(folder, environment, stays=record is not None)
    except BaseException:
        code_folder.delete(folder)
        raise
    token = environment["LOCAL_CLOUD_TOKEN"]
    starting = LocalCloud("", process.pid, token, str(folder), holders)
    try:
        _write(record, starting)
        cloud = _wait_until_ready(process, starting)
        _write(record, cloud)
    except BaseException:
        _end(process, folder)
        raise
    return process, cloud


def _start(folder: Path, environment: dict[str, str], *, stays: bool) -> "subprocess.Popen[bytes]":
    """Start the emulator's process; the lifeline of one that does not stay is its input."""
    with (folder / "log.txt").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.emulator", str(folder)],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL if stays else subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _environment(folder: Path, record: Path | None, port: int) -> dict[str, str]:
    """Made from nothing: no variable of this process reaches the emulator or a function."""
    for name in ("state", "s3", "tmp", "function-tmp"):
        (folder / name).mkdir()
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(PROJECT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ORT_DISABLE_TELEMETRY": "1",
        "GATEWAY_PORT": str(port),
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        "MINISTACK_REGION": REGION,
        "AUTH": "true",  # enforces the function's role
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{folder}/no-docker",
        "LOG_LEVEL": "WARNING",
        "LOCAL_CLOUD_TOKEN": secrets.token_hex(16),
        "LOCAL_CLOUD_FUNCTION_TMP": str(folder / "function-tmp"),
        "LOCAL_CLOUD_IDLE_SECONDS": str(IDLE_SECONDS),
    }
    if record is not None:
        environment["LOCAL_CLOUD_RECORD"] = str(record)
    if runtime_client_available():
        environment["LOCAL_CLOUD_RUNTIME_PYTHON"] = str(runtime_python())
    else:
        print(NOT_CHECKED)
    return environment


def _wait_until_ready(process: "subprocess.Popen[bytes]", starting: LocalCloud) -> LocalCloud:
    folder = Path(starting.folder)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if (folder / "port").exists():
            endpoint = f"http://127.0.0.1:{(folder / 'port').read_text(encoding='utf-8')}"
            cloud = replace(starting, endpoint=endpoint)
            if cloud.is_running() and _is_ready(endpoint):
                return cloud
        time.sleep(0.02)
    said = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").strip()
    raise DeployError(f"the local cloud did not start: {said[-2000:] or 'it said nothing'}")


def _is_ready(endpoint: str) -> bool:
    try:
        with _DIRECT.open(f"{endpoint}/_ministack/ready", timeout=5) as reply:
            return bool(reply.status == HTTPStatus.OK)
    except OSError:
        return False


def _end(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Close the lifeline; the emulator ends its functions and deletes its folder."""
    if process.stdin is not None:
        process.stdin.close()
    else:
        process.terminate()
    try:
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    code_folder.delete(folder)


def _terminate(cloud: LocalCloud) -> None:
    os.kill(cloud.pid, 15)
    deadline = time.monotonic() + _STOP_SECONDS
    while Path(cloud.folder).exists() or cloud.is_running():
        if time.monotonic() > deadline:
            raise DeployError(f"the local cloud, process {cloud.pid}, does not stop")
        time.sleep(0.05)


def _forget(cloud: LocalCloud) -> None:
    """Collect the process if it was started here, and delete what it kept."""
    if (process := _children.pop(cloud.pid, None)) is not None:
        process.wait(timeout=_STOP_SECONDS)
    code_folder.delete(Path(cloud.folder))


def _recorded(record: Path) -> LocalCloud | None:
    try:
        stored = json.loads(record.read_text(encoding="utf-8"))
        return LocalCloud(**stored | {"holders": tuple(stored.get("holders", ()))})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _write(record: Path | None, cloud: LocalCloud) -> None:
    """Write the record of a cloud that stays; one that ends with a block has none."""
    if record is None:
        return
    record.parent.mkdir(parents=True, exist_ok=True)
    unfinished = record.with_suffix(".new")
    unfinished.write_text(json.dumps(asdict(cloud), indent=1), encoding="utf-8")
    unfinished.chmod(0o600)
    unfinished.replace(record)


def main() -> None:
    """Start, stop or show the cloud that stays."""
    parser = argparse.ArgumentParser(description="The local cloud that stays between commands.")
    parser.add_argument("action", choices=("start", "stop", "status"))
    action = parser.parse_args().action
    try:
        print(_ACTIONS[action]())
    except DeployError as error:
        sys.exit(f"error: {error}")


def _start_line() -> str:
    cloud = start_local_cloud()
    hours = IDLE_SECONDS // 3600
    stop = "python -m deploy.local_cloud stop"
    return f"running at {cloud.endpoint}; it ends after {hours} idle hours, or now with: {stop}"


def _stop_line() -> str:
    return "stopped and deleted" if stop_local_cloud() else "no local cloud was running"


def _status_line() -> str:
    cloud = running_local_cloud()
    return "no local cloud is running" if cloud is None else f"running at {cloud.endpoint}"


_ACTIONS = {"start": _start_line, "stop": _stop_line, "status": _status_line}

if __name__ == "__main__":
    main()
