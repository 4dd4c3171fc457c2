"""Writes an estimator as a skops file, for the scikit-learn engine.

The same fitted numbers give the same bytes: skops names things by memory address and stamps the
time, so its archive is put into a canonical form.
"""

import copy
import io
import json
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import skops.io
from sklearn.compose import ColumnTransformer

from model_lambda.columns import Field
from model_lambda.engines import Input
from training.conversion import FEATURES, Conversion
from training.errors import ConversionError, one_line
from training.estimators import takes_text, walk

# What the function's package has beside Python itself, of which estimators are made.
_LOADABLE = frozenset(("sklearn", "numpy", "scipy", "functools", "collections"))


def sklearn_conversion(estimator: Any, fields: Sequence[Field]) -> Conversion:
    """Serialise an estimator of numbers, of texts, or of a table.

    Raises:
        ConversionError: it holds what the function cannot load, or skops does not take it.
    """
    inputs = _inputs(estimator, fields)
    try:
        content = _dumped(_without_names(estimator))
    except Exception as error:  # skops raises whatever it meets
        raise ConversionError(f"skops does not take this estimator: {one_line(error)}") from error
    _refuse_foreign_types(content)
    return Conversion("as it is", content, inputs, ())


def _dumped(estimator: Any) -> bytes:
    # Skops reads every attribute of an SVC, two of which scikit-learn 1.9 deprecates.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, message="Attribute `prob[AB]_`")
        return canonical_skops(skops.io.dumps(estimator))


def trusted_types(content: bytes) -> list[str]:
    """The types in a skops file that a reader has to name; its maker trusts them."""
    return sorted(skops.io.get_untrusted_types(data=content))


def _inputs(estimator: Any, fields: Sequence[Field]) -> tuple[Input, ...]:
    """One array of numbers or of texts; a column each where both are among them."""
    names = tuple(field.name for field in fields)
    if takes_text(estimator):
        return (Input(FEATURES, "BYTES", names),)
    if not any(field.type in ("text", "category") for field in fields):
        return (Input(FEATURES, "FP64", names),)
    return tuple(Input(field.name, _datatype(field), (field.name,)) for field in fields)


def _datatype(field: Field) -> str:
    if field.type == "array":
        raise ConversionError(
            f"the column {field.name} holds arrays beside texts: give each number a column"
        )
    if field.type in ("text", "category"):
        return "BYTES"
    whole = {"integer": "INT64", "boolean": "BOOL"}
    return "FP64" if field.nullable else whole.get(field.type, "FP64")


def _without_names(estimator: Any) -> Any:
    """A copy that picks columns by position and hands on arrays: the function has no pandas."""
    copied = copy.deepcopy(estimator)
    for part in walk(copied):
        if isinstance(part, ColumnTransformer):
            part.transformers_ = list(_by_position(part))
        if getattr(part, "_sklearn_output_config", {}).get("transform", "default") != "default":
            part.set_output(transform="default")
    return copied


def _by_position(part: ColumnTransformer) -> Iterator[tuple[str, Any, Any]]:
    found = part._transformer_to_input_indices  # noqa: SLF001 - what transform itself goes by
    for name, transformer, columns in part.transformers_:
        places = [int(place) for place in found[name]]
        yield name, transformer, (places[0] if np.isscalar(columns) else places)


def _refuse_foreign_types(content: bytes) -> None:
    for name in trusted_types(content):
        if name.partition(".")[0] not in _LOADABLE:
            raise ConversionError(
                f"it holds a {name}, and the scikit-learn engine has scikit-learn, NumPy and SciPy "
                "alone: build it of their parts, or use ENGINE=onnx"
            )


# Of arrays, and of sparse ones.
_ARRAY_FILES = (".npy", ".npz")


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
            for kind in _ARRAY_FILES:
                if content_of := members.get(f"{stem}{kind}"):
                    archive.writestr(zipfile.ZipInfo(f"{number}{kind}"), content_of)
    return target.getvalue()


def _renumber(node: Any, numbers: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_renumber(item, numbers) for item in node]
    if not isinstance(node, dict):
        return node
    renumbered = {key: _renumber(value, numbers) for key, value in node.items()}
    if "__id__" in node:
        renumbered["__id__"] = int(_number_of(str(node["__id__"]), numbers))
    file = PurePosixPath(str(node.get("file", "")))
    if file.suffix in _ARRAY_FILES:
        renumbered["file"] = _number_of(file.stem, numbers) + file.suffix
    return renumbered


def _number_of(identity: str, numbers: dict[str, str]) -> str:
    return numbers.setdefault(identity, str(len(numbers) + 1))
