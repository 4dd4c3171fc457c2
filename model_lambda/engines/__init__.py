"""What runs a model: one module an engine, and only these know NumPy, ONNX Runtime, scikit-learn.

An engine is imported when a model in service needs it: scikit-learn alone takes most of a second.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from model_lambda.errors import ModelLoadError
from model_lambda.model_files import FileEntry

ENGINES: Mapping[str, str] = {
    "onnx": "model_lambda.engines.onnx",
    "sklearn": "model_lambda.engines.sklearn",
}


class Input(NamedTuple):
    """A tensor that an engine is given: (n, 1) of one field, (n, m) of m numbers or one array.

    Attributes:
        datatype: FP32, FP64, INT64, BOOL or BYTES, as in the Open Inference Protocol.
    """

    name: str
    datatype: str
    fields: tuple[str, ...]


class Output(NamedTuple):
    """A tensor that an engine gives.

    Attributes:
        name: the engine's: an output of an ONNX graph, a method of an estimator.
        rank: 1 for a value a row, 2 for a list of values a row.
        decimals: to which numbers are rounded, None for all that they have.
    """

    name: str
    rank: int
    decimals: int | None


class Engine(Protocol):
    """A loaded model."""

    def run(
        self,
        columns: Mapping[str, Sequence[Any]],
        row_count: int,
        outputs: Sequence[Output],
        unasked: Sequence[Output] = (),
    ) -> list[list[Any]]:
        """Compute outputs of n rows, n at least 1, as lists of plain Python values.

        Args:
            columns: the values of each field; a missing number or text is None.
            outputs: those to give.
            unasked: those to judge alone: a label chosen among probabilities that are no numbers
                is no answer, whether the probabilities are asked for or not.

        Raises:
            PredictionError: an output has not n rows, or a number that is not finite.
        """


def load_engine(kind: str, content: bytes, entry: FileEntry, inputs: Sequence[Input]) -> Engine:
    """Load a verified model file.

    Raises:
        ModelLoadError: the engine is not installed, or refuses the file.
    """
    try:
        module = import_module(ENGINES[kind])
    except ImportError as error:
        raise ModelLoadError(f"the {kind} engine is not installed: {error}") from error
    engine: Engine = module.load(content, entry, inputs)
    return engine
