import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from deploy.documents.json_schemas import main, model_schemas, schemas_path
from model_lambda.models.iris.iris_model import IrisModel

SCHEMAS = IrisModel().json_schemas
INPUT = Draft202012Validator(SCHEMAS["input"])
OUTPUT = Draft202012Validator(SCHEMAS["output"])
NAMES = tuple(IrisModel.input_schema.fields)

values: st.SearchStrategy[Any] = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.1, 15.0, 15, 1, 0, 16, "5.1", None, True, [], {}]),
)
rows = st.one_of(
    st.fixed_dictionaries(dict.fromkeys(NAMES, st.floats(0.05, 15.05))),
    st.fixed_dictionaries({}, optional=dict.fromkeys((*NAMES, "colour"), values)),
)


def test_the_stored_schemas_are_those_of_the_code() -> None:
    assert model_schemas(IrisModel) == SCHEMAS


@pytest.mark.parametrize("which", ["input", "output"])
def test_each_is_a_complete_schema_of_draft_2020_12(which: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[which])
    assert SCHEMAS[which]["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert SCHEMAS[which]["$id"] == f"urn:model-lambda:iris_model:1.0:{which}"


def test_each_measurement_has_its_unit_and_range() -> None:
    for field in SCHEMAS["input"]["properties"].values():
        assert field["description"].endswith("(cm).")
        assert (field["minimum"], field["maximum"]) == (0.1, 15.0)


@given(rows)
def test_json_schema_and_marshmallow_judge_alike(row: Any) -> None:
    assert INPUT.is_valid(row) == (IrisModel.input_schema.validate(row) == {})


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, st.floats(0.1, 15.0))))
def test_predictions_fit_the_output_schema(row: Any) -> None:
    OUTPUT.validate(IrisModel().predict(row, probabilities=True))


def test_writing_them_again_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stored = schemas_path(IrisModel).read_bytes()
    monkeypatch.setattr(
        "deploy.documents.json_schemas.schemas_path", lambda _: tmp_path / "schemas.json"
    )
    main()
    assert (tmp_path / "schemas.json").read_bytes() == stored
    assert json.loads(stored) == SCHEMAS
