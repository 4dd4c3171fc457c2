"""Scikit-learn, from a skops file: for what ONNX cannot express."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import sklearn
import skops.io
from numpy.typing import NDArray

from model_lambda.engines import Input, Output
from model_lambda.engines.arrays import asked_lists, to_array, to_table
from model_lambda.errors import ModelFileError
from model_lambda.model_files import FileEntry, check_library_version


class SklearnEngine:
    """An estimator, of the types that its manifest names, that takes an array, texts or a table.

    A table is an array of Python values, for there is no pandas: columns are picked by position.
    """

    def __init__(self, content: bytes, entry: FileEntry, inputs: Sequence[Input]) -> None:
        check_library_version("scikit-learn", sklearn.__version__, entry)
        try:
            self._estimator = skops.io.loads(content, trusted=list(entry.trusted_types))
        except Exception as error:  # a damaged archive can fail in any of its readers
            raise ModelFileError(f"{entry.name} is refused by skops") from error
        self._inputs = tuple(inputs)
        self._takes_texts = _takes_texts(self._estimator)

    def run(
        self,
        columns: Mapping[str, Sequence[Any]],
        row_count: int,
        outputs: Sequence[Output],
        unasked: Sequence[Output] = (),
    ) -> list[list[Any]]:
        """Compute outputs of n rows."""
        data = self._data(columns, row_count)
        with warnings.catch_warnings():
            # Fitted on a table, it misses the names; the manifest has the columns in their order.
            warnings.filterwarnings("ignore", message="X does not have valid feature names")
            names = [output.name for output in (*outputs, *unasked)]
            arrays = [_dense(getattr(self._estimator, name)(data)) for name in names]
        return asked_lists(outputs, unasked, arrays, row_count)

    def _data(self, columns: Mapping[str, Sequence[Any]], row_count: int) -> NDArray[Any]:
        first, *more = self._inputs
        if self._takes_texts:
            return to_array(first, columns, row_count)[:, 0]
        if more or first.datatype == "BYTES":
            return to_table(self._inputs, columns, row_count)
        return to_array(first, columns, row_count)


def _dense(array: Any) -> Any:
    return array.toarray() if hasattr(array, "toarray") else array


def _takes_texts(estimator: Any) -> bool:
    """Whether it takes a list of texts, and not a table of them."""
    steps = getattr(estimator, "steps", getattr(estimator, "transformer_list", None))
    return _takes_texts(steps[0][1]) if steps else hasattr(estimator, "build_analyzer")


def load(content: bytes, entry: FileEntry, inputs: Sequence[Input]) -> SklearnEngine:
    """Load a model.

    Raises:
        ModelLoadError: it is refused.
    """
    return SklearnEngine(content, entry, inputs)
