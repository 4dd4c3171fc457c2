"""The contract of a model, and the part of it that all classifiers share."""

import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from inspect import getattr_static
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from model_lambda.deferred_schema import DeferredSchema
from model_lambda.errors import FieldError, GoldenPredictionError, ManifestError, PredictionError
from model_lambda.model_files import MANIFEST_NAME, read_manifest
from model_lambda.model_runtimes import Classes, load_runtime
from model_lambda.row_validation import Bounds, RowValidator

if TYPE_CHECKING:
    from marshmallow import Schema

Row = Mapping[str, Any]

# skl2onnx computes in float32: its probabilities differ from scikit-learn's by about 1e-7.
_GOLDEN_TOLERANCE = 1e-4
_PROBABILITY_DECIMALS = 6


class MLModel(ABC):
    """A model that can be put behind the function.

    Subclasses describe themselves in class attributes; loading happens in ``__init__``.
    """

    display_name: str
    qualified_name: str
    description: str
    major_version: int
    minor_version: int
    input_schema: "ClassVar[Schema | DeferredSchema]"
    output_schema: "ClassVar[Schema | DeferredSchema]"
    task: str = "classification"
    has_probabilities: bool = False

    def __init__(self, runtime: str = "onnx") -> None:  # noqa: B027 - may load nothing
        """Load the model, with ONNX Runtime (``onnx``) or scikit-learn (``sklearn``)."""

    def predict(self, data: Row, *, probabilities: bool = False) -> dict[str, Any]:
        """Predict one row that the input schema has accepted."""
        return self.predict_batch([data], probabilities=probabilities)[0]

    @abstractmethod
    def predict_batch(
        self, rows: Sequence[Row], *, probabilities: bool = False
    ) -> list[dict[str, Any]]:
        """Predict n accepted rows in one call.

        Returns:
            n dictionaries in the order of the rows, each as the output schema says.
        """

    def refusals(
        self, rows: Sequence[Any], at_most: int | None = None
    ) -> dict[int, list[FieldError]]:
        """The rows that the model does not take, with the reasons; see ``RowValidator.refusals``.

        Args:
            at_most: how many to find.
        """
        return self.row_validator.refusals(rows, at_most)

    @cached_property
    def row_validator(self) -> RowValidator:
        """Judges rows by the input schema, which is imported when it is needed."""
        return RowValidator(lambda: self.input_schema, self.input_bounds)

    @property
    def record(self) -> Mapping[str, Any]:
        """What was written down when the model was made: its manifest, if it has one."""
        return {}

    @property
    def version(self) -> str:
        """``major.minor``."""
        return f"{self.major_version}.{self.minor_version}"

    @cached_property
    def json_schemas(self) -> dict[str, Any]:
        """``input`` and ``output`` as JSON Schema 2020-12, written beside the model's module."""
        declaring = next(cls for cls in type(self).__mro__ if "input_schema" in vars(cls))
        module_file = sys.modules[declaring.__module__].__file__ or ""
        content = Path(module_file).with_name("json_schemas.json").read_bytes()
        schemas: dict[str, Any] = json.loads(content)
        return schemas

    @cached_property
    def input_bounds(self) -> Sequence[Bounds] | None:
        """Bounds of each input field, in order; None if the input schema asks for more.

        Those of a deferred schema were written beside its JSON Schema.
        """
        if isinstance(getattr_static(self, "input_schema"), DeferredSchema):
            stored = self.json_schemas["bounds"]
            return stored and tuple((name, low, high) for name, low, high in stored)
        return RowValidator(self.input_schema).bounds


class ClassifierModel(MLModel):
    """A classifier of numeric features, loaded from the files that training wrote.

    A subclass adds the folder of its files and the output field that holds the label.
    """

    model_files: ClassVar[Path]
    label_field: ClassVar[str]
    has_probabilities = True

    def __init__(self, runtime: str = "onnx") -> None:
        """Load and verify the model.

        Args:
            runtime: ``onnx`` or ``sklearn``.

        Raises:
            ModelLoadError: a file is not the trained one, or predicts otherwise.
        """
        self.manifest = read_manifest(self.model_files)
        self._refuse_foreign_manifest()
        self._runtime = load_runtime(runtime, self.model_files, self.manifest)
        self._repeat_golden_predictions()

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """The manifest as a document."""
        document: dict[str, Any] = json.loads((self.model_files / MANIFEST_NAME).read_bytes())
        return document

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The input columns, in the order of the feature matrix."""
        return self.manifest.feature_names

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of the probability columns."""
        return self.manifest.labels

    def classify(self, features: NDArray[np.float32]) -> Classes:
        """Classify features (n, n_features) float32; n may be 0.

        Raises:
            PredictionError: the model raised, or gave other than n rows of finite numbers.
        """
        expected_shape = (len(features), len(self.labels))
        if not len(features):  # converted classifiers refuse an empty batch
            return Classes(np.empty(0, np.int64), np.empty(expected_shape, np.float32))
        try:
            classes = self._runtime.run(features)
            row_count, shape = len(classes.indices), classes.probabilities.shape
            is_finite = np.isfinite(classes.probabilities).all()
        except Exception as error:  # whatever a runtime raises is the model's failure
            raise PredictionError(f"{self.qualified_name} failed on {features.shape}") from error
        if row_count != len(features) or shape != expected_shape:
            raise PredictionError(f"{self.qualified_name} gave another number of predictions")
        if not is_finite:
            raise PredictionError(f"{self.qualified_name} gave a probability that is no number")
        return classes

    def predict_batch(
        self, rows: Sequence[Row], *, probabilities: bool = False
    ) -> list[dict[str, Any]]:
        """Predict n accepted rows in one call."""
        if not rows:
            return []
        classes = self.classify(self._feature_matrix(rows))
        labels = self.labels_of(classes)
        if not probabilities:
            return [{self.label_field: label} for label in labels]
        return [
            {self.label_field: label, "probabilities": dict(zip(self.labels, row, strict=True))}
            for label, row in zip(labels, rounded_probabilities(classes).tolist(), strict=True)
        ]

    def labels_of(self, classes: Classes) -> list[str]:
        """The label of each row.

        Raises:
            PredictionError: a class has none.
        """
        try:
            return [self._label_of_index[index] for index in classes.indices.tolist()]
        except (KeyError, TypeError) as error:
            raise PredictionError(f"{self.qualified_name} gave a class without a label") from error

    @cached_property
    def _label_of_index(self) -> dict[int, str]:
        # Not a tuple: its last element would be the label of class -1.
        return dict(enumerate(self.labels))

    def _feature_matrix(self, rows: Sequence[Row]) -> NDArray[np.float32]:
        names = self.feature_names
        return np.array([[row[name] for name in names] for row in rows], dtype=np.float32)

    def _refuse_foreign_manifest(self) -> None:
        described = (self.manifest.qualified_name, self.manifest.version, self.feature_names)
        if described != (self.qualified_name, self.version, self._input_fields()):
            raise ManifestError(f"the manifest of {self.qualified_name} is of another model")

    def _input_fields(self) -> tuple[str, ...]:
        bounds = self.input_bounds
        return tuple(self.input_schema.fields if bounds is None else (name for name, *_ in bounds))

    def _repeat_golden_predictions(self) -> None:
        golden = self.manifest.golden_predictions
        try:
            classes = self.classify(np.array([one.features for one in golden], dtype=np.float32))
            labels = self.labels_of(classes)
        except PredictionError as error:
            raise GoldenPredictionError(f"{self.qualified_name} cannot predict") from error
        difference = np.abs(classes.probabilities - [one.probabilities for one in golden]).max()
        same_labels = labels == [one.label for one in golden]
        # A NaN is not within any tolerance.
        if not (same_labels and difference <= _GOLDEN_TOLERANCE):
            raise GoldenPredictionError(
                f"{self.qualified_name} predicts otherwise than it did at training"
            )


def rounded_probabilities(classes: Classes) -> NDArray[np.float64]:
    """Probabilities (n, k) as they are answered.

    Further digits differ between processors and say nothing.
    """
    return classes.probabilities.astype(np.float64).round(_PROBABILITY_DECIMALS)
