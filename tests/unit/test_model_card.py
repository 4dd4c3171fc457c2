"""The model card: its text is never markup, and what was not measured is not in it."""

import json
from typing import Any

import pytest
from markdown_it import MarkdownIt

from model_lambda.model_card import model_card
from model_lambda.models.iris.iris_model import IrisModel
from model_lambda.packaged_model import load_packaged_model
from model_lambda.web_api.card_page import card_page
from tests.unit.flower_rows import ScriptedModel
from tests.unit.model_folders import REFERENCE

HOSTILE = "<script>alert(1)</script> [a](javascript:b) ![c](http://d) | `e` **f** _g_ &lt; \\| # h"


def rendered(card: dict[str, Any]) -> Any:
    """The page as CommonMark with tables and HTML let through: the laxest reader."""
    return MarkdownIt("commonmark").enable("table").parse(card_page(card))


def shown(tokens: Any) -> list[str]:
    """What a reader sees of each paragraph, heading and cell."""
    inline = [token for token in tokens if token.type == "inline"]
    assert {part.type for token in inline for part in token.children} <= {"text", "text_special"}
    return ["".join(part.content for part in token.children) for token in inline]


@pytest.fixture
def hostile_card() -> dict[str, Any]:
    return {
        "display_name": HOSTILE,
        "qualified_name": HOSTILE,
        "version": "1.0",
        "description": f"- {HOSTILE}",
        "task": "classification",
        "data": {"example_rows": 30},
        "fields": [{"name": HOSTILE, "type": "category", "unit": HOSTILE, "choices": [HOSTILE]}],
        "labels": [HOSTILE, 1, True],
        "quality": {HOSTILE.replace("_", ""): {"served": 1.0, "estimator": 1.0}},
        "equivalence": {
            "tolerance": 0.1,
            "accepted": True,
            "example": {"rows": 30, "worst_row": {HOSTILE: "\ud800\n\n# x"}},
        },
        "files": [{"engine": HOSTILE, "name": HOSTILE, "size": 1, "sha256": "", "library":
                   {"at_least": HOSTILE, "below": HOSTILE}}],
        "trained_with": {HOSTILE: HOSTILE},
    }  # fmt: skip


def test_text_of_a_manifest_is_shown_as_it_is_and_is_never_markup(
    hostile_card: dict[str, Any],
) -> None:
    tokens = rendered(hostile_card)
    assert not [token for token in tokens if "html" in token.type]
    texts = shown(tokens)
    assert texts[:2] == [HOSTILE, f"- {HOSTILE}"]
    # Every row of a table has as many cells as its header.
    assert texts.count(HOSTILE) == 9
    card_page(hostile_card).encode("utf-8")


def test_every_figure_of_an_exported_model_is_that_of_its_manifest() -> None:
    model = load_packaged_model(REFERENCE)
    recorded = json.loads((REFERENCE / "manifest.json").read_bytes())
    card, equivalence = model_card(model), recorded["equivalence"]
    assert card["data"] == recorded["data"] == {"example_rows": 275, "hold_out_rows": 69}
    assert card["fields"] == recorded["fields"]
    assert card["quality"] == recorded["metrics"]
    assert card["equivalence"] == {
        **{name: equivalence[name] for name in ("tolerance", "accepted", "way")},
        "example": _without(equivalence["example"], "worst_expected", "worst_served"),
        "search": _without(equivalence["search"], "worst_expected", "worst_served"),
    }
    assert card["files"] == [{"engine": "onnx", **recorded["files"]["onnx"]}]
    texts = shown(rendered(card))
    for part in ("example", "search"):
        assert json.dumps(equivalence[part]["worst_row"]) in texts
        assert str(equivalence[part]["rows"]) in texts
    length = next(field for field in recorded["fields"] if field["name"] == "bill_length_mm")
    limits = f"from {length['minimum']} to {length['maximum']}"
    assert {"Biscoe, Dream, Torgersen", limits, "mm", "275", "69"} <= set(texts)
    assert "Measured on the rows held out." in texts


def _without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def test_a_model_without_a_manifest_has_a_card_of_what_its_class_says() -> None:
    model = ScriptedModel()
    model.json_schemas = IrisModel().json_schemas
    card = model_card(model)
    assert set(card) == {
        "display_name", "qualified_name", "version", "description", "task", "fields"
    }  # fmt: skip
    assert "| sepal_length | number | from 0.1 to 15.0 |" in card_page(card)


def test_quality_that_was_measured_on_nothing_known_does_not_say_on_what() -> None:
    card = model_card(load_packaged_model(REFERENCE))
    page = card_page({**card, "data": {}})
    assert "Quality" in page
    assert "Measured on" not in page


def test_a_field_of_text_says_its_limit_and_a_model_of_any_field_has_no_table_of_them() -> None:
    card = model_card(load_packaged_model(REFERENCE))
    text = {"name": "note", "type": "text", "max_length": 9, "default": "", "nullable": True}
    page = card_page({**card, "fields": [text]})
    assert '| note | text | at most 9 characters |  | yes | yes, then "" |' in page
    assert "Fields and limits" not in card_page({**card, "fields": []})
