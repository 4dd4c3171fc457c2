"""What the Makefile gives to every command: caches, the way past a proxy, an end without noise."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CACHES = ("XDG_CACHE_HOME", "UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache")
LOOPBACK = "127.0.0.1,localhost,::1"


def printed_by_make(makefile: str, **environment: str) -> str:
    """What `make show` prints with this Makefile, in an environment of nothing else."""
    done = subprocess.run(
        ["make", "--no-print-directory", "-f", "-", "show"],
        input=makefile,
        env={"PATH": os.environ["PATH"]} | environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def given(names: tuple[str, ...], **environment: str) -> dict[str, str]:
    """The variables of these names that a command of the Makefile sees in an environment."""
    lines = printed_by_make("include Makefile\nshow:\n\t@env\n", **environment).splitlines()
    variables = dict(line.split("=", 1) for line in lines if "=" in line)
    return {name: variables[name] for name in names if name in variables}


@pytest.mark.parametrize("environment", [{}, {"HOME": "/proc/none"}])
def test_caches_are_in_build_when_the_home_folder_cannot_be_written(
    environment: dict[str, str],
) -> None:
    folders = given(CACHES, **environment)
    assert sorted(folders) == sorted(CACHES)
    assert all(Path(folder).is_relative_to(PROJECT / "build") for folder in folders.values())


def test_a_folder_of_caches_that_cannot_be_written_is_not_used(tmp_path: Path) -> None:
    (tmp_path / ".cache").symlink_to("/proc/self")
    assert sorted(given(CACHES, HOME=str(tmp_path))) == sorted(CACHES)


def test_caches_are_where_their_owner_wants_them(tmp_path: Path) -> None:
    assert given(CACHES, HOME=str(tmp_path)) == {}
    own = {"UV_CACHE_DIR": str(tmp_path / "uv")}
    assert given(("UV_CACHE_DIR",), HOME="/proc/none", **own) == own


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, LOOPBACK),
        ({"no_proxy": "inside.example"}, f"{LOOPBACK},inside.example"),
        ({"NO_PROXY": "inside.example"}, f"{LOOPBACK},inside.example"),
    ],
)
def test_a_proxy_is_kept_but_not_for_this_machine(
    environment: dict[str, str], expected: str
) -> None:
    proxy = {"HTTPS_PROXY": "http://proxy.example:3128"}
    assert given(("NO_PROXY", "no_proxy", "HTTPS_PROXY"), **environment, **proxy) == {
        "NO_PROXY": expected,
        "no_proxy": expected,
        **proxy,
    }


def test_every_command_runs_so_that_its_reader_may_leave() -> None:
    recipes = [line for line in (PROJECT / "Makefile").read_text().splitlines() if "\t" in line[:1]]
    assert [line for line in recipes if "bin/python" in line] == []
    run = "include Makefile\nshow:\n\t$(info $(RUN))@true\n"
    assert printed_by_make(run).strip().endswith(".venv/bin/python -m workbook.command")


def run_command(folder: Path, source: str) -> "subprocess.Popen[bytes]":
    """A module with this source, run as the commands of the Makefile are."""
    (folder / "words.py").write_text(source)
    return subprocess.Popen(
        [sys.executable, "-m", "workbook.command", "-m", "words", "an argument"],
        env={"PATH": os.defpath, "PYTHONPATH": f"{folder}{os.pathsep}{PROJECT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize(
    ("source", "error", "status"),
    [
        ("print('x' * 100_000)", b"", 141),
        ("print('x')", b"", 141),  # what is not written before the end
        ("import sys; print('x'); sys.exit('error: no')", b"error: no\n", 1),
        ("raise KeyboardInterrupt", b"interrupted\n", 130),
    ],
)
def test_a_command_whose_reader_has_left_ends_without_a_traceback(
    tmp_path: Path, source: str, error: bytes, status: int
) -> None:
    with run_command(tmp_path, source) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (error, status)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_cleans_up(tmp_path: Path, number: signal.Signals) -> None:
    source = "try: print('ready', flush=True); input()\nfinally: print('cleaned up')"
    with run_command(tmp_path, source) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        said = process.stdout.read(), process.stderr.read(), process.wait()
    assert said == (b"cleaned up\n", b"interrupted\n", 130)


def test_a_command_gets_its_arguments_and_its_faults_are_shown(tmp_path: Path) -> None:
    with run_command(tmp_path, "import sys; print(sys.argv[1:], __name__); 1 / 0") as process:
        output, error = process.communicate()
    assert (output, process.returncode) == (b"['an argument'] __main__\n", 1)
    assert b"ZeroDivisionError" in error
