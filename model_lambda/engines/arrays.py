"""From columns to arrays, and from arrays to plain lists."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from model_lambda.columns import Matrix
from model_lambda.engines import Input, Output
from model_lambda.errors import PredictionError

_DTYPES: Mapping[str, DTypeLike] = {
    "FP32": np.float32,
    "FP64": np.float64,
    "INT64": np.int64,
    "BOOL": np.bool_,
    "BYTES": np.object_,
}
# Up to here, Python looks at numbers faster than NumPy begins to: 0.2 us for three, not 1.3.
_FEW = 32
# What stands for a missing text: no category can be empty.
MISSING_TEXT = ""


def to_array(one: Input, columns: Mapping[str, Sequence[Any]], row_count: int) -> NDArray[Any]:
    """The array (n, m) of an input; a missing number is NaN, a missing text empty."""
    if one.datatype == "BYTES":
        return _text_array(one, columns)
    dtype = _DTYPES[one.datatype]
    if len(one.fields) == 1:
        column = columns[one.fields[0]]
        values = column.numbers if type(column) is Matrix else column
        return np.array(values, dtype).reshape(row_count, -1)
    if row_count == 1:
        return np.array([[columns[name][0] for name in one.fields]], dtype)
    return np.ascontiguousarray(np.array([columns[name] for name in one.fields], dtype).T)


def to_table(
    inputs: Sequence[Input], columns: Mapping[str, Sequence[Any]], row_count: int
) -> NDArray[np.object_]:
    """The table (n, m) of m inputs of a field each, of plain values; what is missing is NaN."""
    table = np.empty((row_count, len(inputs)), np.object_)
    for place, one in enumerate(inputs):
        values = columns[one.fields[0]]
        if one.datatype == "BYTES":
            table[:, place] = [np.nan if value is None else value for value in values]
        else:
            table[:, place] = np.array(values, _DTYPES[one.datatype])
    return table


def _text_array(one: Input, columns: Mapping[str, Sequence[Any]]) -> NDArray[np.object_]:
    texts = [_without_null(columns[name]) for name in one.fields]
    if len(texts) == 1:
        return np.array(texts[0], np.object_).reshape(-1, 1)
    return np.array(texts, np.object_).T


def _without_null(texts: Sequence[Any]) -> Sequence[Any]:
    if None not in texts:
        return texts
    return [MISSING_TEXT if text is None else text for text in texts]


def checked(output: Output, array: Any, row_count: int) -> NDArray[Any]:
    """An output as an array.

    Raises:
        PredictionError: it is not of n rows, or holds a number that is not finite.
    """
    values = np.asarray(array)
    if values.dtype.kind == "f":
        if not _are_finite(values):
            raise PredictionError(f"the output {output.name} has a value that is not finite")
    elif output.decimals is not None and values.dtype.kind not in "iub":
        raise PredictionError(f"the output {output.name} has a value that is no number")
    if len(values) != row_count or (output.rank == 1 and values.size != row_count):
        raise PredictionError(f"the output {output.name} has another number of predictions")
    return values


def _are_finite(values: NDArray[Any]) -> bool:
    # A sum keeps NaN and infinity; one that overflows is no more than a reason to look closer.
    if values.size <= _FEW and isfinite(sum(values.ravel().tolist())):
        return True
    return bool(np.isfinite(values).all())


def to_lists(output: Output, array: Any, row_count: int) -> list[Any]:
    """An output as plain values: a list of n values, or of n lists.

    Raises:
        PredictionError: it is not of n rows, or holds a number that is not finite.
    """
    values = checked(output, array, row_count)
    if values.dtype.kind == "f":
        values = values.astype(np.float64)
        if output.decimals is not None:
            values = values.round(output.decimals)
    if values.ndim != output.rank:
        values = values.reshape((row_count, -1)[: output.rank])
    plain: list[Any] = values.tolist()
    return plain


def asked_lists(
    outputs: Sequence[Output], unasked: Sequence[Output], arrays: Sequence[Any], row_count: int
) -> list[list[Any]]:
    """The outputs that were asked for as plain values, once all of them are judged.

    Args:
        arrays: of `outputs`, and then of `unasked`.

    Raises:
        PredictionError: one is not of n rows, or holds a number that is not finite.
    """
    for place, output in enumerate(unasked, len(outputs)):
        checked(output, arrays[place], row_count)
    return [to_lists(output, arrays[place], row_count) for place, output in enumerate(outputs)]
