"""A converter of `SimpleImputer` for float64, which ONNX's own Imputer has not."""

from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import DoubleTensorType
from skl2onnx.operator_converters.common import concatenate_variables
from skl2onnx.operator_converters.imputer_op import convert_sklearn_imputer
from skl2onnx.shape_calculators.imputer import calculate_sklearn_imputer_output_shapes
from sklearn.impute import SimpleImputer


def register_imputer() -> None:
    """Let skl2onnx convert imputers of float64."""
    update_registered_converter(
        SimpleImputer,
        "SklearnSimpleImputer",
        calculate_sklearn_imputer_output_shapes,
        _convert,
        overwrite=True,
    )


def _convert(scope: Any, operator: Any, container: Any) -> None:
    statistics = getattr(operator.raw_operator, "statistics_", None)
    is_double = isinstance(operator.inputs[0].type, DoubleTensorType)
    if not is_double or statistics is None or statistics.dtype.kind != "f":
        convert_sklearn_imputer(scope, operator, container)
        return
    missing = operator.raw_operator.missing_values
    if np.isnan(statistics).any() or not (isinstance(missing, float) and np.isnan(missing)):
        raise NotImplementedError("only NaN is imputed in float64, and only by a number")
    numbers = concatenate_variables(scope, operator.inputs, container)
    fill, is_missing = (scope.get_unique_variable_name(name) for name in ("fill", "is_missing"))
    container.add_initializer(fill, TensorProto.DOUBLE, [1, len(statistics)], statistics.tolist())
    container.add_node("IsNaN", [numbers], [is_missing], op_version=13)
    outputs = [operator.outputs[0].full_name]
    container.add_node("Where", [is_missing, fill, numbers], outputs, op_version=16)
