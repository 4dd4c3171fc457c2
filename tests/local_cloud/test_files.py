"""Files and models in a real bucket, read and written by the client that Lambda has."""

import gzip

import pytest

from deploy.publish_model import upload
from deploy.stack import client
from deploy.target import Target
from model_lambda.config import Settings
from model_lambda.event_sources.object_storage import ObjectStorage
from model_lambda.lambda_function import create_handler
from tests.unit.model_folders import REFERENCE

pytestmark = pytest.mark.slow
HEADER = "sepal_length,sepal_width,petal_length,petal_width"
ROWS = 300_000
KEY = "in/iris_model/gr\u00fc\u00dfe + 1.csv"


def test_files_of_a_bucket_are_scored_once_and_in_parts(target: Target) -> None:
    s3 = client(target, "s3")
    s3.create_bucket(
        Bucket="files",
        CreateBucketConfiguration={"LocationConstraint": target.environment["AWS_REGION"]},
    )
    content = f"{HEADER}\n" + ROWS * "5.1,3.5,1.4,0.2\n"
    s3.put_object(Bucket="files", Key=KEY, Body=content.encode())
    s3.put_object(Bucket="files", Key="in/iris_model/b.csv.gz", Body=gzip.compress(b"nonsense"))
    settings = Settings(files_bucket="files", results_prefix="out/")
    handler = create_handler(settings, storage=ObjectStorage(s3, "files"))
    assert handler({"batch": True}, None) == {"refused": 1, "scored": 1}
    assert handler({"batch": True}, None) == {"known": 2}
    result = s3.get_object(Bucket="files", Key=KEY.replace("in/", "out/"))["Body"].read().decode()
    scored = ROWS * "5.1,3.5,1.4,0.2,setosa,\n"
    assert result == f"{HEADER},species,error\n{scored}"
    assert not s3.list_multipart_uploads(Bucket="files").get("Uploads")


def test_a_model_is_uploaded_and_loaded_from_there(target: Target) -> None:
    s3 = client(target, "s3")
    s3.create_bucket(
        Bucket="models",
        CreateBucketConfiguration={"LocationConstraint": target.environment["AWS_REGION"]},
    )
    uri = upload(s3, REFERENCE, "models")
    assert uri.qualified_name == "penguins"
