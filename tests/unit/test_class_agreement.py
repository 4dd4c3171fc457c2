"""Before a package is built, a class is compared with its stored schemas and its model."""

from pathlib import Path
from typing import Any

import pytest
from marshmallow import fields, validate

from deploy import class_agreement
from deploy.class_agreement import disagreements
from deploy.documents.json_schemas import model_schemas
from model_lambda.models.iris.iris_model import IrisModel
from model_lambda.models.iris.schemas import IrisOutputSchema
from tests.unit.flower_rows import ScriptedModel
from tests.unit.model_folders import copy_of_model_files, edit_manifest, model_in


@pytest.mark.parametrize("engine", ["onnx", "sklearn"])
def test_the_iris_model_agrees_with_what_it_serves(engine: str) -> None:
    assert list(disagreements(IrisModel, engine)) == []


def test_a_class_without_a_manifest_has_nothing_to_agree_with() -> None:
    assert list(disagreements(ScriptedModel)) == []


def test_stored_schemas_of_another_time_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    old: dict[str, Any] = model_schemas(IrisModel)
    old["fields"][0]["maximum"] = 14.0
    monkeypatch.setattr(class_agreement, "stored_schemas", lambda _model: old)
    (told,) = disagreements(IrisModel)
    assert told == "the schemas of iris_model were edited: run make openapi"


def test_a_model_that_does_not_load_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of_model_files(tmp_path)
    edit_manifest(folder, lambda manifest: manifest["fields"][0].update(maximum=14.0))
    monkeypatch.setattr(class_agreement, "stored_schemas", lambda _model: None)
    (told,) = disagreements(model_in(folder))
    assert told.startswith("the input schema of iris_model takes rows that its manifest does not: ")
    assert "export the model again" in told


class Unnamed(IrisOutputSchema):
    """Without the last species."""

    species = fields.String(required=True, validate=validate.OneOf(["setosa", "versicolor"]))


class Certain(IrisOutputSchema):
    """Without probabilities."""

    class Meta(IrisOutputSchema.Meta):
        exclude = ("probabilities",)


@pytest.mark.parametrize("schema", [Unnamed, Certain])
def test_an_output_schema_that_refuses_an_answer_is_told(
    schema: type[IrisOutputSchema], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_agreement, "stored_schemas", lambda _model: None)
    model = type("OtherAnswers", (IrisModel,), {"output_schema": schema()})
    (told,) = disagreements(model)
    assert told.startswith("the output schema of iris_model refuses {'species': ")
