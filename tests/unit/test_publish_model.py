"""A model is put into service without a deployment, or nothing changes."""

import json
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from deploy.commands import DeployError
from deploy.publish_model import folder_of, put_into_service, take_back, upload
from model_lambda.model_files import MANIFEST_NAME
from model_lambda.model_store import ModelUri, S3Files
from tests.unit.fake_s3 import BUCKET, FakeS3
from tests.unit.model_folders import REFERENCE

OLD = f"s3://{BUCKET}/models/churn/{'a' * 64}/"
NEW = ModelUri(BUCKET, "models/", "penguins", "b" * 64)
PIN = f"s3://{BUCKET}/models/penguins/{'b' * 64}/"


class FakeFunctions:
    """A function's configuration; what it is asked with a pin of `refused` fails."""

    def __init__(self, refused: str = "never", **variables: str) -> None:
        self.variables = variables
        self.refused = refused
        self.revisions: list[str | None] = []

    def get_function_configuration(self, **request: Any) -> dict[str, Any]:
        return {"Environment": {"Variables": dict(self.variables)}, "RevisionId": "7"}

    def update_function_configuration(self, **request: Any) -> None:
        self.variables = request["Environment"]["Variables"]
        self.revisions.append(request.get("RevisionId"))

    def get_waiter(self, name: str) -> "FakeFunctions":
        return self

    def wait(self, **request: Any) -> None:
        """It is done."""

    def invoke(self, **request: Any) -> dict[str, Any]:
        assert json.loads(request["Payload"]) == {"warmup": True}
        if self.refused not in self.variables["MODEL_URI"]:
            return {"Payload": BytesIO(b"null")}
        reason = json.dumps({"errorMessage": "penguins predicts otherwise"}).encode()
        return {"FunctionError": "Unhandled", "Payload": BytesIO(reason)}


def test_a_model_is_uploaded_under_its_hash_and_can_be_fetched(tmp_path: Path) -> None:
    s3 = FakeS3()
    uri = upload(Plain(s3), REFERENCE, BUCKET)
    folder = S3Files(s3, tmp_path).folder(uri)
    for path in REFERENCE.iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()


class Plain:
    """A bucket that takes what its owner puts there."""

    def __init__(self, s3: FakeS3) -> None:
        self.get_object = s3.get_object
        self._s3 = s3

    def put_object(self, **request: Any) -> None:
        self._s3.put(request["Key"], request["Body"].read())


def test_a_damaged_model_is_not_uploaded(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(REFERENCE, tmp_path / "penguins" / "1.0"))
    (folder / "penguins.onnx").write_bytes(b"other")
    s3 = FakeS3()
    with pytest.raises(DeployError, match="penguins is not published"):
        upload(Plain(s3), folder, BUCKET)
    assert s3.objects == {}


def test_a_pin_takes_the_place_of_the_former_one_of_the_same_model() -> None:
    former = PIN.replace("b" * 64, "c" * 64)
    functions = FakeFunctions(OTHER="kept", MODEL_URI=f"{former},{OLD}")
    put_into_service(functions, "function", NEW)
    assert functions.variables == {
        "OTHER": "kept",
        "MODEL_URI": f"{OLD},{PIN}",
        "MODEL_URI_BEFORE": f"{former},{OLD}",
    }
    assert functions.revisions == ["7"]


def test_a_model_with_which_the_function_does_not_start_is_taken_back() -> None:
    functions = FakeFunctions(refused="penguins", MODEL_URI=OLD)
    with pytest.raises(DeployError, match=r"serves what it did before.*predicts otherwise"):
        put_into_service(functions, "function", NEW)
    assert functions.variables == {"MODEL_URI": OLD}


def test_the_way_back_is_the_same() -> None:
    functions = FakeFunctions()
    put_into_service(functions, "function", NEW)
    take_back(functions, "function")
    assert functions.variables == {"MODEL_URI": "", "MODEL_URI_BEFORE": PIN}
    take_back(functions, "function")
    assert functions.variables["MODEL_URI"] == PIN


def test_without_a_change_there_is_no_way_back() -> None:
    with pytest.raises(DeployError, match="nothing was published"):
        take_back(FakeFunctions(), "function")


def test_the_newest_version_is_published_unless_one_is_named(tmp_path: Path) -> None:
    for version in ("1.9", "1.10"):
        (tmp_path / "churn" / version).mkdir(parents=True)
        (tmp_path / "churn" / version / MANIFEST_NAME).touch()
    assert folder_of("churn", None, tmp_path).name == "1.10"
    assert folder_of("churn", "1.9", tmp_path).name == "1.9"
    with pytest.raises(DeployError, match=r"there is no exported model churn 2\.0"):
        folder_of("churn", "2.0", tmp_path)
