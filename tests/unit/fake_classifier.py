"""The iris model with any schema, around any function in place of its runtime, for tests."""

from collections.abc import Callable

import numpy as np
from marshmallow import Schema
from numpy.typing import NDArray

from model_lambda.ml_model import ClassifierModel
from model_lambda.model_files import read_manifest
from model_lambda.model_runtimes import Classes
from model_lambda.models.iris.iris_model import IrisModel
from model_lambda.models.iris.schemas import IrisInputSchema, IrisOutputSchema

Features = NDArray[np.float32]


class FakeRuntime:
    """Answers with what a function gives."""

    def __init__(self, run: Callable[[Features], Classes]) -> None:
        self.run = run


def always_setosa(features: Features) -> Classes:
    """Setosa for every row, for certain."""
    shares = np.tile(np.array([1, 0, 0], np.float32), (len(features), 1))
    return Classes(np.zeros(len(features), np.int64), shares)


class FakeClassifier(ClassifierModel):
    """The iris model with any schema, around any function."""

    qualified_name = "iris_model"
    major_version = 1
    minor_version = 0
    output_schema = IrisOutputSchema()
    label_field = "species"

    def __init__(
        self,
        schema: Schema | None = None,
        run: Callable[[Features], Classes] = always_setosa,
    ) -> None:
        self.manifest = read_manifest(IrisModel.model_files)
        self.input_schema = schema or IrisInputSchema()  # type: ignore[misc]
        self._runtime = FakeRuntime(run)
