"""The model: a pickled scikit-learn estimator behind a class."""

import pickle
from pathlib import Path
from typing import Any

from .schemas import SPECIES, IrisInput, IrisOutput


class IrisModel:
    """Predicts the species of an iris flower."""

    display_name = "Iris Model"
    qualified_name = "iris_model"
    description = "Predicts the species of an iris flower from four measurements."
    major_version = 1
    minor_version = 0
    input_schema = IrisInput()
    output_schema = IrisOutput()

    def __init__(self) -> None:
        content = Path(__file__).with_name("iris_model.pickle").read_bytes()
        self._estimator = pickle.loads(content)

    def predict(self, data: dict[str, float]) -> dict[str, Any]:
        """Predict one row."""
        row = [[data[name] for name in self.input_schema.fields]]
        return {"species": SPECIES[int(self._estimator.predict(row)[0])]}
