"""Looks through an ONNX file, without parsing its numbers, for data kept outside of it.

A tensor may name any path of the machine as the place of its data. Field numbers are those of
``onnx.proto`` (ONNX IR 11); the wire format is Protocol Buffers'
(https://protobuf.dev/programming-guides/encoding/).
"""

from collections.abc import Iterator

from model_lambda.errors import ModelFileError

_VARINT, _EIGHT_BYTES, _LENGTH_DELIMITED, _FOUR_BYTES = 0, 1, 2, 5
_TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION = 13, 14
_DEEPEST_NESTING = 64
_LARGEST_KEY = 2**32 - 1
# Of each message, the fields that can lead to a tensor.
_LEADS_TO = {
    "Model": {7: "Graph", 20: "Training", 25: "Function"},
    "Training": {1: "Graph", 2: "Graph"},
    "Function": {7: "Node", 11: "Attribute"},
    "Graph": {1: "Node", 5: "Tensor", 15: "SparseTensor"},
    "Node": {5: "Attribute"},
    "Attribute": {
        5: "Tensor",
        6: "Graph",
        10: "Tensor",
        11: "Graph",
        22: "SparseTensor",
        23: "SparseTensor",
    },
    "SparseTensor": {1: "Tensor", 2: "Tensor"},
    "Tensor": {},
}


def refuse_external_data(content: bytes) -> None:
    """Refuse a model with a tensor outside the file.

    Raises:
        ModelFileError: there is one, or the bytes are no ONNX model.
    """
    try:
        _walk("Model", memoryview(content), 0)
    except (IndexError, ValueError) as error:
        raise ModelFileError("not a well-formed ONNX model") from error


def _walk(message: str, content: memoryview, depth: int) -> None:
    if depth > _DEEPEST_NESTING:
        raise ModelFileError("an ONNX model nested too deeply")
    for field, value in _fields(content):
        if message == "Tensor" and _is_external(field, value):
            raise ModelFileError("an ONNX model with external data")
        if field in _LEADS_TO[message] and isinstance(value, memoryview):
            _walk(_LEADS_TO[message][field], value, depth + 1)


def _is_external(field: int, value: int | memoryview) -> bool:
    return field == _TENSOR_EXTERNAL_DATA or (field == _TENSOR_DATA_LOCATION and value != 0)


def _fields(content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    position = 0
    while position < len(content):
        key, position = _varint(content, position)
        if (
            key > _LARGEST_KEY
        ):  # parsers drop the upper bits, and read another field than is seen here
            raise ValueError("a field number of more than 29 bits")
        field, wire_type = key >> 3, key & 7
        value: int | memoryview = 0
        if wire_type == _VARINT:
            value, position = _varint(content, position)
        elif wire_type == _LENGTH_DELIMITED:
            length, position = _varint(content, position)
            value, position = content[position : position + length], position + length
        else:
            position += {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(wire_type, len(content) + 1)
        if position > len(content):
            raise ValueError("a field that ends after its message")
        yield field, value


def _varint(content: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
        if shift > 63:
            raise ValueError("a number of more than 64 bits")
