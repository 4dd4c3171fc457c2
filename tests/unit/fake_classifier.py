"""The iris model with any schema, around any function in place of its engine, for tests."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from marshmallow import Schema
from numpy.typing import NDArray

from model_lambda.engines import Output
from model_lambda.engines.arrays import asked_lists
from model_lambda.manifest import read_manifest
from model_lambda.models.iris.iris_model import IrisModel
from model_lambda.models.iris.schemas import IrisInputSchema, IrisOutputSchema
from model_lambda.packaged_model import PackagedModel
from model_lambda.schema_model import SchemaModel

Features = NDArray[np.float32]


class Classes(NamedTuple):
    """What a classifier gives for n rows: indices (n,) and probabilities (n, k)."""

    indices: Any
    probabilities: Any


class FakeEngine:
    """Gives what a function makes of the features."""

    def __init__(self, run: Callable[[Features], Any]) -> None:
        self.classify = run

    def run(
        self,
        columns: Mapping[str, Sequence[Any]],
        row_count: int,
        outputs: Sequence[Output],
        unasked: Sequence[Output] = (),
    ) -> list[list[Any]]:
        """As engines do it."""
        arrays = self.classify(np.array(list(columns.values()), np.float32).T)
        return asked_lists(outputs, unasked, arrays, row_count)


def always_setosa(features: Features) -> Classes:
    """Setosa for every row, for certain."""
    shares = np.tile(np.array([1, 0, 0], np.float32), (len(features), 1))
    return Classes(np.zeros(len(features), np.int64), shares)


class FakeClassifier(SchemaModel):
    """The iris model with any schema, around any function."""

    display_name = IrisModel.display_name
    qualified_name = IrisModel.qualified_name
    description = IrisModel.description
    major_version = 1
    minor_version = 0
    output_schema = IrisOutputSchema()

    def __init__(
        self,
        schema: Schema | None = None,
        run: Callable[[Features], Any] = always_setosa,
    ) -> None:
        self.input_schema = schema or IrisInputSchema()  # type: ignore[misc]
        PackagedModel.__init__(self, read_manifest(IrisModel.model_files / "onnx"), FakeEngine(run))
