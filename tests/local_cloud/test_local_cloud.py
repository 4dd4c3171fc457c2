"""The cloud's life: it starts clean, stays when it should, and leaves nothing behind."""

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy import local_cloud as clouds
from deploy.commands import DeployError
from deploy.local_cloud import (
    HOLDER,
    LocalCloud,
    local_cloud,
    release_local_cloud,
    running_local_cloud,
    start_local_cloud,
    stop_local_cloud,
)
from deploy.stack import client
from deploy.target import local_target
from tests.local_cloud.probe import create_function
from workbook.lab import run_lab

pytestmark = pytest.mark.slow
ASLEEP = "import time\n\ndef handler(event, context):\n    time.sleep(event.get('sleep', 0))\n"


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Wait for a state, for at most 20 seconds."""
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet has ended too."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def function_processes(cloud: LocalCloud) -> list[int]:
    """The processes that run functions."""
    return [child.pid for child in psutil.Process(cloud.pid).children(recursive=True)]


def run_function(cloud: LocalCloud) -> list[int]:
    """Run a function once; the processes that are then warm."""

    target = local_target(cloud)
    create_function(target, "warm", ASLEEP)
    client(target, "lambda").invoke(FunctionName="warm", Payload="{}")
    processes = function_processes(cloud)
    assert processes
    return processes


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Path]:
    """A place for the record of a cloud that stays; no such cloud outlives the test."""
    path = tmp_path / "local-cloud.json"
    yield path
    stop_local_cloud(path)


def test_it_keeps_to_its_folder_and_the_loopback_interface_and_ends_with_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with local_cloud() as cloud:
        functions = run_function(cloud)
        assert cloud.is_running()
        processes = [psutil.Process(pid) for pid in [cloud.pid, *functions]]
        links = [link for process in processes for link in process.net_connections()]
        assert {one.laddr.ip for one in links if one.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
        opened = [Path(file.path) for file in processes[0].open_files()]
        assert all(Path(cloud.folder) in path.parents for path in opened)
        assert list(tmp_path.iterdir()) == [Path(cloud.folder)]
    assert not cloud.is_running()
    assert list(tmp_path.iterdir()) == []
    assert all(gone(pid) for pid in [cloud.pid, *functions])


@pytest.mark.parametrize("killed", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_when_its_parent_is_killed(killed: signal.Signals) -> None:
    source = (
        "import dataclasses, json, sys, time\n"
        "from deploy.local_cloud import local_cloud\n"
        "with local_cloud() as cloud:\n"
        "    print(json.dumps(dataclasses.asdict(cloud)), flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        cloud = LocalCloud(**json.loads(parent.stdout.readline()))
        functions = run_function(cloud)
        parent.send_signal(killed)
        parent.wait()
    wait_until(lambda: all(gone(pid) for pid in [cloud.pid, *functions]), "all processes ended")
    assert not Path(cloud.folder).exists()


def test_functions_end_when_the_cloud_itself_is_killed(record: Path) -> None:
    cloud = start_local_cloud(record)
    functions = run_function(cloud)
    os.kill(cloud.pid, signal.SIGKILL)
    wait_until(lambda: all(gone(pid) for pid in functions), "functions ended")
    assert running_local_cloud(record) is None
    stop_local_cloud(record)
    assert not Path(cloud.folder).exists()


def test_the_cloud_that_stays_is_started_once(record: Path) -> None:
    first = start_local_cloud(record)
    assert start_local_cloud(record) == first == running_local_cloud(record)


def test_a_stopped_cloud_leaves_nothing(record: Path) -> None:
    cloud = start_local_cloud(record)
    functions = run_function(cloud)
    assert stop_local_cloud(record)
    assert not Path(cloud.folder).exists()
    assert not record.exists()
    wait_until(lambda: all(gone(pid) for pid in [cloud.pid, *functions]), "all processes ended")
    assert not stop_local_cloud(record)


def test_it_ends_with_the_last_who_holds_it(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOLDER, "lab-1")
    cloud = start_local_cloud(record)
    monkeypatch.setenv(HOLDER, "lab-2")
    assert start_local_cloud(record).pid == cloud.pid
    assert release_local_cloud("lab-3", record) is None
    assert release_local_cloud("lab-1", record) is False
    assert cloud.is_running()
    assert release_local_cloud("lab-2", record) is True
    assert not cloud.is_running()
    assert not record.exists()


def test_what_is_deployed_outside_of_jupyterlab_outlives_it(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(HOLDER, raising=False)
    held = "from pathlib import Path; from deploy.local_cloud import start_local_cloud"
    kernel = [sys.executable, "-c", f"{held}; start_local_cloud(Path({str(record)!r}))"]
    assert run_lab(kernel, record) == 0
    assert running_local_cloud(record) is None  # it was the lab's alone
    cloud = start_local_cloud(record)
    assert run_lab(kernel, record) == 0
    assert running_local_cloud(record) == cloud


def test_it_ends_when_its_record_is_deleted(record: Path) -> None:
    cloud = start_local_cloud(record)
    record.unlink()
    wait_until(lambda: gone(cloud.pid), "the process ended")
    assert not Path(cloud.folder).exists()


def test_it_ends_when_nobody_uses_it(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clouds, "IDLE_SECONDS", 1)
    cloud = start_local_cloud(record)
    wait_until(lambda: gone(cloud.pid), "the process ended")
    assert not Path(cloud.folder).exists()


def test_another_server_is_not_taken_for_the_cloud(record: Path) -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"token": "another", "pid": 1, "folder": "/"}')

        def log_message(self, *_args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.handle_request)  # one, and it ends
        thread.start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        cloud = LocalCloud(endpoint, os.getpid(), "mine", str(record.parent / "folder"))
        record.write_text(json.dumps(vars(cloud)))
        found = running_local_cloud(record)
        thread.join()
    assert found is None


def test_without_the_runtime_client_the_notice_says_what_is_not_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(clouds, "runtime_client_available", lambda: False)
    with local_cloud() as cloud:
        run_function(cloud)
    assert "Not checked here: that the package holds all it imports" in capsys.readouterr().out


def test_a_cloud_that_cannot_start_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = pytest.raises(DeployError, match=r"did not start: [\s\S]*in use")
        with refused, local_cloud(port=taken.getsockname()[1]):
            pass
    assert list(tmp_path.iterdir()) == []
