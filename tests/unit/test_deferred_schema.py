import os
import subprocess
import sys
from pathlib import Path

from model_lambda.deferred_schema import DeferredSchema
from model_lambda.models.iris.schemas import IrisInputSchema

PROJECT = Path(__file__).resolve().parents[2]
CODE = """
import sys
from model_lambda.models.iris.iris_model import IrisModel
assert "marshmallow" not in sys.modules
assert list(IrisModel.input_schema.fields)[0] == "sepal_length"
assert "marshmallow" in sys.modules
"""


class Declaring:
    schema = DeferredSchema("model_lambda.models.iris.schemas.IrisInputSchema")


def test_it_reads_as_an_instance_of_the_named_schema() -> None:
    assert type(Declaring.schema) is IrisInputSchema
    assert Declaring().schema is Declaring.schema


def test_it_is_imported_when_it_is_first_read() -> None:
    environment = {"PATH": os.defpath, "PYTHONPATH": str(PROJECT)}
    subprocess.run([sys.executable, "-c", CODE], env=environment, check=True, timeout=120)
