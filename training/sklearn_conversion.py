"""Writes an estimator as a skops file, for the scikit-learn engine."""

from collections.abc import Sequence
from typing import Any

import skops.io

from model_lambda.build_time.model_export import canonical_skops
from model_lambda.columns import Field
from model_lambda.engines import Input
from training.conversion import FEATURES, Conversion
from training.errors import ConversionError, one_line
from training.estimators import has_column_transformer


def sklearn_conversion(estimator: Any, fields: Sequence[Field]) -> Conversion:
    """Serialise an estimator of numbers in one array, or of texts.

    Raises:
        ConversionError: it picks columns by name, which needs pandas in the function, or skops
            does not take it.
    """
    texts = [field for field in fields if field.type in ("text", "category")]
    if has_column_transformer(estimator) or (texts and len(fields) > 1):
        raise ConversionError(
            "the scikit-learn engine takes arrays and texts, and no table with columns by name: "
            "encode the columns before fitting, or use ENGINE=onnx"
        )
    try:
        content = canonical_skops(skops.io.dumps(estimator))
    except Exception as error:  # skops raises whatever it meets
        raise ConversionError(f"skops does not take this estimator: {one_line(error)}") from error
    datatype = "BYTES" if texts else "FP64"
    inputs = (Input(FEATURES, datatype, tuple(field.name for field in fields)),)
    return Conversion("as it is", content, inputs, ())


def trusted_types(content: bytes) -> list[str]:
    """The types in a skops file that a reader has to name; its maker trusts them."""
    return sorted(skops.io.get_untrusted_types(data=content))
