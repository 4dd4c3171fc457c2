"""Scikit-learn, from a skops file: for what ONNX cannot express."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import sklearn
import skops.io
from numpy.typing import NDArray

from model_lambda.engines import Input, Output
from model_lambda.engines.arrays import asked_lists, to_array
from model_lambda.errors import ModelFileError
from model_lambda.model_files import FileEntry, check_library_version


class SklearnEngine:
    """An estimator, of the types that its manifest names, fitted on an array or on texts."""

    def __init__(self, content: bytes, entry: FileEntry, inputs: Sequence[Input]) -> None:
        check_library_version("scikit-learn", sklearn.__version__, entry)
        try:
            self._estimator = skops.io.loads(content, trusted=list(entry.trusted_types))
        except Exception as error:  # a damaged archive can fail in any of its readers
            raise ModelFileError(f"{entry.name} is refused by skops") from error
        (self._input,) = inputs

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
            arrays = [getattr(self._estimator, name)(data) for name in names]
        return asked_lists(outputs, unasked, arrays, row_count)

    def _data(self, columns: Mapping[str, Sequence[Any]], row_count: int) -> NDArray[Any]:
        array = to_array(self._input, columns, row_count)
        return array[:, 0] if self._input.datatype == "BYTES" else array


def load(content: bytes, entry: FileEntry, inputs: Sequence[Input]) -> SklearnEngine:
    """Load a model.

    Raises:
        ModelLoadError: it is refused.
    """
    return SklearnEngine(content, entry, inputs)
