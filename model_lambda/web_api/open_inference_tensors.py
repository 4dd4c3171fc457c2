"""Reads the tensors of an inference request and writes those of its response, as JSON.

Nothing is converted on the way in: a number is a JSON number, a whole number one whose fraction
is zero, and the data has exactly the shape that the request says.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from model_lambda.ml_model import ClassifierModel
from model_lambda.tasks import PROBABILITIES, Prediction
from model_lambda.web_api.open_inference_objects import (
    read_members,
    read_output_names,
    read_request_members,
    refuse,
)

INPUT_NAME = "features"
OUTPUT_NAMES = ("label", PROBABILITIES)

_JSON_TYPES: Mapping[str, frozenset[type]] = {
    "FP32": frozenset((float, int)),
    "FP64": frozenset((float, int)),
    "INT64": frozenset((int,)),
}
_INT64 = (-(2**63), 2**63 - 1)
_DATA_POINTER = "/inputs/0/data"


class FeatureTensor(NamedTuple):
    """The input tensor.

    Attributes:
        values: of n rows of `width` features, one row after the other, not yet judged.
        is_nested: whether the client wrote a list a row, and not one flat list.
    """

    values: Sequence[float]
    width: int
    is_nested: bool

    def rows(self, names: Sequence[str]) -> list[dict[str, float]]:
        """The rows, as under /api."""
        values = iter(self.values)
        return [
            dict(zip(names, cells, strict=True))
            for cells in zip(*[values] * self.width, strict=True)
        ]

    def pointer(self, row: int, column: int) -> str:
        """Where in the request one element stands."""
        return _element_pointer(row, column, self.width, self.is_nested)


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
    model: ClassifierModel, predictions: Sequence[Prediction], names: Sequence[str]
) -> list[dict[str, Any]]:
    """Write the named outputs of n rows, in the order of the names, each as one flat list."""
    described = {output["name"]: output for output in describe_outputs(model)}
    row_count = len(predictions)
    return [
        described[name]
        | {
            "shape": [row_count, *described[name]["shape"][1:]],
            "data": _elements(model, predictions, name),
        }
        for name in names
    ]


def _elements(model: ClassifierModel, predictions: Sequence[Prediction], name: str) -> list[Any]:
    if name == PROBABILITIES:
        labels = model.labels
        return [one[PROBABILITIES][label] for one in predictions for label in labels]
    return [one[model.label_field] for one in predictions]


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
    if type(datatype) is not str or datatype not in _JSON_TYPES:
        refuse("/inputs/0/datatype", f"Not one of {', '.join(_JSON_TYPES)}.")
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
    return FeatureTensor(_to_floats(numbers, datatype), column_count, is_nested)


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


def _to_floats(numbers: list[Any], datatype: str) -> list[float]:
    """As written: they are compared with the schema's bounds in float64, whatever the datatype."""
    if (
        datatype == "INT64"
        and numbers
        and not _INT64[0] <= min(numbers) <= max(numbers) <= _INT64[1]
    ):
        refuse(_DATA_POINTER, "A number is too large for INT64.")
    try:
        return list(map(float, numbers))
    except OverflowError:
        refuse(_DATA_POINTER, f"A number is too large for {datatype}.")


def _element_pointer(row: int, column: int, column_count: int, is_nested: bool) -> str:
    place = f"{row}/{column}" if is_nested else f"{row * column_count + column}"
    return f"{_DATA_POINTER}/{place}"
