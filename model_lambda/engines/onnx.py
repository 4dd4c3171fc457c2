"""ONNX Runtime."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

# Without, it starts a thread, writes into the home folder and asks the name server.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from model_lambda.engines import Input, Output
from model_lambda.engines.arrays import asked_lists, to_array
from model_lambda.errors import ModelFileError
from model_lambda.model_files import FileEntry, check_library_version


def new_session(content: bytes, entry: FileEntry) -> onnxruntime.InferenceSession:
    """Parse an ONNX model, to be run with one thread.

    Raises:
        LibraryVersionError: onnxruntime is older or newer than the manifest allows.
        ModelFileError: it refuses the model.
    """
    check_library_version("onnxruntime", onnxruntime.__version__, entry)
    options = onnxruntime.SessionOptions()
    # One row is microseconds of work: a thread pool costs more than it gives.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # it warns of what converters leave in a graph unused
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the classes that onnxruntime raises share no other base
        raise ModelFileError(f"{entry.name} is refused by onnxruntime") from error


class OnnxEngine:
    """A model in an ONNX file."""

    def __init__(self, content: bytes, entry: FileEntry, inputs: Sequence[Input]) -> None:
        self._session = new_session(content, entry)
        # Without, each run makes its own: 0.5 to 1 us of a row's 24.
        self._run_options = onnxruntime.RunOptions()
        self._inputs = tuple(inputs)
        self._refuse_other_inputs(entry)

    def run(
        self,
        columns: Mapping[str, Sequence[Any]],
        row_count: int,
        outputs: Sequence[Output],
        unasked: Sequence[Output] = (),
    ) -> list[list[Any]]:
        """Compute outputs of n rows."""
        feed = {one.name: to_array(one, columns, row_count) for one in self._inputs}
        names = [output.name for output in (*outputs, *unasked)]
        arrays = self._session.run(names, feed, self._run_options)
        return asked_lists(outputs, unasked, arrays, row_count)

    def _refuse_other_inputs(self, entry: FileEntry) -> None:
        wanted = {one.name for one in self._session.get_inputs()}
        if wanted != {one.name for one in self._inputs}:
            raise ModelFileError(f"{entry.name} has other inputs than its manifest says")


def load(content: bytes, entry: FileEntry, inputs: Sequence[Input]) -> OnnxEngine:
    """Load a model.

    Raises:
        ModelLoadError: it is refused.
    """
    return OnnxEngine(content, entry, inputs)
