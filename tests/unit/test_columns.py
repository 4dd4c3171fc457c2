from typing import Any

import pytest
from jsonschema import Draft202012Validator

from model_lambda.columns import Field, field_schema, read_field, rows_schema, write_field

FIELDS: dict[str, dict[str, Any]] = {
    "number": {"name": "a", "type": "number", "minimum": 0.5, "maximum": 2.0, "unit": "cm"},
    "integer": {"name": "a", "type": "integer", "minimum": -1, "maximum": 3},
    "integer of choices": {"name": "a", "type": "integer", "choices": [1, 2]},
    "boolean": {"name": "a", "type": "boolean", "description": "Whether."},
    "category": {"name": "a", "type": "category", "choices": ["x", "y"]},
    "nullable category": {
        "name": "a",
        "type": "category",
        "nullable": True,
        "choices": ["x", "y"],
        "default": None,
    },
    "text": {"name": "a", "type": "text", "max_length": 9, "default": "none"},
    "array": {"name": "a", "type": "array", "minimum": 0.0, "maximum": 1.0, "length": 3},
}


@pytest.mark.parametrize("document", FIELDS.values(), ids=FIELDS.keys())
def test_a_field_is_written_as_it_was_read(document: dict[str, Any]) -> None:
    assert write_field(read_field(document)) == document


@pytest.mark.parametrize("document", FIELDS.values(), ids=FIELDS.keys())
def test_a_field_has_a_json_schema(document: dict[str, Any]) -> None:
    schema = rows_schema([read_field(document)], "urn:x", "A row.")
    Draft202012Validator.check_schema(schema)
    assert schema["required"] == ([] if "default" in document else ["a"])


def test_the_json_schema_says_all_that_is_known() -> None:
    field = read_field({**FIELDS["nullable category"], "description": "Kind.", "unit": "sort"})
    assert field_schema(field) == {
        "type": ["string", "null"],
        "enum": ["x", "y", None],
        "default": None,
        "description": "Kind. In sort.",
    }
    assert field_schema(Field("a", "array", minimum=0.0, maximum=1.0, length=2)) == {
        "type": "array",
        "items": {"type": "number", "minimum": 0.0, "maximum": 1.0},
        "minItems": 2,
        "maxItems": 2,
    }


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"name": "a", "type": "date"}, "no field"),
        ({"name": "", "type": "number"}, "no field"),
        ({"name": "a", "type": "number", "minimun": 1}, "unknown attribute: minimun"),
        ({"name": "a", "type": "number", "minimum": 2, "maximum": 1}, "minimum over its maximum"),
        ({"name": "a", "type": "category"}, "no complete category"),
        ({"name": "a", "type": "category", "choices": ["x", 1]}, "no complete category"),
        ({"name": "a", "type": "text"}, "no complete text"),
        ({"name": "a", "type": "array", "length": 0}, "no complete array"),
        ({"name": "a", "type": "number", "default": None}, "null as default"),
    ],
)
def test_what_is_no_field_is_refused(document: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_field(document)
