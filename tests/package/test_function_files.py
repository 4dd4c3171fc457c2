"""The package is a list of kinds of files; whatever else lies in the folder stays out."""

import json
import re
from pathlib import Path

import pytest

from deploy.build import copy_function
from deploy.commands import DeployError
from deploy.function_files import function_files, left_out
from deploy.package_settings import settings_for

BELONGING = (
    "__init__.py",
    "config.py",
    "models/mine/manifest.json",
    "models/mine/model.onnx",
    "models/mine/words.txt",
    "models/mine/mine_model.py",
    "web_api/docs.html",
    "web_api/openapi.json",
)
STRAY = (
    ".DS_Store",
    ".config.py.swp",
    ".env",
    ".ipynb_checkpoints/config.py",
    ".ipynb_checkpoints/manifest.json",
    "config (copy).py",
    "config.py.orig",
    "config.py~",
    "models/mine/.hidden.json",
    "models/mine/iris.csv",
    "models/mine/other.onnx",
    "notes.md",
)
BEHIND = (
    "__pycache__/config.cpython-311.pyc",
    "models/mine/model.skops",
    "py.typed",
)
FILES = {"onnx": "model.onnx", "sklearn": "model.skops", "vocabulary": "words.txt"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small `model_lambda` in which everybody has left something."""
    folder = tmp_path / "model_lambda"
    for name in (*BELONGING, *STRAY, *BEHIND):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("not a manifest" if name in STRAY else "{}")
    write_manifest(folder, FILES)
    (folder / ".#config.py").symlink_to("someone@somewhere.123:456")
    (folder / "linked.py").symlink_to("config.py")
    (folder / "linked_folder").symlink_to("web_api")
    return folder


def write_manifest(source: Path, files: dict[str, str]) -> None:
    """Let the model's manifest name files."""
    document = {"files": {kind: {"name": name} for kind, name in files.items()}}
    (source / "models" / "mine" / "manifest.json").write_text(json.dumps(document))


def test_what_is_copied_is_the_list_and_nothing_else(source: Path, tmp_path: Path) -> None:
    copy_function(settings_for("local"), tmp_path / "package", source.parent)
    copied = tmp_path / "package" / "model_lambda"
    files = [path for path in copied.rglob("*") if not path.is_dir()]
    assert sorted(path.relative_to(copied).as_posix() for path in files) == sorted(BELONGING)


def test_the_other_runtime_has_its_own_model_file(source: Path) -> None:
    found = {path.as_posix() for path in function_files(source, "sklearn")}
    assert found ^ set(BELONGING) == {"models/mine/model.onnx", "models/mine/model.skops"}


def test_a_manifest_of_the_other_engine_stays_behind_with_its_file(source: Path) -> None:
    for kind, name in (("onnx", "a.onnx"), ("sklearn", "a.skops")):
        folder = source / "models" / "mine" / kind
        folder.mkdir()
        (folder / name).touch()
        document = {"files": {kind: {"name": name}}}
        (folder / "manifest.json").write_text(json.dumps(document))
    found = {path.as_posix() for path in function_files(source, "sklearn")}
    assert {name for name in found if "/sklearn/" in name or "/onnx/" in name} == {
        "models/mine/sklearn/a.skops", "models/mine/sklearn/manifest.json"
    }  # fmt: skip
    assert not [path for path in left_out(source, "sklearn") if "onnx" in path.parts]


def test_of_a_model_that_is_not_picked_nothing_is_packaged_or_read(source: Path) -> None:
    (source / "models" / "mine" / "manifest.json").write_text("[]")
    found = {path.as_posix() for path in function_files(source, "onnx", {"mine"})}
    assert found == {name for name in BELONGING if not name.startswith("models/mine/")}
    assert not [path for path in left_out(source, "onnx", {"mine"}) if "mine" in path.parts]


def test_what_is_left_out_is_named_bytecode_aside(source: Path) -> None:
    links = {".#config.py", "linked.py", "linked_folder"}
    assert {path.as_posix() for path in left_out(source, "onnx")} == links.union(STRAY)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("lost.onnx", "names model_lambda/models/mine/lost.onnx, which is not a file"),
        ("../../../.env", "mine/manifest.json names '../../../.env', not a file beside it"),
        (".env", "mine/manifest.json names '.env', not a file beside it"),
    ],
)
def test_a_manifest_names_files_beside_it(source: Path, name: str, problem: str) -> None:
    write_manifest(source, {"onnx": name})
    with pytest.raises(DeployError, match=re.escape(problem)):
        function_files(source, "onnx")


def test_a_manifest_that_is_none_is_named(source: Path) -> None:
    (source / "models" / "mine" / "manifest.json").write_text("[]")
    with pytest.raises(DeployError, match=r"mine/manifest\.json is not a manifest"):
        function_files(source, "onnx")
