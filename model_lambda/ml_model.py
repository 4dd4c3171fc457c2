"""The contract of a model, and the part of it that all classifiers share."""

import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from inspect import getattr_static
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from model_lambda.deferred_schema import DeferredSchema
from model_lambda.engines import Engine, Input, Output, load_engine
from model_lambda.errors import (
    FieldError,
    GoldenPredictionError,
    ManifestError,
    ModelLambdaError,
    PredictionError,
)
from model_lambda.model_files import MANIFEST_NAME, read_manifest, read_model_file
from model_lambda.row_validation import LARGEST_FLOAT32, Bounds, Float32Validator, RowValidator
from model_lambda.tasks import (
    PROBABILITIES,
    PROBABILITY_DECIMALS,
    Prediction,
)

if TYPE_CHECKING:
    from marshmallow import Schema

Row = Mapping[str, Any]

# skl2onnx computes in float32: its probabilities differ from scikit-learn's by about 1e-7.
_GOLDEN_TOLERANCE = 1e-4
# Label and probabilities, as `export_classifier` has them.
_ENGINE_OUTPUTS = {
    "onnx": ("label", "probabilities"),
    "sklearn": ("predict", "predict_proba"),
}


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
    on_request: str = ""

    def __init__(self, engine: str = "onnx") -> None:  # noqa: B027 - may load nothing
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
    on_request = PROBABILITIES

    def __init__(self, engine: str = "onnx") -> None:
        """Load and verify the model.

        Args:
            engine: ``onnx`` or ``sklearn``.

        Raises:
            ModelLoadError: a file is not the trained one, or predicts otherwise.
        """
        self.engine_kind = engine
        self.manifest = read_manifest(self.model_files)
        self._refuse_foreign_manifest()
        self._engine = self.load_engine(engine)
        self.repeat_golden_predictions()

    def load_engine(self, kind: str) -> Engine:
        """Verify and load the file of one engine.

        Raises:
            ModelLoadError: there is none, or it is not the trained one.
        """
        manifest = self.manifest
        if kind not in manifest.files:
            raise ManifestError(f"the manifest of {manifest.qualified_name} lists no {kind} file")
        entry = manifest.files[kind]
        content = read_model_file(self.model_files, entry, kind)
        return load_engine(kind, content, entry, (Input("features", "FP32", self.feature_names),))

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

    def predict_batch(
        self, rows: Sequence[Row], *, probabilities: bool = False
    ) -> list[Prediction]:
        """Predict n accepted rows in one call.

        Raises:
            PredictionError: the engine raised, or gave something that is not an answer.
        """
        if not rows:  # converted classifiers refuse an empty batch
            return []
        columns = {name: [row[name] for row in rows] for name in self.feature_names}
        label, shares = self._outputs
        asked, unasked = ((label, shares), ()) if probabilities else ((label,), (shares,))
        try:
            found = self._engine.run(columns, len(rows), asked, unasked)
            return self._predictions(*found)
        except ModelLambdaError:
            raise
        except Exception as error:  # whatever an engine raises is the model's failure
            raise PredictionError(f"{self.qualified_name} failed on {len(rows)} rows") from error

    def _predictions(
        self, indices: list[int], shares: list[list[float]] | None = None
    ) -> list[Prediction]:
        field, label_of, labels = self.label_field, self._label_of_index, self.labels
        predictions: list[Prediction] = [{field: label_of[index]} for index in indices]
        if shares is not None:
            for prediction, row in zip(predictions, shares, strict=True):
                prediction[PROBABILITIES] = dict(zip(labels, row, strict=True))
        return predictions

    def repeat_golden_predictions(self) -> None:
        """Predict the golden rows again.

        Raises:
            GoldenPredictionError: one is predicted otherwise than at training.
        """
        names, labels, golden = self.feature_names, self.labels, self.manifest.golden_predictions
        rows = [dict(zip(names, one.features, strict=True)) for one in golden]
        try:
            predicted = self.predict_batch(rows, probabilities=True)
        except PredictionError as error:
            raise GoldenPredictionError(f"{self.qualified_name} cannot predict") from error
        for one, again in zip(golden, predicted, strict=True):
            shares = [again[PROBABILITIES][label] for label in labels]
            # A NaN is not within any tolerance.
            if again[self.label_field] != one.label or not all(
                abs(share - expected) <= _GOLDEN_TOLERANCE
                for share, expected in zip(shares, one.probabilities, strict=True)
            ):
                raise GoldenPredictionError(
                    f"{self.qualified_name} predicts otherwise than it did at training"
                )

    @cached_property
    def _outputs(self) -> tuple[Output, Output]:
        label, shares = _ENGINE_OUTPUTS[self.engine_kind]
        return Output(label, 1, None), Output(shares, 2, PROBABILITY_DECIMALS)

    @cached_property
    def row_validator(self) -> RowValidator:
        """Judges rows by the input schema, and then by what the engine can take."""
        bounds = self.input_bounds
        fits = bounds is not None and all(
            low >= -LARGEST_FLOAT32 and high <= LARGEST_FLOAT32 for _, low, high in bounds
        )
        make = RowValidator if fits else Float32Validator
        return make(lambda: self.input_schema, bounds)

    @cached_property
    def _label_of_index(self) -> dict[int, str]:
        # Not a tuple: its last element would be the label of class -1.
        return dict(enumerate(self.labels))

    def _refuse_foreign_manifest(self) -> None:
        described = (self.manifest.qualified_name, self.manifest.version, self.feature_names)
        if described != (self.qualified_name, self.version, self._input_fields()):
            raise ManifestError(f"the manifest of {self.qualified_name} is of another model")

    def _input_fields(self) -> tuple[str, ...]:
        bounds = self.input_bounds
        return tuple(self.input_schema.fields if bounds is None else (name for name, *_ in bounds))
