"""The README, the Makefile and the repository agree, and nothing of a machine is in them."""

import re
from pathlib import Path

import pytest

from tests.notebooks.rules import leads_somewhere, links
from tests.structure.documents import (
    PROJECT,
    first_column,
    make_commands,
    make_targets,
    project_files,
    section,
)
from tests.structure.imports import modules

FILES = project_files()
DOCUMENTS = [path for path in FILES if path.suffix == ".md"]
README = (PROJECT / "README.md").read_text()
MAKEFILE = (PROJECT / "Makefile").read_text()

HERE = [re.escape(f"{folder}/") for folder in (PROJECT, Path.home()) if len(folder.parts) > 1]
TRACES = re.compile(
    "|".join(
        [*HERE, r"/(?:home|Users)/(?!somebody)\w+/", r"https?://[^\s\"]*(?:registry\.|/simple\b)"]
    )
)
BINARY = {".onnx", ".skops", ".png", ".zip", ".parquet"}


def ids(path: Path, root: Path = PROJECT) -> str:
    return str(path.relative_to(root))


def test_every_command_is_listed_once_in_the_readme() -> None:
    listed = [command.split()[1] for command in first_column(section(README, "Commands"))]
    assert sorted(listed) == sorted(set(make_targets(MAKEFILE)) - {"help"})


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_every_command_that_a_document_names_exists(document: Path) -> None:
    assert set(make_commands(document.read_text())) - set(make_targets(MAKEFILE)) == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_links_of_a_document_resolve(document: Path) -> None:
    found = links(document.read_text())
    assert [link for link in found if not leads_somewhere(link, document.parent)] == []


def test_the_layout_names_every_folder() -> None:
    named = re.findall(r"^(\w+)/", section(README, "Layout").split("```")[1], re.MULTILINE)
    folders = {path.relative_to(PROJECT).parts[0] for path in FILES if path.parent != PROJECT}
    assert sorted(named) == sorted(name for name in folders if not name.startswith("."))


@pytest.mark.iris_model
def test_every_generated_file_exists_and_its_command_too() -> None:
    rows = re.findall(
        r"^\| (`.+?`) \| `make ([a-z-]+)", section(README, "Generated files"), re.MULTILINE
    )
    patterns = [pattern for files, _ in rows for pattern in re.findall(r"`([^`]+)`", files)]
    assert len(patterns) >= 5
    assert [pattern for pattern in patterns if not list(PROJECT.glob(pattern))] == []
    assert {target for _, target in rows} - set(make_targets(MAKEFILE)) == set()


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_no_file_holds_a_path_of_a_machine(path: Path) -> None:
    if path.suffix not in BINARY:
        assert TRACES.search(path.read_text(encoding="utf-8")) is None


def test_no_file_is_large() -> None:
    assert [ids(path) for path in FILES if path.stat().st_size > 2_000_000] == []


def test_the_files_are_found_without_git_and_past_the_lock_of_an_editor(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("build/\n*.egg-info/\n")
    for name in (".git/config", "build/made", "own.egg-info/made", "README.md", "deploy/a.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".#README.md").symlink_to("somebody@somewhere.1:2")
    (tmp_path / "deploy" / ".#a.py").symlink_to("somebody@somewhere.1:2")
    found = [ids(path, tmp_path) for path in project_files(tmp_path)]
    assert found == [".gitignore", "README.md", "deploy/a.py"]
    assert list(modules(tmp_path / "deploy")) == ["deploy.a"]


def test_a_missing_target_and_a_dead_link_would_be_seen() -> None:
    assert make_commands("say `make nothing TARGET=aws` or `make a|b`") == ["nothing", "a", "b"]
    assert make_targets("a: b ## Help\nhidden:\n") == ["a"]
    assert not leads_somewhere("nowhere.md", PROJECT)
    assert TRACES.search(f"see {PROJECT / 'file'}") is not None
