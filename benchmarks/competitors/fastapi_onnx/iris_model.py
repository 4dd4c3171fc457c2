"""The model: ONNX Runtime with one thread."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

SPECIES = ("setosa", "versicolor", "virginica")

_options = onnxruntime.SessionOptions()
_options.intra_op_num_threads = 1
_options.inter_op_num_threads = 1
_session = onnxruntime.InferenceSession(
    Path(__file__).with_name("iris_model.onnx"), _options, providers=["CPUExecutionProvider"]
)


def predict(rows: Sequence[Sequence[float]]) -> list[str]:
    """Predict the species of n rows of four measurements."""
    labels = _session.run(["label"], {"features": np.array(rows, dtype=np.float32)})[0]
    return [SPECIES[label] for label in labels.tolist()]
