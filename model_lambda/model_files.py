"""Reads model files and refuses, before they are parsed, those that are not the trained ones."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from model_lambda.digest import sha256_hex
from model_lambda.errors import LibraryVersionError, ModelFileError

MANIFEST_NAME = "manifest.json"
# A file has to fit, with its engine, in the memory of the function.
SIZE_CAP_BYTES = 200 * 1024 * 1024
# The first bytes of each format: a pickle under either name has others.
LEADING_BYTES = {"onnx": b"\x08", "sklearn": b"PK\x03\x04"}


class FileEntry(NamedTuple):
    """What the manifest says of one file; versions are half-open: ``at_least <= v < below``."""

    name: str
    size: int
    sha256: str
    at_least: str
    below: str
    trusted_types: tuple[str, ...]


def manifest_sha256(document: Mapping[str, Any]) -> str:
    """The sha256 of all that a manifest says but its own: it tells damage and edits."""
    content = {name: value for name, value in document.items() if name != "sha256"}
    return sha256_hex(json.dumps(content, sort_keys=True).encode())


def read_verified_file(folder: Path, entry: FileEntry, kind: str) -> bytes:
    """Read one file and verify it.

    It was looked through for data outside of it at export, and is by the package check: that takes
    0.15 s of CPU a MB, and the sha256 pins what was looked through.

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
