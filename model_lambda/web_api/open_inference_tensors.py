"""Reads the tensors of an inference request and writes those of its response, as JSON.

Nothing is converted on the way in: a number is a JSON number, a whole number one whose fraction
is zero, and the data has exactly the shape that the request says.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from model_lambda.ml_model import ClassifierModel, rounded_probabilities
from model_lambda.model_runtimes import Classes
from model_lambda.web_api.open_inference_objects import (
    read_members,
    read_output_names,
    read_request_members,
    refuse,
)

INPUT_NAME = "features"
OUTPUT_NAMES = ("label", "probabilities")

# As written, numbers are compared with the schema's bounds in float64, whatever the datatype.
_STORED_AS: Mapping[str, DTypeLike] = {"FP32": np.float64, "FP64": np.float64, "INT64": np.int64}
_JSON_TYPES: Mapping[str, frozenset[type]] = {
    "FP32": frozenset((float, int)),
    "FP64": frozenset((float, int)),
    "INT64": frozenset((int,)),
}
_DATA_POINTER = "/inputs/0/data"


class FeatureTensor(NamedTuple):
    """The input tensor.

    Attributes:
        values: (n, n_features), not yet compared with the model's schema.
        is_nested: whether the client wrote a list a row, and not one flat list.
    """

    values: NDArray[np.float64]
    is_nested: bool

    def pointer(self, row: int, column: int) -> str:
        """Where in the request one element stands."""
        return _element_pointer(row, column, self.values.shape[1], self.is_nested)

    def as_float32(self) -> NDArray[np.float32]:
        """The values as the model takes them.

        Raises:
            SchemaError: one of them is not finite in float32.
        """
        with np.errstate(over="ignore"):
            features = self.values.astype(np.float32)
        if not np.isfinite(features).all():
            refuse(_DATA_POINTER, "A number is too large for FP32.")
        return features


class InferenceRequest(NamedTuple):
    """What a client asks for; ``id`` is None if it gave none."""

    id: str | None
    tensor: FeatureTensor
    output_names: Sequence[str]


def read_inference_request(document: Any, model: ClassifierModel) -> InferenceRequest:
    """Read the request for a model.

    Raises:
        SchemaError: it is not what the protocol or the model's metadata asks for.
    """
    members = read_request_members(document, model)
    return InferenceRequest(
        members.get("id"),
        _read_input(members["inputs"], len(model.feature_names)),
        read_output_names(members.get("outputs", []), OUTPUT_NAMES),
    )


def describe_inputs(model: ClassifierModel) -> list[dict[str, Any]]:
    """The metadata of the input tensor."""
    return [_description(INPUT_NAME, "FP32", [-1, len(model.feature_names)])]


def describe_outputs(model: ClassifierModel) -> list[dict[str, Any]]:
    """The metadata of the output tensors."""
    label, probabilities = OUTPUT_NAMES
    return [
        _description(label, "BYTES", [-1]),
        _description(probabilities, "FP32", [-1, len(model.labels)]),
    ]


def write_outputs(
    model: ClassifierModel, classes: Classes, names: Sequence[str]
) -> list[dict[str, Any]]:
    """Write the named outputs of n rows, in the order of the names, each as one flat list."""
    data = {
        "label": model.labels_of(classes),
        "probabilities": rounded_probabilities(classes).ravel().tolist(),
    }
    described = {output["name"]: output for output in describe_outputs(model)}
    row_count = len(classes.indices)
    return [
        described[name] | {"shape": [row_count, *described[name]["shape"][1:]], "data": data[name]}
        for name in names
    ]


def _description(name: str, datatype: str, shape: list[int]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape}


def _read_input(inputs: Any, column_count: int) -> FeatureTensor:
    if type(inputs) is not list or len(inputs) != 1:
        refuse("/inputs", "Not a list of one tensor.")
    required = ("name", "shape", "datatype", "data")
    members = read_members(inputs[0], "/inputs/0", "an input tensor", required)
    if members["name"] != INPUT_NAME:
        refuse("/inputs/0/name", "Not the name of an input of this model.")
    datatype = members["datatype"]
    if type(datatype) is not str or datatype not in _STORED_AS:
        refuse("/inputs/0/datatype", f"Not one of {', '.join(_STORED_AS)}.")
    row_count = _read_row_count(members["shape"], column_count)
    return _read_data(members["data"], datatype, row_count, column_count)


def _read_row_count(shape: Any, column_count: int) -> int:
    if (
        type(shape) is not list
        or set(map(type, shape)) != {int}
        or shape[0] < 0
        or shape[1:] != [column_count]
    ):
        refuse("/inputs/0/shape", f"Not [n, {column_count}] with n of at least 0.")
    row_count: int = shape[0]
    return row_count


def _read_data(data: Any, datatype: str, row_count: int, column_count: int) -> FeatureTensor:
    if type(data) is not list:
        refuse(_DATA_POINTER, "Not a list.")
    is_nested = len(data) > 0 and type(data[0]) is list
    numbers = _flattened(data, column_count) if is_nested else data
    # Compared as Python's integers: no product is too large for them.
    if len(numbers) != row_count * column_count:
        refuse(_DATA_POINTER, "Not as many numbers as the shape says.")
    _check_json_types(numbers, datatype, column_count, is_nested)
    return FeatureTensor(_to_array(numbers, datatype).reshape(row_count, column_count), is_nested)


def _flattened(rows: list[Any], column_count: int) -> list[Any]:
    if set(map(type, rows)) != {list} or set(map(len, rows)) != {column_count}:
        refuse(_DATA_POINTER, f"Neither flat nor a list of rows of {column_count} numbers.")
    return list(chain.from_iterable(rows))


def _check_json_types(
    numbers: list[Any], datatype: str, column_count: int, is_nested: bool
) -> None:
    allowed = _JSON_TYPES[datatype]
    # Exact types: a boolean is an int too.
    if set(map(type, numbers)) <= allowed:
        return
    index = next((i for i, number in enumerate(numbers) if not _is_of(number, allowed)), None)
    if index is not None:
        pointer = _element_pointer(*divmod(index, column_count), column_count, is_nested)
        refuse(pointer, "Not a valid number." if float in allowed else "Not a valid whole number.")


def _is_of(number: Any, allowed: frozenset[type]) -> bool:
    """Whether an element fits the datatype; JSON Schema counts 3.0 among the integers."""
    return type(number) in allowed or (type(number) is float and number.is_integer())


def _to_array(numbers: list[Any], datatype: str) -> NDArray[np.float64]:
    try:
        return np.array(numbers, dtype=_STORED_AS[datatype]).astype(np.float64, copy=False)
    except OverflowError:
        refuse(_DATA_POINTER, f"A number is too large for {datatype}.")


def _element_pointer(row: int, column: int, column_count: int, is_nested: bool) -> str:
    place = f"{row}/{column}" if is_nested else f"{row * column_count + column}"
    return f"{_DATA_POINTER}/{place}"
