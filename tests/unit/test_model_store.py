"""Models that come from S3: the pinned bytes, or none."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from model_lambda import model_store
from model_lambda.config import Settings
from model_lambda.errors import ConfigurationError, ManifestError, ModelFileError
from model_lambda.lambda_function import create_application
from model_lambda.model_files import MANIFEST_NAME, manifest_sha256
from model_lambda.model_store import ATTEMPTS, ModelUri, S3Files, read_model_uri
from model_lambda.packaged_model import load_packaged_model
from tests.unit.fake_s3 import BUCKET, FakeS3, FakeS3Error
from tests.unit.model_folders import REFERENCE

FILE = "penguins.onnx"


def stored(s3: FakeS3, manifest: bytes | None = None, name: str = "penguins") -> ModelUri:
    """The reference model in a bucket, with another manifest if one is given."""
    content = manifest or (REFERENCE / MANIFEST_NAME).read_bytes()
    uri = ModelUri(BUCKET, "models/", name, sha256(content).hexdigest())
    s3.put(uri.key(MANIFEST_NAME), content)
    s3.put(uri.key(FILE), (REFERENCE / FILE).read_bytes())
    return uri


@pytest.fixture
def s3() -> FakeS3:
    return FakeS3()


def test_a_model_is_fetched_verified_and_loaded_as_a_packaged_one(
    s3: FakeS3, tmp_path: Path
) -> None:
    folder = S3Files(s3, tmp_path).folder(stored(s3))
    assert folder.parent.name == "penguins"
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST_NAME, FILE]
    assert load_packaged_model(folder).qualified_name == "penguins"


def test_what_is_there_already_is_not_fetched_again(s3: FakeS3, tmp_path: Path) -> None:
    uri = stored(s3)
    S3Files(s3, tmp_path).folder(uri)
    s3.calls.clear()
    S3Files(s3, tmp_path).folder(uri)
    assert s3.calls == []


@pytest.mark.parametrize("name", [MANIFEST_NAME, FILE])
@pytest.mark.parametrize("damage", [b"", b"other", b"\0" * 10_000_000])
def test_what_is_damaged_there_is_fetched_again(
    s3: FakeS3, tmp_path: Path, name: str, damage: bytes
) -> None:
    files, uri = S3Files(s3, tmp_path), stored(s3)
    path = files.folder(uri) / name
    path.write_bytes(damage)
    files.folder(uri)
    assert path.read_bytes() == (REFERENCE / name).read_bytes()


@pytest.mark.parametrize("name", [MANIFEST_NAME, FILE])
@pytest.mark.parametrize("content", [b"", b"other", b"\x80\x04N.", b"\0" * 20_000_000])
def test_other_bytes_than_the_pinned_are_refused_and_not_kept(
    s3: FakeS3, tmp_path: Path, name: str, content: bytes
) -> None:
    uri = stored(s3)
    s3.put(uri.key(name), content)
    with pytest.raises(ModelFileError, match=f"{name} (has another sha256|is larger)"):
        S3Files(s3, tmp_path).folder(uri)
    folder = tmp_path / uri.qualified_name / uri.sha256
    assert name not in [path.name for path in folder.iterdir()]
    assert [path for path in folder.iterdir() if path.name.startswith("tmp")] == []


def failing(*codes: str) -> Any:
    left = list(codes)

    def before(method: str, request: Mapping[str, Any]) -> None:
        if left:
            raise FakeS3Error(left.pop(0))

    return before


def test_a_failure_of_the_moment_is_tried_again(s3: FakeS3, tmp_path: Path) -> None:
    uri = stored(s3)
    s3.before = failing("SlowDown", "InternalError")
    S3Files(s3, tmp_path).folder(uri)
    assert s3.calls == 4 * ["get_object"]


@pytest.mark.parametrize(
    ("code", "attempts"), [("SlowDown", ATTEMPTS), ("NoSuchKey", 1), ("AccessDenied", 1)]
)
def test_attempts_are_bounded_and_what_is_final_is_tried_once(
    s3: FakeS3, tmp_path: Path, code: str, attempts: int
) -> None:
    uri = stored(s3)
    s3.before = failing(*9 * [code])
    with pytest.raises(ModelFileError, match=f"manifest.json cannot be fetched: {code}"):
        S3Files(s3, tmp_path).folder(uri)
    assert len(s3.calls) == attempts


def test_a_manifest_of_another_model_is_refused(s3: FakeS3, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="of another model"):
        S3Files(s3, tmp_path).folder(stored(s3, name="churn"))


def test_a_file_over_the_cap_is_refused_before_it_is_fetched(s3: FakeS3, tmp_path: Path) -> None:
    document = json.loads((REFERENCE / MANIFEST_NAME).read_bytes())
    document["files"]["onnx"]["size"] = 2**40
    document["sha256"] = manifest_sha256(document)
    uri = stored(s3, json.dumps(document).encode())
    with pytest.raises(ModelFileError, match="over the cap"):
        S3Files(s3, tmp_path).folder(uri)
    assert s3.calls == ["get_object"]


@pytest.mark.parametrize(
    "text",
    [
        "s3://bucket/models/churn/",
        f"https://bucket/churn/{'a' * 64}/",
        f"s3://bucket/{'a' * 64}/",
        f"s3://bucket/../churn/{'A' * 64}/",
        f"s3://bucket/models/../{'a' * 64}/",
        "",
    ],
)
def test_what_is_no_uri_of_a_pinned_model_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="MODEL_URI"):
        read_model_uri(text)


def test_a_uri_may_do_without_prefix_and_last_slash() -> None:
    digest = "a" * 64
    assert read_model_uri(f"s3://bucket/churn/{digest}") == ModelUri("bucket", "", "churn", digest)


@pytest.mark.parametrize("packaged", [(), ("iris_model",)])
def test_the_function_serves_what_its_settings_name_or_does_not_start(
    packaged: tuple[str, ...], s3: FakeS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = stored(s3)
    monkeypatch.setattr(model_store, "connect", lambda: S3Files(s3, tmp_path))
    text = f"s3://{BUCKET}/{uri.prefix}{uri.qualified_name}/{uri.sha256}/"
    served = create_application(Settings(models=packaged, model_uri=(text,))).services.models
    assert [model["qualified_name"] for model in served.get_models()] == ["iris_model", "penguins"]
    s3.objects.clear()
    (tmp_path / "penguins" / uri.sha256 / FILE).write_bytes(b"other")
    with pytest.raises(ModelFileError, match="cannot be fetched: NoSuchKey"):
        create_application(Settings(model_uri=(text,)))
