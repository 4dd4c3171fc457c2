"""Exported models of every kind under /v2."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from model_lambda.config import Settings
from model_lambda.model_manager import ModelManager
from model_lambda.packaged_model import PackagedModel, load_packaged_model
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request
from training.report import ExportReport

Exported = Callable[[str], ExportReport]

# Of each kind, the first inputs and all outputs of the metadata: name, datatype, shape.
TENSORS: dict[str, tuple[list[Any], list[Any]]] = {
    "mixed_table": (
        [("contract", "BYTES", [-1]), ("tenure", "INT64", [-1]), ("age", "FP64", [-1])],
        [("label", "BYTES", [-1]), ("probabilities", "FP32", [-1, 2])],
    ),
    "regression": ([("age", "FP64", [-1])], [("target", "FP64", [-1])]),
    "text": (
        [("text", "BYTES", [-1])],
        [("label", "BYTES", [-1]), ("probabilities", "FP32", [-1, 2])],
    ),
    "booster": (
        [("age", "FP64", [-1])],
        [("label", "INT64", [-1]), ("probabilities", "FP32", [-1, 2])],
    ),
    "digits": (
        [("features", "FP32", [-1, 64])],
        [("label", "INT64", [-1]), ("probabilities", "FP32", [-1, 10])],
    ),
    "clusters": (
        [("alcohol", "FP64", [-1])],
        [("cluster", "INT64", [-1]), ("distances", "FP32", [-1, 3])],
    ),
    "outliers": (
        [("alcohol", "FP64", [-1])],
        [("inlier", "BOOL", [-1]), ("score", "FP32", [-1])],
    ),
    "components": ([("alcohol", "FP64", [-1])], [("values", "FP32", [-1, 2])]),
    "multilabel": (
        [("alcohol", "FP64", [-1])],
        [("labels", "BOOL", [-1, 2]), ("probabilities", "FP32", [-1, 2])],
    ),
    "two_targets": (
        [("age", "FP64", [-1])],
        [("value_1", "FP64", [-1]), ("value_2", "FP64", [-1])],
    ),
}


def ask(model: PackagedModel, method: str, path: str, document: Any = None) -> tuple[int, Any]:
    """The status and document that answer a request to a model."""
    application = Application(Services(ModelManager([model]), Settings()))
    body = None if document is None else json.dumps(document)
    path = f"/v2/models/{model.qualified_name}{path}"
    response = application.respond(Request(method, path, body=body))
    return response.status, json.loads(response.body)


def tensors_of(model: PackagedModel, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The tensors of rows, as the model's metadata describes them."""
    _, metadata = ask(model, "GET", "")
    tensors = []
    for one in metadata["inputs"]:
        name, shape = one["name"], [len(rows), *one["shape"][1:]]
        if model.manifest.layout == "array":
            data = [number for row in rows for value in row.values() for number in value]
        else:
            data = [row[name] for row in rows]
        tensors.append({**one, "name": name, "shape": shape, "data": data})
    return tensors


@pytest.mark.parametrize("kind", TENSORS)
def test_the_metadata_names_the_tensors(exported: Exported, kind: str) -> None:
    status, metadata = ask(load_packaged_model(exported(kind).folder), "GET", "")
    assert (status, metadata["versions"], metadata["platform"]) == (200, ["1.0"], "onnx_onnxv1")
    inputs, outputs = (
        [(one["name"], one["datatype"], one["shape"]) for one in metadata[side]]
        for side in ("inputs", "outputs")
    )
    assert inputs[: len(TENSORS[kind][0])] == TENSORS[kind][0]
    assert outputs == TENSORS[kind][1]


@pytest.mark.parametrize("kind", ["mixed_table", "digits", "two_targets", "components"])
def test_no_rows_are_answered_with_tensors_of_no_rows(exported: Exported, kind: str) -> None:
    model = load_packaged_model(exported(kind).folder)
    status, answer = ask(model, "POST", "/infer", {"inputs": tensors_of(model, [])})
    assert (status, {one["shape"][0] for one in answer["outputs"]}) == (200, {0})
    assert all(one["data"] == [] for one in answer["outputs"])


def test_only_the_outputs_that_are_asked_for_are_given(exported: Exported) -> None:
    model = load_packaged_model(exported("mixed_table").folder)
    inputs = tensors_of(model, [model.manifest.golden_predictions[0].row])
    asked = {"id": "7", "inputs": inputs, "outputs": [{"name": "probabilities"}]}
    status, answer = ask(model, "POST", "/versions/1.0/infer", asked)
    assert (status, answer["id"], len(answer["outputs"])) == (200, "7", 1)
    assert ask(model, "POST", "/versions/1.1/infer", asked)[0] == 404


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": "colour"}, "/inputs/0/name: Not the name of an input"),
        ({"datatype": "FP32"}, "/inputs/0/datatype: Not one of BYTES."),
        ({"shape": [2]}, "/inputs/0/data: Not as many elements as the shape says."),
        ({"shape": [1, 2]}, "/inputs/0/shape: Not [n, 1] with n of at least 0."),
        ({"data": "monthly"}, "/inputs/0/data: Not a list."),
        ({"data": ["weekly"]}, "/inputs/0/data/0: Must be one of: monthly, yearly."),
        ({"data": [None]}, "/inputs/0/data/0: Field may not be null."),
        ({"data": [["monthly", "yearly"]]}, "/inputs/0/data: Neither flat nor a list of rows"),
    ],
)
def test_a_tensor_that_the_model_does_not_take_is_refused(
    exported: Exported, change: dict[str, Any], reason: str
) -> None:
    model = load_packaged_model(exported("mixed_table").folder)
    inputs = tensors_of(model, [model.manifest.golden_predictions[0].row])
    inputs[0] |= change
    status, answer = ask(model, "POST", "/infer", {"inputs": inputs})
    assert status == 400
    assert reason in answer["error"]


def test_a_whole_number_is_not_given_a_fraction_and_no_column_is_forgotten(
    exported: Exported,
) -> None:
    model = load_packaged_model(exported("mixed_table").folder)
    inputs = tensors_of(model, [model.manifest.golden_predictions[0].row])
    inputs[1]["data"] = [3.7]
    status, answer = ask(model, "POST", "/infer", {"inputs": inputs})
    assert (status, "Not all whole numbers" in answer["error"]) == (400, True)
    status, answer = ask(model, "POST", "/infer", {"inputs": inputs[2:]})
    assert status == 400
    assert "/inputs: contract: Missing data for required field." in answer["error"]


def test_an_element_of_an_array_is_named(exported: Exported) -> None:
    model = load_packaged_model(exported("digits").folder)
    inputs = tensors_of(model, [model.manifest.golden_predictions[0].row] * 2)
    inputs[0]["data"][64 + 5] = "x"
    status, answer = ask(model, "POST", "/infer", {"inputs": inputs})
    assert (status, "/inputs/0/data/69: Not a valid number." in answer["error"]) == (400, True)
