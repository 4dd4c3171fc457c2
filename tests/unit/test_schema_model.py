"""A class and the manifest that it serves say the same, or the model is not loaded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from marshmallow import RAISE, Schema, fields, validate

from model_lambda.errors import GoldenPredictionError, ManifestError
from model_lambda.models.iris.iris_model import IrisModel
from model_lambda.models.iris.schemas import IrisInputSchema
from model_lambda.schema_fields import StrictFloat
from tests.unit.flower_rows import SETOSA
from tests.unit.model_folders import copy_of_model_files, edit_manifest, model_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_model_files(tmp_path)


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (lambda manifest: manifest.update(qualified_name="rose_model"), "qualified_name"),
        (lambda manifest: manifest.update(version="1.1"), "version"),
        (lambda manifest: manifest.update(display_name="Iris"), "display_name"),
        (lambda manifest: manifest.update(description="Predicts."), "description"),
    ],
    ids=["name", "version", "display name", "description"],
)
def test_a_manifest_of_another_model_is_refused(
    folder: Path, edit: Callable[[dict[str, Any]], object], what: str
) -> None:
    edit_manifest(folder, edit)
    with pytest.raises(ManifestError, match=f"the manifest of iris_model has another {what}"):
        model_in(folder)()


def _rename(manifest: dict[str, Any]) -> None:
    for one in (
        manifest["fields"][0],
        *(golden["row"] for golden in manifest["golden_predictions"]),
    ):
        if "name" in one:
            one["name"] = "height"
        else:
            one["height"] = one.pop("sepal_length")
    manifest["engine"]["inputs"][0]["fields"][0] = "height"


@pytest.mark.parametrize(
    "edit",
    [
        lambda manifest: manifest["fields"].reverse(),
        _rename,
        lambda manifest: manifest["fields"][3].update(minimum=0.2),
        lambda manifest: manifest["fields"][3].update(maximum=14.9),
        lambda manifest: manifest["fields"][3].update(type="integer"),
    ],
    ids=["order", "name", "minimum", "maximum", "type"],
)
def test_a_schema_that_takes_more_than_the_manifest_is_refused(
    folder: Path, edit: Callable[[dict[str, Any]], object]
) -> None:
    edit_manifest(folder, edit)
    with pytest.raises(ManifestError, match="the input schema of iris_model takes rows that its"):
        model_in(folder)()


@pytest.mark.parametrize(
    "edit",
    [
        lambda manifest: manifest["fields"][0].update(nullable=True),
        lambda manifest: manifest["fields"][0].update(minimum=-1.0, maximum=99.0),
        lambda manifest: manifest["fields"][0].update(description="Another."),
    ],
    ids=["nullable", "wider bounds", "description"],
)
def test_a_schema_may_take_less_than_the_manifest(
    folder: Path, edit: Callable[[dict[str, Any]], object]
) -> None:
    edit_manifest(folder, edit)
    model = model_in(folder)()
    assert model.refusals([{**SETOSA, "sepal_length": 15.1}]).keys() == {0}


@pytest.mark.parametrize(
    "edit",
    [
        lambda manifest: manifest["answer"].update(labels=["setosa", "versicolor", "rose"]),
        lambda manifest: manifest["answer"].update(names=["kind"]),
    ],
    ids=["label", "member"],
)
def test_an_output_schema_of_other_answers_is_refused(
    folder: Path, edit: Callable[[dict[str, Any]], object]
) -> None:
    edit_manifest(folder, edit)
    with pytest.raises(ManifestError, match="the output schema of iris_model has other answers"):
        model_in(folder)()


def test_a_schema_that_is_imported_with_its_class_is_compared_as_well() -> None:
    class Wide(IrisInputSchema):
        petal_width = StrictFloat(required=True, validate=validate.Range(0.1, 15.1))

    model = type("WideModel", (IrisModel,), {"input_schema": Wide()})
    with pytest.raises(ManifestError, match="the input schema of iris_model takes rows"):
        model()


def test_a_schema_that_says_more_than_fields_is_judged_by_marshmallow() -> None:
    class Odd(IrisInputSchema):
        petal_width = StrictFloat(required=True, validate=validate.NoneOf([13]))

    model = type("OddModel", (IrisModel,), {"input_schema": Odd()})()
    rows = [SETOSA, {**SETOSA, "petal_width": 13}, {**SETOSA, "petal_width": 15.1}]
    assert model.refusals(rows).keys() == {1, 2}


def test_a_schema_that_takes_less_than_the_golden_rows_is_refused() -> None:
    class Whole(Schema):
        class Meta:
            unknown = RAISE

        sepal_length = sepal_width = petal_length = petal_width = fields.Integer(
            required=True, strict=True, validate=validate.Range(1, 15)
        )

    model = type("WholeModel", (IrisModel,), {"input_schema": Whole()})
    with pytest.raises(GoldenPredictionError, match="refuses one of its golden rows"):
        model()
