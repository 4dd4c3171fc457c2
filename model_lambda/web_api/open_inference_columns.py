"""The tensors of a packaged model: `features` if it was fitted on an array, else one a field.

Nothing is converted on the way in: tensors become columns of rows, which are judged as under /api.
A null stands for a missing value where the field may have one.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, cast

from model_lambda.columns import Columns, Field, Matrix
from model_lambda.errors import FieldError
from model_lambda.packaged_model import PackagedModel
from model_lambda.row_checks import pointer
from model_lambda.tasks import PredictionColumns
from model_lambda.web_api.open_inference_objects import (
    read_members,
    read_output_names,
    read_request_members,
    refuse,
)

FEATURES = "features"
_NUMBERS = ("FP64", "FP32", "INT64")
# Of each type of field, the datatypes that are read; the first is the one in the metadata.
_DATATYPES: Mapping[str, Sequence[str]] = {
    "number": _NUMBERS,
    "integer": ("INT64", "FP64", "FP32"),
    "boolean": ("BOOL",),
    "category": ("BYTES",),
    "text": ("BYTES",),
    "array": _NUMBERS,
}
_LABEL_DATATYPES = {str: "BYTES", int: "INT64", bool: "BOOL"}


class TensorType(NamedTuple):
    """A tensor of a model: n rows of `width` elements, or n elements if that is None."""

    name: str
    datatypes: Sequence[str]
    width: int | None

    def describe(self, row_count: int = -1) -> dict[str, Any]:
        """Its metadata, or that of n rows."""
        shape = [row_count] if self.width is None else [row_count, self.width]
        return {"name": self.name, "datatype": self.datatypes[0], "shape": shape}


class RowsRequest(NamedTuple):
    """What a client asks for.

    Attributes:
        columns: of the rows, not yet judged.
        error_in_request: places a row's reason in the request.
    """

    id: str | None
    columns: Columns
    output_names: Sequence[str]
    error_in_request: Callable[[int, FieldError], FieldError]


def input_types(model: PackagedModel) -> list[TensorType]:
    """The tensors that a model takes."""
    fields = model.manifest.fields
    if model.manifest.layout != "array":
        return [_field_type(field) for field in fields]
    width = fields[0].length if fields[0].type == "array" else len(fields)
    return [TensorType(FEATURES, ("FP32", "FP64", "INT64"), width)]


def output_types(model: PackagedModel) -> list[TensorType]:
    """The tensors that a model gives."""
    answer = model.manifest.answer
    label = _LABEL_DATATYPES[type(answer.labels[0])] if answer.labels else "INT64"
    types: Mapping[str, list[TensorType]] = {
        "classification": [TensorType("label", (label,), None)],
        "regression": [TensorType(name, ("FP64",), None) for name in answer.names],
        "multilabel": [TensorType("labels", ("BOOL",), len(answer.labels))],
        "clustering": [TensorType("cluster", ("INT64",), None)],
        "outlier_detection": [
            TensorType("inlier", ("BOOL",), None),
            TensorType("score", ("FP32",), None),
        ],
        "transformation": [TensorType("values", ("FP32",), len(answer.names))],
    }
    asked = (
        [TensorType(model.on_request, ("FP32",), len(answer.labels))] if model.on_request else []
    )
    return types[model.task] + asked


def read_rows_request(document: Any, model: PackagedModel) -> RowsRequest:
    """Read the request for a model.

    Raises:
        SchemaError: it is not what the protocol or the model's metadata asks for.
    """
    members = read_request_members(document, model)
    known = [one.name for one in output_types(model)]
    names = read_output_names(members.get("outputs", []), known)
    types = {one.name: one for one in input_types(model)}
    tensors = _read_tensors(members["inputs"], types)
    fields = model.manifest.fields
    if model.manifest.layout == "array":
        columns, locate = _columns_of_matrix(tensors[FEATURES], fields)
    else:
        columns, locate = _columns_of_tensors(tensors, fields)
    return RowsRequest(members.get("id"), columns, names, locate)


def write_outputs(
    model: PackagedModel, predictions: PredictionColumns, row_count: int, names: Sequence[str]
) -> list[dict[str, Any]]:
    """Write the named outputs of n answers, in the order of the names, each as one flat list."""
    types = {one.name: one for one in output_types(model)}
    return [
        types[name].describe(row_count) | {"data": _elements(model, predictions, name)}
        for name in names
    ]


def _elements(model: PackagedModel, predictions: PredictionColumns, name: str) -> Sequence[Any]:
    answer = model.manifest.answer
    if name == model.on_request:
        return list(chain.from_iterable(predictions[name]))
    if model.task == "multilabel":
        rows = predictions[answer.names[0]]
        return [label in row for row in rows for label in answer.labels]
    if model.task == "transformation":
        members = [predictions[member] for member in answer.names]
        return list(chain.from_iterable(zip(*members, strict=True)))
    member = answer.names[0] if name in ("label", "cluster") else name
    return predictions[member]


class _Tensor(NamedTuple):
    """A tensor as it was read: one element, or list of elements, a row."""

    place: str
    values: Sequence[Any]
    is_nested: bool


def _field_type(field: Field) -> TensorType:
    width = field.length if field.type == "array" else None
    return TensorType(field.name, _DATATYPES[field.type], width)


def _read_tensors(inputs: Any, types: Mapping[str, TensorType]) -> dict[str, _Tensor]:
    if type(inputs) is not list or len(inputs) > len(types):
        refuse("/inputs", "Not a list of tensors of this model.")
    tensors: dict[str, _Tensor] = {}
    for index, document in enumerate(inputs):
        place = f"/inputs/{index}"
        required = ("name", "shape", "datatype", "data")
        members = read_members(document, place, "an input tensor", required)
        name = members["name"]
        if type(name) is not str or name not in types or name in tensors:
            refuse(f"{place}/name", "Not the name of an input of this model, or given twice.")
        tensors[name] = _read_tensor(members, types[name], place)
    if FEATURES in types and FEATURES not in tensors:
        refuse("/inputs", "Not a list of one tensor.")
    if len({len(tensor.values) for tensor in tensors.values()}) > 1:
        refuse("/inputs", "Not as many rows in each tensor.")
    return tensors


def _read_tensor(members: Mapping[str, Any], tensor: TensorType, place: str) -> _Tensor:
    datatype, shape, data = members["datatype"], members["shape"], members["data"]
    if type(datatype) is not str or datatype not in tensor.datatypes:
        refuse(f"{place}/datatype", f"Not one of {', '.join(tensor.datatypes)}.")
    width = tensor.width or 1
    row_count = _read_row_count(shape, tensor, place)
    if type(data) is not list:
        refuse(f"{place}/data", "Not a list.")
    is_nested = bool(data) and type(data[0]) is list
    elements = _flattened(data, width, place) if is_nested else data
    if len(elements) != row_count * width:
        refuse(f"{place}/data", "Not as many elements as the shape says.")
    if datatype == "INT64" and not all(map(_is_whole, elements)):
        refuse(f"{place}/data", "Not all whole numbers.")
    values = Matrix(elements, width) if tensor.width else elements
    return _Tensor(f"{place}/data", values, is_nested)


def _read_row_count(shape: Any, tensor: TensorType, place: str) -> int:
    allowed = [[tensor.width]] if tensor.width else [[], [1]]
    is_shape = type(shape) is list and set(map(type, shape)) == {int} and shape[0] >= 0
    if not is_shape or shape[1:] not in allowed:
        refuse(f"{place}/shape", f"Not [n, {tensor.width or 1}] with n of at least 0.")
    row_count: int = shape[0]
    return row_count


def _is_whole(value: Any) -> bool:
    """Not a number with a fraction; what is no number at all is refused by the field."""
    return type(value) is not float or value.is_integer()


def _flattened(rows: Sequence[Any], width: int, place: str) -> list[Any]:
    if set(map(type, rows)) != {list} or set(map(len, rows)) != {width}:
        refuse(f"{place}/data", f"Neither flat nor a list of rows of {width} elements.")
    return list(chain.from_iterable(rows))


Located = tuple[Columns, Callable[[int, FieldError], FieldError]]


def _columns_of_matrix(tensor: _Tensor, fields: Sequence[Field]) -> Located:
    names = [field.name for field in fields]
    width = fields[0].length if fields[0].type == "array" else len(fields)

    def locate(row: int, reason: FieldError) -> FieldError:
        column = _column_of(reason.pointer, names)
        where = f"{row}/{column}" if tensor.is_nested else f"{row * width + column}"
        # Who wrote a matrix counts columns: the name tells which one it is.
        named = reason.pointer[1:] in names and len(names) > 1
        detail = f"{names[column]}: {reason.detail}" if named else reason.detail
        return FieldError(f"{tensor.place}/{where}", detail)

    values = tensor.values
    if fields[0].type == "array":
        return Columns({names[0]: values}, len(values)), locate
    matrix = cast("Matrix", values)  # for the tensor of several fields has a width
    columns = {name: matrix.column(at) for at, name in enumerate(names)}
    return Columns(columns, len(values)), locate


def _column_of(place: str, names: Sequence[str]) -> int:
    """The column that a reason is about: by the name of a field, or by the place in an array."""
    pointers = [pointer(name) for name in names]
    if place in pointers:
        return pointers.index(place)
    last = place.rpartition("/")[2]
    return int(last) if last.isdecimal() else 0


def _columns_of_tensors(tensors: Mapping[str, _Tensor], fields: Sequence[Field]) -> Located:
    given = [field.name for field in fields if field.name in tensors]
    pointers = {pointer(name): tensors[name].place for name in given}

    def locate(row: int, reason: FieldError) -> FieldError:
        if reason.pointer in pointers:
            return FieldError(f"{pointers[reason.pointer]}/{row}", reason.detail)
        return FieldError("/inputs", f"{reason.pointer[1:]}: {reason.detail}")

    row_count = len(next(iter(tensors.values())).values) if tensors else 0
    return Columns({name: tensors[name].values for name in given}, row_count), locate
