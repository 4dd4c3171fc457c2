"""The room between every source and every model: predict, check, and one fence around both.

A model is foreign code. Whatever goes wrong inside it is its failure, whichever way it was asked;
so is an answer that cannot be written, which is why a source hands in how it writes one.
"""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from model_lambda.errors import ModelLambdaError, PredictionError
from model_lambda.ml_model import ClassifierModel, MLModel, Row
from model_lambda.model_runtimes import Classes

Answer = TypeVar("Answer")


def predict(
    model: MLModel,
    rows: Sequence[Row],
    write: Callable[[list[dict[str, Any]]], Answer],
    *,
    probabilities: bool = False,
) -> Answer:
    """Predict n rows that the input schema has accepted, in one call of the model.

    Args:
        write: makes the source's answer of n predictions.

    Raises:
        PredictionError: the model failed, or gave other than n objects.
    """
    try:
        predictions = model.predict_batch(rows, probabilities=probabilities)
        if len(predictions) != len(rows):
            raise PredictionError(f"{model.qualified_name} gave another number of predictions")
        for prediction in predictions:
            if not isinstance(prediction, dict):
                raise PredictionError(f"{model.qualified_name} gave a prediction that is no object")
        return write(predictions)
    except Exception as error:  # a model may raise anything
        _raise_failure(model, error)


def classify(
    model: ClassifierModel, features: NDArray[np.float32], write: Callable[[Classes], Answer]
) -> Answer:
    """Classify accepted features (n, n_features) float32 in one call of the model.

    Args:
        write: makes the source's answer of n classes.

    Raises:
        PredictionError: the model failed, or gave other than n classes with k probabilities each.
    """
    try:
        classes = model.classify(features)
        expected_shape = (len(features), len(model.labels))
        if len(classes.indices) != len(features) or classes.probabilities.shape != expected_shape:
            raise PredictionError(f"{model.qualified_name} gave another number of predictions")
        return write(classes)
    except Exception as error:  # a model may raise anything
        _raise_failure(model, error)


def _raise_failure(model: MLModel, error: Exception) -> NoReturn:
    """The fence: an error of ours stays what it is, any other is the model's failure."""
    if isinstance(error, ModelLambdaError):
        raise error
    raise PredictionError(f"{model.qualified_name} failed") from error
