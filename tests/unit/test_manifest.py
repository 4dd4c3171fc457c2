import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_lambda.errors import ManifestError
from model_lambda.manifest import read_manifest
from model_lambda.model_files import MANIFEST_NAME, manifest_sha256
from tests.unit.model_folders import REFERENCE

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The reference model's manifest, copied to where it may be damaged."""
    target = tmp_path / "penguins" / "1.0"
    target.mkdir(parents=True)
    shutil.copy(REFERENCE / MANIFEST_NAME, target)
    return target


def test_a_manifest_says_all_that_serving_needs() -> None:
    manifest = read_manifest(REFERENCE)
    document = json.loads((REFERENCE / MANIFEST_NAME).read_bytes())
    assert (manifest.qualified_name, manifest.version) == ("penguins", "1.0")
    assert (
        manifest.answer.labels
        == manifest.answer.engine_labels
        == tuple(document["answer"]["labels"])
    )
    assert manifest.engine.file.sha256 == document["files"]["onnx"]["sha256"]
    assert [one.row for one in manifest.golden_predictions] == [
        one["row"] for one in document["golden_predictions"]
    ]


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda said: said.pop("task"), "lacks 'task'"),
        (lambda said: said.update(manifest_version=1), "its version is not 2: export"),
        (lambda said: said.update(qualified_name="../penguins"), "does not match"),
        (lambda said: said["files"]["onnx"].update(name="../penguins.onnx"), "does not match"),
        (lambda said: said["answer"].update(labels=["Adelie", "Adelie"]), "not distinct values"),
        (lambda said: said["answer"].update(labels=["Adelie", 2, 3]), "of one type"),
        (lambda said: said["answer"].update(engine_labels=["a", "b"]), "another number of labels"),
        (lambda said: said["engine"].update(kind="pickle"), "'pickle' is no engine"),
        (lambda said: said.update(task="guessing"), "'guessing' is no task"),
        (lambda said: said.update(layout="heap"), "'heap' is no layout"),
        (lambda said: said["fields"].pop(), "the fields are not those"),
        (lambda said: said["engine"]["inputs"].pop(), "the fields are not those"),
        (lambda said: said["fields"].append(said["fields"][0]), "the fields are not those"),
        (lambda said: said["engine"]["outputs"].pop("label"), "lacks an output"),
        (lambda said: said["answer"].update(names=[]), "lacks an output"),
        (lambda said: said.update(golden_predictions=[]), "no golden predictions"),
    ],
)
def test_a_manifest_that_cannot_be_served_is_refused_with_the_reason(
    folder: Path, edit: Edit, problem: str
) -> None:
    path = folder / MANIFEST_NAME
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document | {"sha256": manifest_sha256(document)}))
    with pytest.raises(ManifestError, match=problem):
        read_manifest(folder)


def test_a_manifest_that_was_edited_after_the_export_is_refused(folder: Path) -> None:
    path = folder / MANIFEST_NAME
    path.write_text(path.read_text().replace('"Adelie"', '"Gentoo"', 1))
    with pytest.raises(ManifestError, match="its sha256 is of another content"):
        read_manifest(folder)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"[]", "is not a manifest"), (b"{", "is not a manifest"), (None, "cannot be read: No such")],
)
def test_what_is_no_manifest_is_told_with_its_place_alone(
    folder: Path, content: bytes | None, problem: str
) -> None:
    path = folder / MANIFEST_NAME
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ManifestError, match=f"^penguins/1.0/{MANIFEST_NAME} {problem}"):
        read_manifest(folder)
