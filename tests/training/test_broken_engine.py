"""An exported model whose engine gives no numbers gives no answer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_lambda.engines import Output
from model_lambda.engines.arrays import asked_lists
from model_lambda.errors import PredictionError
from model_lambda.packaged_model import PackagedModel, load_packaged_model
from tests.training.made_estimators import MAKERS
from training.export import export_model


class NotANumber:
    """The first label for every row, among probabilities that are NaN."""

    def __init__(self, label: Any) -> None:
        self._label = label

    def run(
        self,
        _columns: Mapping[str, Sequence[Any]],
        row_count: int,
        outputs: Sequence[Output],
        unasked: Sequence[Output] = (),
    ) -> list[list[Any]]:
        """As engines do it."""
        arrays = [np.array([self._label] * row_count), np.full((row_count, 2), np.nan)]
        return asked_lists(outputs, unasked, arrays, row_count)


@pytest.mark.parametrize("probabilities", [False, True])
def test_a_label_among_probabilities_that_are_no_numbers_is_no_answer(
    tmp_path: Path, probabilities: bool
) -> None:
    made = MAKERS["mixed_table"]()
    folder = tmp_path / "churn" / "1.0"
    export_model(made.estimator, made.example, name="churn", label=made.label, folder=folder)
    manifest = load_packaged_model(folder).manifest
    model = PackagedModel(manifest, NotANumber(manifest.answer.engine_labels[0]))
    row = manifest.golden_predictions[0].row
    with pytest.raises(PredictionError, match="not finite"):
        model.predict_batch([row], probabilities=probabilities)
