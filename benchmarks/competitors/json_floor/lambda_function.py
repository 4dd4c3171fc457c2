"""Floor: `json.loads`, `session.run`, `json.dumps`, and no check of anything."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

SPECIES = ("setosa", "versicolor", "virginica")

_options = onnxruntime.SessionOptions()
_options.intra_op_num_threads = 1
_options.inter_op_num_threads = 1
_session = onnxruntime.InferenceSession(
    Path(__file__).with_name("iris_model.onnx"), _options, providers=["CPUExecutionProvider"]
)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Predict the row, or the rows, of the body."""
    document = json.loads(event["body"])
    if "rows" not in document:
        answer: Any = {"species": predict([list(document.values())])[0]}
    else:
        labels = predict([list(row.values()) for row in document["rows"]])
        answer = {"predictions": [{"species": label} for label in labels]}
    return {"statusCode": 200, "body": json.dumps(answer)}


def predict(rows: list[list[float]]) -> list[str]:
    """Predict the species of n rows of four measurements."""
    labels = _session.run(["label"], {"features": np.array(rows, dtype=np.float32)})[0]
    return [SPECIES[label] for label in labels.tolist()]
