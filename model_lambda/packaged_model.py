"""A model that is a folder: a manifest and the file of an engine, whatever its task."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any

from model_lambda.columns import Columns, rows_schema
from model_lambda.engines import Engine, Output, load_engine
from model_lambda.errors import (
    FieldError,
    GoldenPredictionError,
    ModelLambdaError,
    PredictionError,
)
from model_lambda.manifest import Manifest, read_manifest
from model_lambda.ml_model import MLModel, Row
from model_lambda.model_files import read_verified_file
from model_lambda.row_checks import RowChecker
from model_lambda.tasks import (
    TASKS,
    Prediction,
    PredictionColumns,
    Role,
    answer_columns,
    answer_schema,
    answers,
)

# Processors differ in the last digits of float32; a model that differs by more is another one.
_GOLDEN_TOLERANCE = 1e-4


class PackagedModel(MLModel):
    """A model in service."""

    def __init__(self, manifest: Manifest, engine: Engine) -> None:
        self.manifest = manifest
        self.qualified_name = manifest.qualified_name
        self.display_name = manifest.display_name
        self.description = manifest.description
        self.task = manifest.task
        self.on_request = manifest.on_request
        self.major_version, self.minor_version = map(int, manifest.version.split("."))
        self._task = TASKS[manifest.task]
        self._engine = engine
        self._outputs = [self._output(role) for role in self._task.roles]
        self._on_request = (
            [self._output(self._task.on_request)]
            if self._task.on_request and manifest.on_request
            else []
        )
        self._checker = RowChecker(manifest.fields)

    def refusals(
        self, rows: Sequence[Any] | Columns, at_most: int | None = None
    ) -> dict[int, list[FieldError]]:
        """The rows that the model does not take, with the reasons; see `RowChecker.refusals`."""
        return self._checker.refusals(rows, at_most)

    def predict_batch(
        self, rows: Sequence[Row], *, probabilities: bool = False
    ) -> list[Prediction]:
        """Predict n rows that are not refused, in one call of the engine.

        Raises:
            PredictionError: the engine raised, or gave something that is not an answer.
        """
        if not rows:
            return []
        outputs = self._outputs_of(self._checker.columns(rows), len(rows), probabilities)
        return answers(self._task, self.manifest.answer, outputs, on_request=probabilities)

    def predict_columns(
        self, columns: Columns, *, probabilities: bool = False
    ) -> PredictionColumns:
        """Predict n rows that are not refused, in one call of the engine, column by column.

        Raises:
            PredictionError: the engine raised, or gave something that is not an answer.
        """
        completed = self._checker.completed(columns)
        outputs = self._outputs_of(completed, columns.row_count, probabilities)
        return answer_columns(self._task, self.manifest.answer, outputs, on_request=probabilities)

    def _outputs_of(
        self, columns: Mapping[str, Sequence[Any]], row_count: int, probabilities: bool
    ) -> list[list[Any]]:
        """The engine's outputs for valid columns, in the order of the task's roles.

        Raises:
            PredictionError: the engine raised, or gave something that is not an answer.
        """
        asked, unasked = self._outputs, self._on_request
        if probabilities:
            asked, unasked = asked + unasked, []
        if not row_count:  # converted models refuse an empty batch
            return [[] for _ in asked]
        try:
            return self._engine.run(columns, row_count, asked, unasked)
        except ModelLambdaError:
            raise
        except Exception as error:  # whatever an engine raises is the model's failure
            raise PredictionError(f"{self.qualified_name} failed on {row_count} rows") from error

    def _output(self, role: Role) -> Output:
        return Output(self.manifest.engine.outputs[role.name], role.rank, role.decimals)

    @property
    def record(self) -> Mapping[str, Any]:
        """The manifest as a document."""
        return self.manifest.document

    @cached_property
    def json_schemas(self) -> dict[str, Any]:
        """`input` and `output` as JSON Schema 2020-12, made from the manifest."""
        manifest = self.manifest
        urn = f"urn:model-lambda:{manifest.qualified_name}:{manifest.version}"
        return {
            "input": rows_schema(manifest.fields, f"{urn}:input", "One row to predict."),
            "output": answer_schema(
                self._task,
                manifest.answer,
                f"{urn}:output",
                on_request=bool(manifest.on_request),
            ),
        }

    def repeat_golden_predictions(self) -> None:
        """Predict the golden rows again.

        Raises:
            GoldenPredictionError: a row is refused, or answered otherwise than at export.
        """
        golden = self.manifest.golden_predictions
        rows = [one.row for one in golden]
        name = self.qualified_name
        if self.refusals(rows):
            raise GoldenPredictionError(f"{name} refuses one of its golden rows")
        try:
            predicted = self.predict_batch(rows, probabilities=bool(self.on_request))
        except Exception as error:  # a manifest of another model can make it fail in any way
            raise GoldenPredictionError(f"{name} cannot predict") from error
        for one, again in zip(golden, predicted, strict=True):
            if not is_close(one.prediction, again):
                raise GoldenPredictionError(f"{name} predicts otherwise than it did at export")


def load_packaged_model(folder: Path) -> PackagedModel:
    """Verify and load the model of a folder, and repeat its golden predictions.

    Raises:
        ModelLoadError: a file is not the exported one, or predicts otherwise.
    """
    model = PackagedModel(*open_folder(folder))
    model.repeat_golden_predictions()
    return model


def open_folder(folder: Path) -> tuple[Manifest, Engine]:
    """Verify the files of a folder and load its engine.

    Raises:
        ModelLoadError: a file is not the exported one.
    """
    manifest = read_manifest(folder)
    settings = manifest.engine
    content = read_verified_file(folder, settings.file, settings.kind)
    return manifest, load_engine(settings.kind, content, settings.file, settings.inputs)


def is_close(expected: Any, got: Any) -> bool:
    """Whether an answer is the recorded one, but for what processors make of float32."""
    if isinstance(expected, Mapping):
        same_members = isinstance(got, Mapping) and list(expected) == list(got)
        return same_members and all(is_close(expected[name], got[name]) for name in expected)
    if isinstance(expected, float) and type(got) in (float, int):
        # A NaN is not within any tolerance, and infinity, as its own tolerance, would be.
        tolerance = _GOLDEN_TOLERANCE * max(1.0, abs(expected))
        return bool(abs(expected - got) <= tolerance < inf)
    return bool(type(expected) is type(got) and expected == got)
