"""The converters of LightGBM and XGBoost, registered when such an estimator comes."""

import sys
from typing import Any

from training.errors import ConversionError
from training.estimators import walk

INSTALL = "make setup installs it"
_CLASSIFIER_OPTIONS = {"nocl": [True, False], "zipmap": [True, False, "columns"]}
_PREFIXES = {"lightgbm": "LGBM", "xgboost": "XGB"}


def register_boosters(estimator: Any) -> None:
    """Register what the estimator needs.

    Raises:
        ConversionError: onnxmltools is not installed.
    """
    libraries = {type(part).__module__.split(".")[0] for part in walk(estimator)}
    for library in sorted(libraries & _PREFIXES.keys()):
        _register(library)


def _register(library: str) -> None:
    try:
        convert = _converter(library)
    except ImportError as error:
        raise ConversionError(f"the converter of {library} is not installed: {INSTALL}") from error
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import (
        calculate_linear_classifier_output_shapes,
        calculate_linear_regressor_output_shapes,
    )

    module, prefix = sys.modules[library], _PREFIXES[library]
    update_registered_converter(
        getattr(module, f"{prefix}Classifier"),
        f"{prefix}Classifier",
        calculate_linear_classifier_output_shapes,
        convert,
        options=_CLASSIFIER_OPTIONS,
    )
    update_registered_converter(
        getattr(module, f"{prefix}Regressor"),
        f"{prefix}Regressor",
        calculate_linear_regressor_output_shapes,
        convert,
    )


def _converter(library: str) -> Any:
    if library == "lightgbm":
        from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm

        return convert_lightgbm
    from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost

    return convert_xgboost
