"""The set-up does nothing twice, and what stops it leaves nothing that looks complete."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from workbook.environment import explanation, fingerprint, path_file

PROJECT = Path(__file__).resolve().parents[2]
BASE = getattr(sys, "_base_executable", sys.executable)
# Nothing listens on port 9, and no configuration of the machine is read.
NO_NETWORK = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_CONFIG_FILE": os.devnull}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with nothing but what the set-up reads."""
    (tmp_path / "workbook").mkdir()
    for name in ("workbook/environment.py", "requirements.txt", "package-lock.json"):
        shutil.copy(PROJECT / name, tmp_path / name)
    return tmp_path


def start(project: Path) -> "subprocess.Popen[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_"))}
    return subprocess.Popen(
        [BASE, "-u", "workbook/environment.py"],
        cwd=project,
        env=environment | NO_NETWORK,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def pretend_to_be_complete(project: Path) -> None:
    version = subprocess.run(
        [BASE, "-c", "import sys; print(sys.version, end='')"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    python_stamp = fingerprint(project / "requirements.txt", version, path_file(project))
    node_stamp = fingerprint(project / "package-lock.json", str(project))
    (project / ".venv").mkdir()
    (project / ".venv" / "made-with").write_text(f"{BASE}\n{python_stamp}\n")
    (project / "node_modules").mkdir()
    (project / "node_modules" / ".made-with").write_text(node_stamp)


def test_a_complete_environment_is_left_alone(project: Path) -> None:
    pretend_to_be_complete(project)
    process = start(project)
    assert (*process.communicate(timeout=60), process.returncode) == ("", "", 0)


@pytest.mark.slow
def test_a_changed_lock_renews_the_environment(project: Path) -> None:
    pretend_to_be_complete(project)
    with (project / "requirements.txt").open("a") as lock:
        lock.write("# changed\n")
    process = start(project)
    output, error = process.communicate(timeout=120)
    assert output.startswith("Creating .venv")
    assert "No network" in error


@pytest.mark.slow
def test_without_a_network_the_last_line_says_so(project: Path) -> None:
    process = start(project)
    _, error = process.communicate(timeout=120)
    assert process.returncode == 1
    assert error.strip() == (
        "No network: the packages could not be fetched. Connect and run the command again."
    )
    assert not (project / ".venv" / "made-with").exists()


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_so_and_leaves_no_process(
    project: Path, end: signal.Signals
) -> None:
    process = start(project)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Creating .venv")
    process.send_signal(end)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Run the same command again" in error
    assert not (project / ".venv" / "made-with").exists()
    commands = (other.info["cmdline"] or [] for other in psutil.process_iter(["cmdline"]))
    assert [command for command in commands if str(project) in " ".join(command)] == []


def test_other_failures_point_to_the_reason() -> None:
    assert "The reason is above" in explanation("Creating .venv", "something else")


@pytest.mark.parametrize("name", [".venv", "node_modules"])
def test_what_a_link_leads_to_is_not_emptied(
    project: Path, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    pretend_to_be_complete(project)
    shutil.rmtree(project / name)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "precious").touch()
    (project / name).symlink_to(elsewhere)
    process = start(project)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"Run: rm {name}" in error
    assert [path.name for path in elsewhere.iterdir()] == ["precious"]
