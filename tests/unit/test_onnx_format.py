from collections.abc import Callable

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import AttributeProto, ModelProto, SparseTensorProto, TensorProto, helper

from deploy.onnx_format import refuse_external_data
from model_lambda.errors import ModelFileError
from tests.unit.model_folders import PATHS

IRIS = PATHS["onnx"].read_bytes()


def external_tensor() -> TensorProto:
    """A tensor whose numbers are in another file."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4])
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    return tensor


def inner_tensor() -> TensorProto:
    return helper.make_tensor("w", TensorProto.FLOAT, [4], [1.0, 2.0, 3.0, 4.0])


def _model() -> ModelProto:
    graph = helper.make_graph([], "g", [], [])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def _node_with(attribute: AttributeProto) -> onnx.NodeProto:
    node = helper.make_node("Constant", [], ["y"])
    node.attribute.append(attribute)
    return node


def _in_initializer(tensor: TensorProto) -> ModelProto:
    model = _model()
    model.graph.initializer.append(tensor)
    return model


def _in_sparse_values(tensor: TensorProto) -> ModelProto:
    model = _model()
    model.graph.sparse_initializer.append(SparseTensorProto(values=tensor))
    return model


def _in_sparse_indices(tensor: TensorProto) -> ModelProto:
    model = _model()
    model.graph.sparse_initializer.append(SparseTensorProto(indices=tensor))
    return model


def _in_attribute(tensor: TensorProto) -> ModelProto:
    model = _model()
    model.graph.node.append(_node_with(AttributeProto(name="value", t=tensor)))
    return model


def _in_attribute_list(tensor: TensorProto) -> ModelProto:
    model = _model()
    attribute = AttributeProto(name="values", tensors=[inner_tensor(), tensor])
    model.graph.node.append(_node_with(attribute))
    return model


def _in_sparse_attribute(tensor: TensorProto) -> ModelProto:
    model = _model()
    sparse = SparseTensorProto(values=tensor)
    attribute = AttributeProto(name="value", sparse_tensor=sparse)
    model.graph.node.append(_node_with(attribute))
    return model


def _in_sparse_attribute_list(tensor: TensorProto) -> ModelProto:
    model = _model()
    sparse = SparseTensorProto(values=tensor)
    attribute = AttributeProto(name="values", sparse_tensors=[sparse])
    model.graph.node.append(_node_with(attribute))
    return model


def _in_subgraph(tensor: TensorProto) -> ModelProto:
    model = _model()
    subgraph = helper.make_graph([], "then", [], [], initializer=[tensor])
    model.graph.node.append(_node_with(AttributeProto(name="then_branch", g=subgraph)))
    return model


def _in_subgraph_list(tensor: TensorProto) -> ModelProto:
    model = _model()
    subgraph = helper.make_graph([], "body", [], [], initializer=[tensor])
    model.graph.node.append(_node_with(AttributeProto(name="bodies", graphs=[subgraph])))
    return model


def _in_nested_subgraph(tensor: TensorProto) -> ModelProto:
    model = _model()
    inner = _in_subgraph(tensor).graph
    model.graph.node.append(_node_with(AttributeProto(name="then_branch", g=inner)))
    return model


def _in_function(tensor: TensorProto) -> ModelProto:
    model = _model()
    function = model.functions.add(name="f", domain="d")
    function.node.append(_node_with(AttributeProto(name="value", t=tensor)))
    return model


def _in_function_default(tensor: TensorProto) -> ModelProto:
    model = _model()
    model.functions.add(name="f", domain="d").attribute_proto.append(
        AttributeProto(name="value", t=tensor)
    )
    return model


def _in_training(tensor: TensorProto) -> ModelProto:
    model = _model()
    model.training_info.add().algorithm.initializer.append(tensor)
    return model


def _in_training_start(tensor: TensorProto) -> ModelProto:
    model = _model()
    model.training_info.add().initialization.initializer.append(tensor)
    return model


PLACES: list[Callable[[TensorProto], ModelProto]] = [
    _in_initializer,
    _in_sparse_values,
    _in_sparse_indices,
    _in_attribute,
    _in_attribute_list,
    _in_sparse_attribute,
    _in_sparse_attribute_list,
    _in_subgraph,
    _in_subgraph_list,
    _in_nested_subgraph,
    _in_function,
    _in_function_default,
    _in_training,
    _in_training_start,
]


def test_the_iris_model_keeps_its_data_inside() -> None:
    refuse_external_data(IRIS)


@pytest.mark.parametrize("place", PLACES)
def test_external_data_is_refused_wherever_it_stands(
    place: Callable[[TensorProto], ModelProto],
) -> None:
    with pytest.raises(ModelFileError, match="external data"):
        refuse_external_data(place(external_tensor()).SerializeToString())


@pytest.mark.parametrize("place", PLACES)
def test_data_inside_the_file_is_taken_wherever_it_stands(
    place: Callable[[TensorProto], ModelProto],
) -> None:
    refuse_external_data(place(inner_tensor()).SerializeToString())


def test_a_location_without_the_flag_is_refused() -> None:
    tensor = external_tensor()
    tensor.ClearField("data_location")
    with pytest.raises(ModelFileError, match="external data"):
        refuse_external_data(_in_initializer(tensor).SerializeToString())


def test_the_flag_without_a_location_is_refused() -> None:
    tensor = external_tensor()
    del tensor.external_data[:]
    with pytest.raises(ModelFileError, match="external data"):
        refuse_external_data(_in_initializer(tensor).SerializeToString())


def test_the_flag_may_say_that_the_data_is_inside() -> None:
    tensor = inner_tensor()
    tensor.data_location = TensorProto.DEFAULT
    refuse_external_data(_in_initializer(tensor).SerializeToString())


def test_the_same_field_numbers_mean_something_else_elsewhere() -> None:
    model = _model()
    model.graph.value_info.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, [1]))
    helper.set_model_props(model, {"author": "somebody"})
    refuse_external_data(model.SerializeToString())


def _message(field_key: bytes, content: bytes) -> bytes:
    assert len(content) < 128
    return field_key + bytes([len(content)]) + content


GRAPH = b"\x3a"  # field 7 of the model, length-delimited
INITIALIZER = b"\x2a"  # field 5 of the graph, length-delimited
EXTERNAL = b"\x70\x01"  # field 14 of the tensor: 1
# The same field number as INITIALIZER to a parser that keeps only 32 bits of it.
OVERLONG = b"\xaa\x80\x80\x80\x10"
PADDED = b"\xaa\x80\x80\x80\x00"


@pytest.mark.parametrize("key", [INITIALIZER, PADDED])
def test_an_external_tensor_is_found_however_its_field_is_written(key: bytes) -> None:
    with pytest.raises(ModelFileError, match="external data"):
        refuse_external_data(_message(GRAPH, _message(key, EXTERNAL)))


def test_a_field_number_that_overflows_is_refused() -> None:
    with pytest.raises(ModelFileError, match="not a well-formed ONNX model"):
        refuse_external_data(_message(GRAPH, _message(OVERLONG, EXTERNAL)))


def test_the_largest_field_number_is_taken_and_the_next_is_not() -> None:
    refuse_external_data(b"\xfd\xff\xff\xff\x0f" + bytes(4))
    with pytest.raises(ModelFileError, match="not a well-formed ONNX model"):
        refuse_external_data(b"\x80\x80\x80\x80\x10" + bytes(1))


@pytest.mark.parametrize(
    "content",
    [
        b"\x08",  # a field without its value
        b"\x3a\x05\x00",  # a message that ends after its file
        b"\x3a\xff\xff\xff\xff\x0f",  # a message of 4 GB
        b"\x0b\x0c",  # a group
        b"\x0e",  # no wire type
        b"\x09\x00\x00",  # eight bytes of which two are there
        b"\x0d\x00",  # four bytes of which one is there
        b"\x08" + b"\xff" * 10 + b"\x01",  # a number of more than 64 bits
        b"\xff" * 11,
    ],
)
def test_bytes_that_are_no_protocol_buffer_are_refused(content: bytes) -> None:
    with pytest.raises(ModelFileError, match="not a well-formed ONNX model"):
        refuse_external_data(content)


def test_fixed_size_fields_are_passed_over() -> None:
    refuse_external_data(b"\x09" + bytes(8) + b"\x0d" + bytes(4) + b"\x08\x07")


@pytest.mark.parametrize("field", [b"\x09" + b"\xff" * 8, b"\x0d" + b"\xff" * 4])
def test_what_follows_a_fixed_size_field_is_seen(field: bytes) -> None:
    with pytest.raises(ModelFileError, match="external data"):
        refuse_external_data(_message(GRAPH, _message(INITIALIZER, field + EXTERNAL)))


def test_a_negative_number_takes_ten_bytes() -> None:
    model = _model()
    model.graph.node.append(helper.make_node("Concat", ["a", "b"], ["c"], axis=-1))
    content = model.SerializeToString()
    assert b"\xff" * 9 + b"\x01" in content
    refuse_external_data(content)


def _nested(depth: int, *, with_tensor: bool = False) -> bytes:
    """A model whose innermost graph is 1 + 3 * depth messages deep, and its tensor one more."""
    graph = helper.make_graph([], "g", [], [], [inner_tensor()] if with_tensor else [])
    for _ in range(depth):
        outer = helper.make_graph([], "g", [], [])
        outer.node.append(_node_with(AttributeProto(name="body", g=graph)))
        graph = outer
    return bytes(helper.make_model(graph).SerializeToString())


def test_messages_may_be_nested_64_deep() -> None:
    refuse_external_data(_nested(21))


@pytest.mark.parametrize("content", [_nested(21, with_tensor=True), _nested(22), _nested(30)])
def test_messages_nested_deeper_are_refused(content: bytes) -> None:
    with pytest.raises(ModelFileError, match="nested too deeply"):
        refuse_external_data(content)


@given(st.binary(max_size=64))
def test_arbitrary_bytes_are_taken_or_refused(content: bytes) -> None:
    try:
        refuse_external_data(content)
    except ModelFileError:
        return


@given(st.integers(0, len(IRIS) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_model_is_taken_or_refused(position: int, replacement: bytes) -> None:
    damaged = IRIS[:position] + replacement + IRIS[position + len(replacement) :]
    try:
        refuse_external_data(damaged)
    except ModelFileError:
        return


def test_every_truncation_of_a_message_is_refused() -> None:
    content = _message(GRAPH, _message(INITIALIZER, b"\x08\x04\x10\x01"))
    for end in range(1, len(content)):
        with pytest.raises(ModelFileError):
            refuse_external_data(content[:end])
