"""Models from S3: fetched at the start, verified, and kept in the function's temporary storage.

`MODEL_URI` names folders, `s3://<bucket>/<prefix>/<qualified_name>/<sha256>/`, with commas. The
last part is the SHA-256 of `manifest.json`, and the manifest has that of the model's file: so the
setting pins every byte, and whoever can write to the bucket can put no other model into service.
Nothing is parsed before it is verified.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile, gettempdir
from typing import Any, NamedTuple, Protocol

from model_lambda.digest import sha256_hex
from model_lambda.errors import ConfigurationError, ManifestError, ModelFileError
from model_lambda.manifest import read_manifest
from model_lambda.model_files import MANIFEST_NAME, SIZE_CAP_BYTES

# Lambda's only writable folder: 512 MB unless it was given more.
CACHE = Path(gettempdir()) / "models"
MANIFEST_CAP_BYTES = 16 * 1024 * 1024
ATTEMPTS = 3
_URI = re.compile(r"s3://([a-z0-9.-]{3,63})/((?:[^/,]+/)*)(\w+)/([0-9a-f]{64})/?", re.ASCII)
# What trying again does not mend.
_FINAL = ("404", "NoSuchKey", "NoSuchBucket", "403", "AccessDenied")


class S3Reader(Protocol):
    """The part of boto3's client that is used."""

    def get_object(self, **request: Any) -> Mapping[str, Any]:
        """An object with its body."""


class ModelUri(NamedTuple):
    """Where a model lies, and what its manifest is."""

    bucket: str
    prefix: str
    qualified_name: str
    sha256: str

    def key(self, name: str) -> str:
        """The key of one of its files."""
        return f"{self.prefix}{self.qualified_name}/{self.sha256}/{name}"


def read_model_uri(text: str) -> ModelUri:
    """Read one URI.

    Raises:
        ConfigurationError: it is not of the form above.
    """
    match = _URI.fullmatch(text)
    if match is None:
        raise ConfigurationError(
            f"MODEL_URI has {text!r}, not s3://bucket/prefix/<qualified_name>/<sha256 of manifest>/"
        )
    return ModelUri(*match.groups())


class S3Files:
    """Fetches models into folders, from where they are loaded as packaged ones are."""

    def __init__(self, client: S3Reader, cache: Path = CACHE) -> None:
        self._client = client
        self._cache = cache

    def folder(self, uri: ModelUri) -> Path:
        """The folder `<qualified_name>/<sha256>` with the verified files of a model.

        What is there already is verified again, and fetched again if it is damaged.

        Raises:
            ManifestError: the manifest is of another model.
            ModelFileError: a file cannot be fetched, or is not the one that was pinned.
        """
        folder = self._cache / uri.qualified_name / uri.sha256
        folder.mkdir(parents=True, exist_ok=True)
        self._keep(uri, folder / MANIFEST_NAME, MANIFEST_CAP_BYTES, _has_sha256(uri.sha256))
        manifest = read_manifest(folder)
        if manifest.qualified_name != uri.qualified_name:
            raise ManifestError(f"the manifest of {uri.qualified_name} is of another model")
        entry = manifest.engine.file
        if not 0 < entry.size <= SIZE_CAP_BYTES:
            raise ModelFileError(f"{entry.name} is empty or over the cap of {SIZE_CAP_BYTES} bytes")
        self._keep(uri, folder / entry.name, entry.size, _has_sha256(entry.sha256))
        return folder

    def _keep(
        self, uri: ModelUri, path: Path, most_bytes: int, is_right: Callable[[Path], bool]
    ) -> None:
        """Fetch a file, unless the right one is there."""
        if path.is_file() and path.stat().st_size <= most_bytes and is_right(path):
            return
        self._fetch_or_retry(uri, path, most_bytes, is_right, ATTEMPTS)

    def _fetch_or_retry(
        self,
        uri: ModelUri,
        path: Path,
        most_bytes: int,
        is_right: Callable[[Path], bool],
        attempts: int,
    ) -> None:
        try:
            self._fetch(uri, path, most_bytes, is_right)
        except Exception as error:
            if attempts == 1 or _code_of(error) in _FINAL:
                raise _refusal(path.name, error) from error
            self._fetch_or_retry(uri, path, most_bytes, is_right, attempts - 1)

    def _fetch(
        self, uri: ModelUri, path: Path, most_bytes: int, is_right: Callable[[Path], bool]
    ) -> None:
        """Write a file beside its place, and put it there when it is verified."""
        found = self._client.get_object(Bucket=uri.bucket, Key=uri.key(path.name))
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            part = Path(file.name)
            try:
                for block in _blocks(found["Body"], most_bytes, path.name):
                    file.write(block)
                file.flush()
                if not is_right(part):
                    raise ModelFileError(f"{path.name} has another sha256 than was pinned")
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)


def connect() -> S3Files:
    """With a client of boto3, which Lambda's runtime has."""
    import boto3
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": ATTEMPTS}
    config = Config(connect_timeout=2, read_timeout=5, retries=retries)
    return S3Files(boto3.client("s3", config=config))


def _has_sha256(sha256: str) -> Callable[[Path], bool]:
    return lambda path: sha256_hex(path.read_bytes()) == sha256


def _blocks(body: Any, most_bytes: int, name: str) -> Iterator[bytes]:
    size = 0
    while block := body.read(1024 * 1024):
        size += len(block)
        if size > most_bytes:
            raise ModelFileError(f"{name} is larger than {most_bytes} bytes")
        yield block


def _refusal(name: str, error: Exception) -> ModelFileError:
    if isinstance(error, ModelFileError):
        return error
    return ModelFileError(f"{name} cannot be fetched: {_code_of(error) or type(error).__name__}")


def _code_of(error: Exception) -> str:
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))
