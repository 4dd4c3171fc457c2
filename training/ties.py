"""Decides between equally probable labels as scikit-learn does: by the first of them.

A forest that is split in half gives two labels 0.5 each. In float32 one of the sums may come out
larger by a rounding, and the other label would be answered.
"""

from collections.abc import Sequence
from typing import Any

import onnx
from onnx import TensorProto, helper

from model_lambda.tasks import Label
from training.conversion import Conversion

# Probabilities that agree in five decimals are equal.
_SCALE = 1e5
_LABEL = "first_label"


def first_of_equals(conversion: Conversion, classes: Sequence[Label]) -> Conversion:
    """The same model, whose label is the first of the most probable ones.

    Args:
        classes: in the order of the probabilities.
    """
    model = onnx.load_from_string(conversion.content)
    _, probabilities = conversion.output_names[:2]
    is_text = isinstance(classes[0], str)
    kind = TensorProto.STRING if is_text else TensorProto.INT64
    values: list[Any] = [str(one).encode() if is_text else int(one) for one in classes]
    graph = model.graph
    graph.initializer.append(helper.make_tensor("tie_labels", kind, [len(classes)], values))
    graph.initializer.append(helper.make_tensor("tie_scale", TensorProto.FLOAT, [], [_SCALE]))
    graph.node.extend(
        [
            helper.make_node("Cast", [probabilities], ["tie_shares"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["tie_shares", "tie_scale"], ["tie_scaled"]),
            helper.make_node("Round", ["tie_scaled"], ["tie_rounded"]),
            helper.make_node("ArgMax", ["tie_rounded"], ["tie_place"], axis=1, keepdims=0),
            helper.make_node("Gather", ["tie_labels", "tie_place"], [_LABEL]),
        ]
    )
    graph.output.remove(graph.output[0])
    graph.output.insert(0, helper.make_tensor_value_info(_LABEL, kind, [None]))
    return conversion._replace(
        way=f"{conversion.way}, the first of equally probable labels",
        content=bytes(model.SerializeToString()),
        output_names=(_LABEL, *conversion.output_names[1:]),
    )
