"""A packaged model behind a class: names and marshmallow schemas of its own, as in the article."""

from collections.abc import Sequence
from functools import cached_property
from inspect import getattr_static
from pathlib import Path
from typing import Any, ClassVar

from model_lambda.columns import Columns, Field
from model_lambda.deferred_schema import DeferredSchema
from model_lambda.errors import FieldError, ManifestError
from model_lambda.packaged_model import PackagedModel, open_folder
from model_lambda.schema_checker import SchemaChecker

_NAMES = ("qualified_name", "version", "display_name", "description")


class SchemaModel(PackagedModel):
    """Serves an exported folder; rows are judged by its schema, and then by the manifest's fields.

    A subclass describes itself as every `MLModel` does.

    Attributes:
        model_files: a folder that holds an exported one for each engine, called as the engine.
    """

    model_files: ClassVar[Path]

    def __init__(self, engine: str = "onnx") -> None:
        """Load and verify the model, and repeat its golden predictions.

        Args:
            engine: `onnx` or `sklearn`.

        Raises:
            ModelLoadError: a file is not the exported one, predicts otherwise, or is of another
                model than the class describes.
        """
        own = {name: getattr(self, name) for name in _NAMES}
        super().__init__(*open_folder(self.model_files / engine))
        self._refuse_other_model(own)
        self.repeat_golden_predictions()

    def refusals(
        self, rows: Sequence[Any] | Columns, at_most: int | None = None
    ) -> dict[int, list[FieldError]]:
        """The rows that the model does not take, with the reasons; see `SchemaChecker.refusals`."""
        return self.schema_checker.refusals(rows, at_most)

    @cached_property
    def schema_checker(self) -> SchemaChecker:
        """Judges rows by the input schema, and then by what the engine can take."""
        return SchemaChecker(lambda: self.input_schema, self.schema_fields, self._checker)

    @cached_property
    def json_schemas(self) -> dict[str, Any]:
        """`input` and `output` as JSON Schema 2020-12, written beside the class."""
        return super(PackagedModel, self).json_schemas

    def _refuse_other_model(self, own: dict[str, Any]) -> None:
        """Compare the class with the manifest, as far as nothing has to be imported for it."""
        name = own["qualified_name"]
        for attribute, value in own.items():
            if value != getattr(self, attribute):
                raise ManifestError(f"the manifest of {name} has another {attribute}")
        if self.schema_fields is not None and not _are_within(
            self.schema_fields, self.manifest.fields
        ):
            raise ManifestError(f"the input schema of {name} takes rows that its manifest does not")
        if isinstance(getattr_static(self, "input_schema"), DeferredSchema):
            self._refuse_other_answer(name)

    def _refuse_other_answer(self, name: str) -> None:
        properties, answer = self.json_schemas["output"]["properties"], self.manifest.answer
        labels = properties.get(answer.names[0], {}).get("enum", answer.labels)
        if not properties.keys() >= set(answer.names) or set(labels) != set(answer.labels):
            raise ManifestError(f"the output schema of {name} has other answers than its manifest")


def _are_within(inner: Sequence[Field], outer: Sequence[Field]) -> bool:
    """Whether every row of some fields is a row of others, in the same order."""
    return len(inner) == len(outer) and all(map(_is_within, inner, outer))


def _is_within(inner: Field, outer: Field) -> bool:
    return (
        inner.name == outer.name
        and (inner.type == outer.type or (inner.type, outer.type) == ("integer", "number"))
        and outer.minimum <= inner.minimum
        and inner.maximum <= outer.maximum
        and inner.max_length <= outer.max_length
        and (outer.nullable or not inner.nullable)
        and (not outer.choices or (inner.choices != () and {*inner.choices} <= {*outer.choices}))
    )
