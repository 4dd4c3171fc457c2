"""The contract of a model."""

import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from inspect import getattr_static
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from model_lambda.columns import Field, read_field
from model_lambda.deferred_schema import DeferredSchema
from model_lambda.errors import FieldError
from model_lambda.schema_checker import SchemaChecker

if TYPE_CHECKING:
    from marshmallow import Schema

Row = Mapping[str, Any]


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
        """The rows that the model does not take, with the reasons; see `SchemaChecker.refusals`.

        Args:
            at_most: how many to find.
        """
        return self.schema_checker.refusals(rows, at_most)

    @cached_property
    def schema_checker(self) -> SchemaChecker:
        """Judges rows by the input schema, which is imported when it is needed."""
        return SchemaChecker(lambda: self.input_schema, self.schema_fields)

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
    def schema_fields(self) -> Sequence[Field] | None:
        """The fields of the input schema, in order; None if it asks for more than they can say.

        Those of a deferred schema were written beside its JSON Schema.
        """
        if isinstance(getattr_static(self, "input_schema"), DeferredSchema):
            stored = self.json_schemas["fields"]
            return stored and tuple(map(read_field, stored))
        from model_lambda.fields_of_schema import fields_of

        return fields_of(self.input_schema)
