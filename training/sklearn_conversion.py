"""Writes an estimator as a skops file, for the scikit-learn engine.

The same fitted numbers give the same bytes: skops names things by memory address and stamps the
time, so its archive is put into a canonical form.
"""

import io
import json
import warnings
import zipfile
from collections.abc import Sequence
from typing import Any

import skops.io

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
        content = _dumped(estimator)
    except Exception as error:  # skops raises whatever it meets
        raise ConversionError(f"skops does not take this estimator: {one_line(error)}") from error
    datatype = "BYTES" if texts else "FP64"
    inputs = (Input(FEATURES, datatype, tuple(field.name for field in fields)),)
    return Conversion("as it is", content, inputs, ())


def _dumped(estimator: Any) -> bytes:
    # Skops reads every attribute of an SVC, two of which scikit-learn 1.9 deprecates.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, message="Attribute `prob[AB]_`")
        return canonical_skops(skops.io.dumps(estimator))


def trusted_types(content: bytes) -> list[str]:
    """The types in a skops file that a reader has to name; its maker trusts them."""
    return sorted(skops.io.get_untrusted_types(data=content))


def canonical_skops(content: bytes) -> bytes:
    """Number the objects of a skops archive in reading order and drop its time stamps."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        members = {name: source.read(name) for name in source.namelist()}
    numbers: dict[str, str] = {}
    schema = _renumber(json.loads(members.pop("schema.json")), numbers)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo("schema.json"), json.dumps(schema))
        for stem, number in numbers.items():
            if f"{stem}.npy" in members:
                archive.writestr(zipfile.ZipInfo(f"{number}.npy"), members[f"{stem}.npy"])
    return target.getvalue()


def _renumber(node: Any, numbers: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_renumber(item, numbers) for item in node]
    if not isinstance(node, dict):
        return node
    renumbered = {key: _renumber(value, numbers) for key, value in node.items()}
    if "__id__" in node:
        renumbered["__id__"] = int(_number_of(str(node["__id__"]), numbers))
    if str(node.get("file", "")).endswith(".npy"):
        renumbered["file"] = _number_of(node["file"].removesuffix(".npy"), numbers) + ".npy"
    return renumbered


def _number_of(identity: str, numbers: dict[str, str]) -> str:
    return numbers.setdefault(identity, str(len(numbers) + 1))
