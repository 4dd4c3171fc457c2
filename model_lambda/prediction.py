"""The room between every source and every model: find, judge, predict, and one fence around it.

A source only translates: its request to rows, what the room says to its answer. So all of them say
the same about a bad row, a missing model and a lack of time. A model is foreign code: whatever goes
wrong inside it is its failure, whichever way it was asked; so is an answer that cannot be written,
which is why a source hands in how it writes one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from model_lambda.columns import Columns
from model_lambda.errors import (
    DeadlineError,
    FieldError,
    ModelLambdaError,
    PredictionError,
    SchemaError,
)
from model_lambda.ml_model import MLModel, Row
from model_lambda.model_manager import ModelManager
from model_lambda.observability import note

if TYPE_CHECKING:  # what exported models need is imported once there is one
    from model_lambda.packaged_model import PackagedModel
    from model_lambda.tasks import PredictionColumns

MOST_ROWS_LISTED = 10
# One more than is listed tells whether there are more.
MOST_ROWS_LOOKED_FOR = MOST_ROWS_LISTED + 1

Answer = TypeVar("Answer")
Place = Callable[[int, FieldError], FieldError]


def is_late(remaining_ms: int | None, reserve_ms: int) -> bool:
    """Whether less than the reserve is left until the function is stopped; None is unknown."""
    return remaining_ms is not None and remaining_ms < reserve_ms


def refuse_if_late(remaining_ms: int | None, reserve_ms: int) -> None:
    """Begin nothing that may not be finished.

    Args:
        remaining_ms: milliseconds until the function is stopped, None if unknown.

    Raises:
        DeadlineError: less than the reserve is left.
    """
    if is_late(remaining_ms, reserve_ms):
        raise DeadlineError(f"{remaining_ms} ms are left")


def find_model(models: ModelManager, qualified_name: str, version: str | None = None) -> MLModel:
    """Find a model; the newest, if no version is named.

    Raises:
        ModelNotFoundError: there is no such model.
    """
    model = models.get_model(qualified_name, version)
    note("model", model)
    return model


def predict_row(
    model: MLModel,
    row: Any,
    write: Callable[[dict[str, Any]], Answer],
    *,
    probabilities: bool = False,
) -> Answer:
    """Predict one row.

    Args:
        write: makes the source's answer of the prediction.

    Raises:
        SchemaError: the row is refused, with all its reasons, pointers relative to the row.
        PredictionError: the model failed.
    """
    if refusals := model.refusals((row,)):
        raise SchemaError("the row is not valid", refusals[0])
    return _fenced(model, 1, lambda: write(_predictions(model, (row,), probabilities)[0]))


def predict_rows(
    model: MLModel,
    rows: Sequence[Any],
    write: Callable[[list[dict[str, Any]]], Answer],
    place: Place,
    *,
    probabilities: bool = False,
) -> Answer:
    """Predict n rows in one call of the model, or none of them.

    Args:
        write: makes the source's answer of n predictions.
        place: from a reason in a row, by the row's index, to where it stands in the request.

    Raises:
        SchemaError: rows are refused: the first reason of each, of at most ten.
        PredictionError: the model failed, or gave other than n objects.
    """
    _refuse_bad_rows(model.refusals(rows, MOST_ROWS_LOOKED_FOR), len(rows), place)
    return _fenced(model, len(rows), lambda: write(_predictions(model, rows, probabilities)))


def predict_columns(
    model: "PackagedModel",
    columns: Columns,
    write: "Callable[[PredictionColumns], Answer]",
    place: Place,
    *,
    probabilities: bool = False,
) -> Answer:
    """Predict n rows that come by column, as `predict_rows` does.

    A class of its own takes objects: `columns.rows()` makes them.

    Args:
        write: makes the source's answer of the n values of each member of a prediction.
        place: from a reason in a row, by the row's index, to where it stands in the request.

    Raises:
        SchemaError: rows are refused: the first reason of each, of at most ten.
        PredictionError: the model failed.
    """
    row_count = columns.row_count
    _refuse_bad_rows(model.refusals(columns, MOST_ROWS_LOOKED_FOR), row_count, place)

    def answer() -> Answer:
        return write(model.predict_columns(columns, probabilities=probabilities))

    return _fenced(model, row_count, answer)


def predict_each(
    model: MLModel,
    rows: Sequence[Any],
    write: Callable[[dict[str, Any]], Answer],
    *,
    probabilities: bool = False,
) -> list[Answer | ModelLambdaError]:
    """Predict every good one of n rows that have nothing to do with each other.

    The good rows are predicted in one call of the model. If it fails, each half is tried by itself,
    so that one row on which the model fails costs about 2 log2(n) calls, and no other row.

    Args:
        write: makes the source's answer of one prediction.

    Returns:
        n answers, in the order of the rows; of a bad row, why there is none.
    """

    def predict(indices: Sequence[int]) -> Sequence[Answer]:
        part = [rows[index] for index in indices]
        return list(map(write, _predictions(model, part, probabilities)))

    return _each(model, model.refusals(rows), len(rows), predict)


def predict_each_by_column(
    model: MLModel,
    columns: Columns,
    write: "Callable[[PredictionColumns], Sequence[Answer]]",
) -> list[Answer | ModelLambdaError]:
    """Predict every good one of n rows that come by column, as `predict_each` does.

    Args:
        write: makes the source's answers of m predictions, of their values by member.
    """
    from model_lambda.packaged_model import PackagedModel

    if isinstance(model, PackagedModel):
        packaged = model
        return _each(
            model,
            model.refusals(columns),
            columns.row_count,
            lambda indices: write(packaged.predict_columns(columns.taken(indices))),
        )
    rows = list(columns.rows())

    def predict(indices: Sequence[int]) -> Sequence[Answer]:
        return write(_by_column(_predictions(model, [rows[index] for index in indices], False)))

    return _each(model, model.refusals(rows), len(rows), predict)


def _by_column(predictions: Sequence[dict[str, Any]]) -> "PredictionColumns":
    names = dict.fromkeys(name for prediction in predictions for name in prediction)
    return {name: [prediction.get(name) for prediction in predictions] for name in names}


def _each(
    model: MLModel,
    refusals: Mapping[int, Sequence[FieldError]],
    row_count: int,
    predict: Callable[[Sequence[int]], Sequence[Answer]],
) -> list[Answer | ModelLambdaError]:
    if not refusals:
        return _predict_or_halve(model, range(row_count), predict)
    good = [index for index in range(row_count) if index not in refusals]
    outcomes: dict[int, Answer | ModelLambdaError] = {
        index: SchemaError("the row is not valid", reasons) for index, reasons in refusals.items()
    }
    outcomes.update(zip(good, _predict_or_halve(model, good, predict), strict=True))
    return [outcomes[index] for index in range(row_count)]


def _predict_or_halve(
    model: MLModel, indices: Sequence[int], predict: Callable[[Sequence[int]], Sequence[Answer]]
) -> list[Answer | ModelLambdaError]:
    if not indices:
        return []
    try:
        return [*_fenced(model, len(indices), lambda: predict(indices))]
    except ModelLambdaError as error:
        if len(indices) == 1:
            return [error]
    half = len(indices) // 2
    return [
        answer
        for part in (indices[:half], indices[half:])
        for answer in _predict_or_halve(model, part, predict)
    ]


def _refuse_bad_rows(
    refusals: Mapping[int, Sequence[FieldError]], row_count: int, place: Place
) -> None:
    if refusals:
        raise _rows_error(refusals, row_count, place)


def _rows_error(
    refusals: Mapping[int, Sequence[FieldError]], row_count: int, place: Place
) -> SchemaError:
    """Name the first reason of each bad row, so that ten rows fit in one answer."""
    listed = list(refusals.items())[:MOST_ROWS_LISTED]
    errors = [place(index, reasons[0]) for index, reasons in listed]
    all_listed = len(refusals) <= MOST_ROWS_LISTED
    count = str(len(refusals)) if all_listed else f"more than {MOST_ROWS_LISTED}"
    return SchemaError(f"{count} of {row_count} rows are not valid", errors)


def _predictions(model: MLModel, rows: Sequence[Row], probabilities: bool) -> list[dict[str, Any]]:
    predictions = model.predict_batch(rows, probabilities=probabilities)
    if len(predictions) != len(rows):
        raise PredictionError(f"{model.qualified_name} gave another number of predictions")
    for prediction in predictions:
        if not isinstance(prediction, dict):
            raise PredictionError(f"{model.qualified_name} gave a prediction that is no object")
    return predictions


def _fenced(model: MLModel, row_count: int, predict: Callable[[], Answer]) -> Answer:
    """The fence: an error of ours stays what it is, any other is the model's failure."""
    note("rows", row_count)
    try:
        return predict()
    except ModelLambdaError:
        raise
    except Exception as error:  # a model may raise anything
        raise PredictionError(f"{model.qualified_name} failed") from error
