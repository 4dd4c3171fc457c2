"""A packaged model whose engine fails, or whose golden rows are no longer taken."""

from typing import Any

import pytest

from model_lambda.errors import GoldenPredictionError, PredictionError
from model_lambda.manifest import GoldenPrediction, read_manifest
from model_lambda.packaged_model import PackagedModel, load_packaged_model
from tests.unit.model_folders import REFERENCE

MANIFEST = read_manifest(REFERENCE)
ROW = MANIFEST.golden_predictions[0].row


class BrokenEngine:
    """Raises what an engine may raise."""

    def run(self, *_: Any) -> list[list[Any]]:
        """Fail."""
        raise RuntimeError("Non-zero status code returned while running TreeEnsemble")


def test_no_rows_are_no_predictions_and_the_engine_is_not_asked() -> None:
    assert PackagedModel(MANIFEST, BrokenEngine()).predict_batch([]) == []


def test_what_an_engine_raises_is_a_failed_prediction_that_says_of_how_many_rows() -> None:
    model = PackagedModel(MANIFEST, BrokenEngine())
    with pytest.raises(PredictionError, match=r"^penguins failed on 2 rows$"):
        model.predict_batch([ROW, ROW])


def test_a_model_that_cannot_predict_its_golden_rows_is_refused() -> None:
    with pytest.raises(GoldenPredictionError, match=r"^penguins cannot predict$"):
        PackagedModel(MANIFEST, BrokenEngine()).repeat_golden_predictions()


def test_a_model_that_refuses_a_golden_row_is_refused() -> None:
    model = load_packaged_model(REFERENCE)
    model.manifest = MANIFEST._replace(
        golden_predictions=(GoldenPrediction({**ROW, "island": "Atlantis"}, {}),)
    )
    with pytest.raises(GoldenPredictionError, match=r"^penguins refuses one of its golden rows$"):
        model.repeat_golden_predictions()
