import json
import pickle
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_lambda import model_files
from model_lambda.errors import LibraryVersionError, ManifestError, ModelFileError, ModelLoadError
from model_lambda.manifest import read_manifest
from model_lambda.model_files import (
    MANIFEST_NAME,
    FileEntry,
    check_library_version,
    read_verified_file,
)
from model_lambda.models.iris.iris_model import IrisModel
from tests.unit.flower_rows import SETOSA
from tests.unit.model_folders import (
    FILE_NAMES,
    PACKAGED,
    PATHS,
    copy_of_model_files,
    edit_manifest,
    model_in,
    replace_model_file,
)

ONNX = PACKAGED / "onnx"
MANIFESTS = {kind: read_manifest(PACKAGED / kind) for kind in FILE_NAMES}
MANIFEST = MANIFESTS["onnx"]
ENTRY = MANIFEST.engine.file
# As many parts of a file as are damaged in turn; no byte lies outside of them.
PARTS = 24
Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_model_files(tmp_path)


@pytest.mark.parametrize("kind", FILE_NAMES)
def test_the_packaged_manifests_are_read(kind: str) -> None:
    manifest = MANIFESTS[kind]
    assert (manifest.qualified_name, manifest.engine.kind) == ("iris_model", kind)
    assert manifest.answer.labels == ("setosa", "versicolor", "virginica")
    assert manifest.fields[0].name == "sepal_length"
    assert manifest.engine.file.name == FILE_NAMES[kind]
    assert len(manifest.golden_predictions) == 6


@pytest.mark.parametrize("kind", FILE_NAMES)
def test_the_verified_bytes_are_returned(kind: str) -> None:
    content = read_verified_file(PACKAGED / kind, MANIFESTS[kind].engine.file, kind)
    assert content == PATHS[kind].read_bytes()


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", FILE_NAMES)
def test_a_model_file_with_other_bytes_in_any_part_is_refused(
    folder: Path, kind: str, part: int
) -> None:
    path = folder / kind / FILE_NAMES[kind]
    content = bytearray(path.read_bytes())
    start, end = _part_of(content, part)
    content[start:end] = bytes(byte ^ 1 for byte in content[start:end])
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="another sha256"):
        model_in(folder)(kind)


@given(position=st.integers(0, ENTRY.size - 1), bit=st.integers(0, 7))
def test_a_model_file_with_any_bit_flipped_is_refused(
    tmp_path_factory: pytest.TempPathFactory, position: int, bit: int
) -> None:
    content = bytearray(PATHS["onnx"].read_bytes())
    content[position] ^= 1 << bit
    folder = tmp_path_factory.mktemp("model")
    (folder / FILE_NAMES["onnx"]).write_bytes(content)
    with pytest.raises(ModelFileError, match="another sha256"):
        read_verified_file(folder, ENTRY, "onnx")


def _part_of(content: bytes | bytearray, part: int) -> tuple[int, int]:
    return len(content) * part // PARTS, len(content) * (part + 1) // PARTS


@pytest.mark.parametrize("part", range(PARTS))
def test_a_manifest_without_any_one_part_is_refused(folder: Path, part: int) -> None:
    path = folder / "onnx" / MANIFEST_NAME
    content = path.read_bytes()
    start, end = _part_of(content, part)
    path.write_bytes(content[:start] + content[end:])
    with pytest.raises(ManifestError):
        model_in(folder)()


@given(data=st.data())
def test_a_manifest_that_says_anything_else_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray((ONNX / MANIFEST_NAME).read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] = data.draw(st.integers(0, 255))
    folder = tmp_path_factory.mktemp("model")
    (folder / MANIFEST_NAME).write_bytes(content)
    try:
        manifest = read_manifest(folder)
    except ManifestError:
        return
    # A space more or a zero at the end of a fraction is the same manifest.
    assert manifest == MANIFEST
    assert json.loads(content) == json.loads((ONNX / MANIFEST_NAME).read_bytes())


def _every_value(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(document, dict | list):
        keys = document if isinstance(document, dict) else range(len(document))
        return [found for key in keys for found in _every_value(document[key], (*path, key))]
    return [path]


@pytest.mark.parametrize(
    "path",
    _every_value(json.loads((ONNX / MANIFEST_NAME).read_bytes())),
    ids=lambda path: ".".join(map(str, path)),
)
def test_a_manifest_with_any_value_changed_is_refused(folder: Path, path: tuple[Any, ...]) -> None:
    document = json.loads((folder / "onnx" / MANIFEST_NAME).read_bytes())
    *parents, last = path
    target = document
    for key in parents:
        target = target[key]
    value = target[last]
    target[last] = f"{value} " if isinstance(value, str) else int(value) + 1
    (folder / "onnx" / MANIFEST_NAME).write_text(json.dumps(document))
    with pytest.raises(ManifestError, match=r"sha256 is of another content|its version is not 2"):
        read_manifest(folder / "onnx")


def _delete(*path: Any) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        target: Any = document
        for key in path[:-1]:
            target = target[key]
        del target[path[-1]]

    return edit


def _update(*path: Any, **members: Any) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        target: Any = document
        for key in path:
            target = target[key]
        target.update(members)

    return edit


# Each is signed truly, so the sha256 does not tell.
UNREADABLE: dict[str, Edit] = {
    "no name": _delete("qualified_name"),
    "no version": _delete("version"),
    "a version in words": _update(version="one"),
    "no fields": _update(fields=[]),
    "a field without name": _delete("fields", 0, "name"),
    "a field of no type": _update("fields", 0, type="colour"),
    "a field of an unknown attribute": _update("fields", 0, minimun=0),
    "a field of turned bounds": _update("fields", 0, minimum=16),
    "no answer": _delete("answer"),
    "labels null": _update("answer", labels=None),
    "no engine": _delete("engine"),
    "an engine without outputs": _update("engine", outputs={}),
    "no files": _delete("files"),
    "files a list": _update(files=[]),
    "a file without name": _delete("files", "onnx", "name"),
    "a file without size": _delete("files", "onnx", "size"),
    "a file with a size in words": _update("files", "onnx", size="large"),
    "a file without sha256": _delete("files", "onnx", "sha256"),
    "a file without library": _delete("files", "onnx", "library"),
    "a file without newest version": _delete("files", "onnx", "library", "below"),
    "a file in another folder": _update("files", "onnx", name="../iris_model.onnx"),
    "a file by its full path": _update("files", "onnx", name="/etc/passwd"),
    "a file in a folder below": _update("files", "onnx", name="a/iris_model.onnx"),
    "a file called by the folder": _update("files", "onnx", name=".."),
    "a file name with NUL": _update("files", "onnx", name="iris_model.onnx\0"),
    "a file without a name": _update("files", "onnx", name=""),
    "no golden predictions": _delete("golden_predictions"),
    "a golden prediction without row": _delete("golden_predictions", 0, "row"),
    "a golden prediction without answer": _delete("golden_predictions", 0, "prediction"),
}


@pytest.mark.parametrize("edit", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_manifest_that_lacks_something_is_refused(folder: Path, edit: Edit) -> None:
    edit_manifest(folder, edit)
    with pytest.raises(ManifestError, match=r"is not a manifest|lacks"):
        model_in(folder)()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"{}"])
def test_a_manifest_that_is_no_json_object_is_refused(folder: Path, content: bytes) -> None:
    (folder / "onnx" / MANIFEST_NAME).write_bytes(content)
    with pytest.raises(ManifestError, match=r"is not a manifest|lacks"):
        read_manifest(folder / "onnx")


def test_a_missing_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ManifestError, match=re.escape("manifest.json cannot be read: No such file")
    ):
        read_manifest(tmp_path)


def test_a_refusal_names_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as raised:
        read_manifest(tmp_path)
    assert str(tmp_path) not in str(raised.value)


@pytest.mark.parametrize("kind", FILE_NAMES)
def test_a_missing_file_is_refused(folder: Path, kind: str) -> None:
    (folder / kind / FILE_NAMES[kind]).unlink()
    with pytest.raises(ModelFileError, match="cannot be read: No such file or directory"):
        model_in(folder)(kind)


def test_a_folder_in_place_of_a_file_is_refused(folder: Path) -> None:
    (folder / "onnx" / FILE_NAMES["onnx"]).unlink()
    (folder / "onnx" / FILE_NAMES["onnx"]).mkdir()
    with pytest.raises(ModelFileError, match="cannot be read"):
        model_in(folder)()


@pytest.mark.parametrize("change", [b"x", -1], ids=["one byte more", "one byte less"])
@pytest.mark.parametrize("kind", FILE_NAMES)
def test_a_file_of_another_size_is_refused(folder: Path, kind: str, change: Any) -> None:
    path = folder / kind / FILE_NAMES[kind]
    content = path.read_bytes()
    path.write_bytes(content + change if isinstance(change, bytes) else content[:change])
    with pytest.raises(ModelFileError, match="another size"):
        model_in(folder)(kind)


def test_a_far_larger_file_is_not_even_read_whole(folder: Path) -> None:
    with (folder / "onnx" / FILE_NAMES["onnx"]).open("r+b") as file:
        file.truncate(64 * 1024 * 1024)  # a hole: it takes no space
    tracemalloc.start()
    with pytest.raises(ModelFileError, match="another size"):
        read_verified_file(folder / "onnx", ENTRY, "onnx")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1024 * 1024


@pytest.mark.parametrize("size", [200 * 1024 * 1024 + 1, 0, -1, -2])
def test_a_size_over_the_cap_or_of_nothing_is_refused_before_reading(
    folder: Path, size: int
) -> None:
    (folder / "onnx" / FILE_NAMES["onnx"]).unlink()
    edit_manifest(folder, _update("files", "onnx", size=size))
    with pytest.raises(ModelFileError, match="is empty or over the cap of 209715200 bytes"):
        model_in(folder)()


def test_a_file_of_just_the_cap_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_files, "SIZE_CAP_BYTES", ENTRY.size)
    assert model_in(folder)().predict(SETOSA)


class Detonator:
    """Shows that it was unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (_detonate, ())


def _detonate() -> None:
    raise AssertionError("a pickle was loaded")


PICKLES = {f"protocol {protocol}": pickle.dumps(Detonator(), protocol) for protocol in range(6)}


@pytest.mark.parametrize("content", PICKLES.values(), ids=PICKLES.keys())
@pytest.mark.parametrize("kind", FILE_NAMES)
def test_a_pickle_is_refused_under_any_extension(folder: Path, kind: str, content: bytes) -> None:
    replace_model_file(folder, kind, content)
    with pytest.raises(ModelFileError, match=f"not in the format of a {kind} model file"):
        model_in(folder)(kind)


@pytest.mark.parametrize("name", ["iris_model.pkl", "iris_model.onnx.pickle", "iris_model"])
def test_a_pickle_is_refused_under_any_name(folder: Path, name: str) -> None:
    edit_manifest(folder, _update("files", "onnx", name=name))
    replace_model_file(folder, "onnx", PICKLES["protocol 5"])
    with pytest.raises(ModelFileError, match="not in the format of a onnx model file"):
        model_in(folder)()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("onnx", b"\x08"),
        ("onnx", b"\x08\x08 nothing that follows is ONNX"),
        ("sklearn", b"PK\x03\x04"),
        ("sklearn", b"PK\x03\x04 nothing that follows is a zip"),
    ],
)
def test_a_file_that_only_begins_well_is_refused(folder: Path, kind: str, content: bytes) -> None:
    replace_model_file(folder, kind, content)
    with pytest.raises(ModelFileError):
        model_in(folder)(kind)


@pytest.mark.parametrize("kind", FILE_NAMES)
def test_a_file_of_the_other_format_is_refused(folder: Path, kind: str) -> None:
    (other,) = FILE_NAMES.keys() - {kind}
    replace_model_file(folder, kind, PATHS[other].read_bytes())
    with pytest.raises(ModelFileError, match="not in the format"):
        model_in(folder)(kind)


def _entry(at_least: str, below: str) -> FileEntry:
    return FileEntry("a.onnx", 1, "", at_least, below, ())


@pytest.mark.parametrize(
    ("installed", "fits"),
    [
        ("1.16.9", False),
        ("1.17", True),
        ("1.17.0", True),
        ("1.9", False),
        ("1.32.1", True),
        ("1.99.99+cpu.1", True),
        ("1.17+cpu", True),
        ("1.17.0rc1", True),
        ("2.0.0", False),
        ("2", False),
        ("10.0", False),
    ],
)
def test_a_library_has_to_lie_within_the_versions_of_the_manifest(
    installed: str, fits: bool
) -> None:
    if fits:
        check_library_version("onnxruntime", installed, _entry("1.17", "2"))
        return
    with pytest.raises(LibraryVersionError, match=f"needs onnxruntime >=1.17,<2, not {installed}"):
        check_library_version("onnxruntime", installed, _entry("1.17", "2"))


@pytest.mark.parametrize("kind", FILE_NAMES)
@pytest.mark.parametrize("range_", [("0.1", "0.2"), ("99", "100")])
def test_a_model_for_another_library_version_is_refused(
    folder: Path, kind: str, range_: tuple[str, str]
) -> None:
    library = dict(zip(("at_least", "below"), range_, strict=True))
    edit_manifest(folder, _update("files", kind, library=library), kind)
    with pytest.raises(LibraryVersionError):
        model_in(folder)(kind)


def test_every_refusal_of_a_model_is_of_one_family() -> None:
    assert all(
        issubclass(error, ModelLoadError)
        for error in (ManifestError, ModelFileError, LibraryVersionError)
    )


def test_the_packaged_files_are_left_alone() -> None:
    assert IrisModel.model_files == PACKAGED
    assert read_manifest(ONNX) == MANIFEST
