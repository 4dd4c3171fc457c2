"""The tensors of models that are folders: one a column, or one of all."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from model_lambda.columns import Field
from model_lambda.config import Settings
from model_lambda.engines import Output
from model_lambda.engines.arrays import asked_lists
from model_lambda.manifest import read_manifest
from model_lambda.model_manager import ModelManager
from model_lambda.packaged_model import PackagedModel
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request
from tests.unit.model_folders import REFERENCE

TABLE = read_manifest(REFERENCE)
NUMBERS = tuple(Field(name, "number", minimum=0.0, maximum=9.0) for name in ("x", "y"))
ARRAY = TABLE._replace(layout="array", fields=NUMBERS)
ONE_ARRAY = TABLE._replace(
    layout="array", fields=(Field("pixels", "array", minimum=0.0, maximum=9.0, length=2),)
)


class FirstLabel:
    """The first label for every row, for certain."""

    def run(
        self,
        _columns: Mapping[str, Sequence[Any]],
        row_count: int,
        outputs: Sequence[Output],
        unasked: Sequence[Output] = (),
    ) -> list[list[Any]]:
        """As engines do it."""
        arrays = [np.array(["Adelie"] * row_count), np.eye(3, dtype=np.float32)[[0] * row_count]]
        return asked_lists(outputs, unasked, arrays, row_count)


def infer(manifest: Any, *inputs: Any) -> tuple[int, dict[str, Any]]:
    """Status and document of an inference."""
    application = Application(
        Services(ModelManager([PackagedModel(manifest, FirstLabel())]), Settings())
    )
    body = json.dumps({"inputs": inputs, "outputs": [{"name": "label"}]})
    response = application.respond(Request("POST", "/v2/models/penguins/infer", body=body))
    return response.status, json.loads(response.body)


def features(*shape: int, data: Any) -> dict[str, Any]:
    return {"name": "features", "shape": shape, "datatype": "FP32", "data": data}


def column(name: str, row_count: int) -> dict[str, Any]:
    """A tensor that fits the field, or does not, of that many rows."""
    return {"name": name, "shape": [row_count], "datatype": "FP32", "data": [40.0] * row_count}


@pytest.mark.parametrize("manifest", [ARRAY, ONE_ARRAY])
@pytest.mark.parametrize("data", [[1, 2, 3, 4], [[1, 2], [3, 4]]])
def test_a_matrix_is_taken_flat_and_by_rows(manifest: Any, data: Any) -> None:
    status, document = infer(manifest, features(2, 2, data=data))
    assert (status, document["outputs"][0]["data"]) == (200, ["Adelie", "Adelie"])


@pytest.mark.parametrize("manifest", [ARRAY, ONE_ARRAY])
@pytest.mark.parametrize(
    ("data", "place"), [([1, 2, 3, 10], "data/3"), ([[1, 2], [3, 10]], "data/1/1")]
)
def test_an_element_that_is_refused_is_named_by_its_place(
    manifest: Any, data: Any, place: str
) -> None:
    status, document = infer(manifest, features(2, 2, data=data))
    assert status == 400
    assert f"/inputs/0/{place}" in document["error"]


@pytest.mark.parametrize(
    ("manifest", "inputs", "reason"),
    [
        (ARRAY, [], "/inputs: Not a list of one tensor."),
        (TABLE, [column("bill_length_mm", 1)] * 7, "/inputs: Not a list of tensors of this model."),
        (
            TABLE,
            [column("bill_length_mm", 1), column("bill_depth_mm", 2)],
            "/inputs: Not as many rows in each tensor.",
        ),
        (
            ARRAY,
            [features(2, 2, data=[[1, 2], [3]])],
            "/inputs/0/data: Neither flat nor a list of rows of 2 elements.",
        ),
    ],
)
def test_tensors_that_do_not_fit_are_refused_with_the_reason(
    manifest: Any, inputs: Any, reason: str
) -> None:
    status, document = infer(manifest, *inputs)
    assert (status, document["error"].endswith(reason)) == (400, True), document
