"""Reads model files and refuses, before they are parsed, those that are not the trained ones."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from model_lambda.digest import sha256_hex
from model_lambda.errors import LibraryVersionError, ManifestError, ModelFileError
from model_lambda.onnx_format import refuse_external_data

MANIFEST_NAME = "manifest.json"
# A file has to fit, with its engine, in the memory of the function.
SIZE_CAP_BYTES = 200 * 1024 * 1024
# The first bytes of each format: a pickle under either name has others.
LEADING_BYTES = {"onnx": b"\x08", "sklearn": b"PK\x03\x04"}
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class FileEntry(NamedTuple):
    """What the manifest says of one file; versions are half-open: ``at_least <= v < below``."""

    name: str
    size: int
    sha256: str
    at_least: str
    below: str
    trusted_types: tuple[str, ...]


class GoldenPrediction(NamedTuple):
    """A prediction recorded at training: features (n_features,), label, probabilities (k,)."""

    features: tuple[float, ...]
    label: str
    probabilities: tuple[float, ...]


class Manifest(NamedTuple):
    """What training wrote down about a model."""

    qualified_name: str
    version: str
    feature_names: tuple[str, ...]
    labels: tuple[str, ...]
    files: Mapping[str, FileEntry]
    golden_predictions: tuple[GoldenPrediction, ...]


def is_exported_manifest(path: Path) -> bool:
    """Whether a file is the manifest of an exported model; that of a model class is not."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return True  # reading it says what is wrong
    return isinstance(document, dict) and "manifest_version" in document


def read_manifest(folder: Path) -> Manifest:
    """Read ``manifest.json``.

    Raises:
        ManifestError: it is missing, not JSON, or lacks something.
    """
    try:
        document = json.loads((folder / MANIFEST_NAME).read_bytes())
        return _manifest(document)
    except OSError as error:
        raise ManifestError(f"{MANIFEST_NAME} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ManifestError(f"{MANIFEST_NAME} is not a manifest: {error!r}") from error


def manifest_sha256(document: Mapping[str, Any]) -> str:
    """The sha256 of all that a manifest says but its own: it tells damage and edits."""
    content = {name: value for name, value in document.items() if name != "sha256"}
    return sha256_hex(json.dumps(content, sort_keys=True).encode())


def _manifest(document: Any) -> Manifest:
    if document["sha256"] != manifest_sha256(document):
        raise ValueError("its sha256 is of another content")
    manifest = Manifest(
        qualified_name=str(document["qualified_name"]),
        version=str(document["version"]),
        feature_names=tuple(feature["name"] for feature in document["features"]),
        labels=tuple(document["labels"]),
        files={kind: _file_entry(entry) for kind, entry in document["files"].items()},
        golden_predictions=tuple(map(_golden_prediction, document["golden_predictions"])),
    )
    _check_golden_predictions(manifest)
    return manifest


def _check_golden_predictions(manifest: Manifest) -> None:
    if not manifest.golden_predictions:
        raise ValueError("no golden predictions")
    sizes = len(manifest.feature_names), len(manifest.labels)
    for golden in manifest.golden_predictions:
        if (len(golden.features), len(golden.probabilities)) != sizes:
            raise ValueError("a golden prediction of another model")


def _file_entry(entry: Any) -> FileEntry:
    name = str(entry["name"])
    if not _FILE_NAME.fullmatch(name):
        raise ValueError("a file name that is none, or has a folder in it")
    return FileEntry(
        name=name,
        size=int(entry["size"]),
        sha256=str(entry["sha256"]),
        at_least=str(entry["library"]["at_least"]),
        below=str(entry["library"]["below"]),
        trusted_types=tuple(entry.get("trusted_types", ())),
    )


def _golden_prediction(entry: Any) -> GoldenPrediction:
    return GoldenPrediction(
        features=tuple(map(float, entry["features"])),
        label=str(entry["label"]),
        probabilities=tuple(map(float, entry["probabilities"])),
    )


def read_model_file(folder: Path, entry: FileEntry, kind: str) -> bytes:
    """Read one file, verify it, and look through an ONNX model for data outside of it.

    Returns:
        The very bytes that were verified: parse these, not the file again.

    Raises:
        ModelFileError: as of `read_verified_file`, or an ONNX model points outside itself.
    """
    content = read_verified_file(folder, entry, kind)
    if kind == "onnx":
        refuse_external_data(content)
    return content


def read_verified_file(folder: Path, entry: FileEntry, kind: str) -> bytes:
    """Read one file and verify it.

    Exported models are looked through for external data at export and by the package check: that
    takes 0.15 s of CPU a MB, and the sha256 pins what was looked through.

    Returns:
        The very bytes that were verified: parse these, not the file again.

    Raises:
        ModelFileError: missing, too large, of another size or sha256, or of another format.
    """
    content = _read_at_most(folder / entry.name, entry.size)
    if len(content) != entry.size:
        raise ModelFileError(f"{entry.name} has another size than its manifest says")
    if sha256_hex(content) != entry.sha256:
        raise ModelFileError(f"{entry.name} has another sha256 than its manifest says")
    if not content.startswith(LEADING_BYTES[kind]):
        raise ModelFileError(f"{entry.name} is not in the format of a {kind} model file")
    return content


def _read_at_most(path: Path, size: int) -> bytes:
    if not 0 < size <= SIZE_CAP_BYTES:
        raise ModelFileError(f"{path.name} is empty or over the cap of {SIZE_CAP_BYTES} bytes")
    try:
        with path.open("rb") as file:
            return file.read(size + 1)
    except OSError as error:
        raise ModelFileError(f"{path.name} cannot be read: {error.strerror}") from error


def check_library_version(library: str, installed: str, entry: FileEntry) -> None:
    """Refuse a library outside the versions that the manifest allows.

    Raises:
        LibraryVersionError: it is older or newer.
    """
    if not _numbers(entry.at_least) <= _numbers(installed) < _numbers(entry.below):
        raise LibraryVersionError(
            f"{entry.name} needs {library} >={entry.at_least},<{entry.below}, not {installed}"
        )


def _numbers(version: str) -> tuple[int, ...]:
    """``1.10.2`` as (1, 10, 2); a suffix such as ``rc1`` is left out."""
    release = version.partition("+")[0]
    return tuple(int(part) for part in release.split(".") if part.isdigit())
