"""A package counts as checked while all it was made from and checked with is the same."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from deploy import package as packaging
from deploy.commands import PROJECT
from deploy.package import digest_of, inputs, is_checked, package
from deploy.package_settings import PackageSettings, settings_for


def tree(folder: Path) -> Path:
    """A project of two folders of equal content."""
    for name in ("model_lambda/a/x.py", "model_lambda/b/y.py", "events/e.json"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(name[-4:])
    return folder


def rename_folder(folder: Path) -> None:
    (folder / "model_lambda" / "a").rename(folder / "model_lambda" / "c")


def swap_names(folder: Path) -> None:
    (folder / "model_lambda" / "a" / "x.py").write_text("y.py")
    (folder / "model_lambda" / "b" / "y.py").write_text("x.py")


def move_file(folder: Path) -> None:
    (folder / "model_lambda" / "a" / "x.py").rename(folder / "model_lambda" / "b" / "x.py")


def change_how_events_are_read(folder: Path) -> None:
    (folder / "events" / "stored.py").write_text("")


@pytest.mark.parametrize(
    "change", [rename_folder, swap_names, move_file, change_how_events_are_read]
)
def test_any_change_of_the_inputs_changes_their_digest(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    project = tree(tmp_path)
    before = digest_of(inputs("onnx", project))
    change(project)
    assert digest_of(inputs("onnx", project)) != before


def test_what_is_not_packaged_is_no_input(tmp_path: Path) -> None:
    project = tree(tmp_path)
    before = digest_of(inputs("onnx", project))
    for name in ("model_lambda/.x.py.swp", "model_lambda/a/notes.txt", "events/.e.json.swp"):
        (project / name).touch()
    assert digest_of(inputs("onnx", project)) == before


def test_two_at_once_build_one_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Path] = []
    second_waits = Event()

    def slow_build(_settings: PackageSettings, output: Path) -> None:
        second_waits.wait(10)
        built.append(output)
        output.write_bytes(b"zip")

    def start_second() -> None:
        # It comes while the first builds: whether it has begun to wait does not change the count.
        second_waits.set()
        package(settings_for("local"), tmp_path / "p.zip")

    monkeypatch.setattr(packaging, "build", slow_build)
    monkeypatch.setattr(packaging, "check", lambda _path: True)
    monkeypatch.setattr(packaging, "describe", lambda _path: "small")
    first = Thread(target=package, args=(settings_for("local"), tmp_path / "p.zip"))
    first.start()
    start_second()
    first.join()
    assert built == [tmp_path / "p.zip"]


def test_every_module_that_builds_and_checks_is_an_input() -> None:
    code = (
        "import deploy.package, json, sys;"
        "print(json.dumps([getattr(m, '__file__', None) for m in sys.modules.values()]))"
    )
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT).stdout
    paths = {Path(name) for name in json.loads(loaded) if name}
    ours = {path for path in paths if path.is_relative_to(PROJECT) and ".venv" not in path.parts}
    assert PROJECT / "events" / "comparison.py" in ours
    assert ours - set(inputs("onnx").values()) == set()


def test_a_package_without_bytecode_is_built_again_when_bytecode_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[PackageSettings] = []

    def build(settings: PackageSettings, output: Path) -> Path:
        built.append(settings)
        output.touch()
        return output

    monkeypatch.setattr(packaging, "build", build)
    monkeypatch.setattr(packaging, "describe", str)
    monkeypatch.setattr(packaging, "check", lambda _output: True)
    output = tmp_path / "model-lambda.zip"
    without, with_bytecode = settings_for("local", bytecode="off"), settings_for("local")
    for settings in (without, without, with_bytecode, with_bytecode):
        package(settings, output)
        assert is_checked(settings, output)
    assert built == [without, with_bytecode]
