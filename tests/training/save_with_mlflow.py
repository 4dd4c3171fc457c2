"""Saves models with MLflow itself: `python -m tests.training.save_with_mlflow FOLDER`, run in an
environment that has it (mlflow_models.py makes one).
"""

import sys
from pathlib import Path
from typing import Any

import mlflow
import mlflow.onnx
import mlflow.sklearn
import numpy as np
import onnx
import skl2onnx
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.training.made_estimators import (
    MAKERS,
    MIXED_COLUMNS,
    WINE,
    customers,
    line,
    wine_model,
)

ROWS = 25


def _scikit_learn(path: Path, estimator: Any, inputs: Any, saved_as: str) -> None:
    mlflow.sklearn.save_model(
        estimator,
        path,
        serialization_format=saved_as,
        signature=infer_signature(inputs),
        input_example=inputs[:ROWS],
        skops_trusted_types=["numpy.dtype"],
        pip_requirements=[],
    )


def _onnx(path: Path, model: Any, inputs: Any, example: Any) -> None:
    mlflow.onnx.save_model(
        model,
        path,
        signature=infer_signature(inputs),
        input_example=example,
        save_as_external_data=False,
        pip_requirements=[],
    )


def main(folder: Path) -> None:
    """Save one model of each kind that is tested."""
    table = customers()[list(MIXED_COLUMNS)]
    for saved_as in ("pickle", "cloudpickle", "skops"):
        _scikit_learn(folder / saved_as, MAKERS["mixed_table"]().estimator, table, saved_as)
    by_position = make_pipeline(StandardScaler(), LogisticRegression())
    by_position.fit(WINE.data.to_numpy(), WINE.target)
    _scikit_learn(folder / "array", by_position, WINE.data, "skops")
    _scikit_learn(folder / "tensor", by_position, WINE.data.to_numpy(), "skops")
    texts = MAKERS["text"]()
    _scikit_learn(folder / "text", texts.estimator, texts.example.text.tolist(), "skops")
    wine = skl2onnx.to_onnx(wine_model(), WINE.data[:1].to_numpy(np.float32))
    _onnx(folder / "onnx", wine, WINE.data, WINE.data[:ROWS])
    columns = onnx.load_from_string(line(["hue", "ash"], 1))
    _onnx(folder / "onnx_columns", columns, WINE.data[["hue", "ash"]], WINE.data[:ROWS])
    tensors = {name: WINE.data[[name]].to_numpy(np.float32) for name in ("hue", "ash")}
    _onnx(folder / "onnx_tensors", columns, tensors, tensors)
    mlflow.pyfunc.save_model(folder / "pyfunc", python_model=lambda rows: rows, pip_requirements=[])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
