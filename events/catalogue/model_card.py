"""Requests for a model's card, as a page and as JSON; its figures are those of the manifest."""

import json
from pathlib import Path
from typing import Any

from events.catalogue.answers import (
    IRIS,
    METADATA,
    Answer,
    answer,
    method_not_allowed,
    model_not_found,
    out_of_time,
    preflight,
    problem,
    without_body,
)
from events.catalogue.cases import Case, get
from events.proxy_events import HttpRequest

CARD = "/api/models/iris_model/card"
READ = "GET, HEAD, OPTIONS"
_LIMITS = (
    "A row with any other value is refused: beyond the bounds, too long, or a category that is "
    "not listed."
)
# Written by training; that it is true is tested there.
_MANIFEST: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "model_lambda/models/iris/model_files/manifest.json").read_bytes()
)
_PROPERTIES = METADATA["input_schema"]["properties"]


def _field(feature: dict[str, Any]) -> dict[str, Any]:
    trained_on = {"minimum": feature["minimum"], "maximum": feature["maximum"]}
    described = {"name": feature["name"], **_PROPERTIES[feature["name"]]}
    return described | {"unit": feature["unit"], "trained_on": trained_on}


def _file(engine: str, entry: dict[str, Any]) -> dict[str, Any]:
    members = {name: entry[name] for name in ("name", "size", "sha256", "library")}
    return {"engine": engine, **members}


def _card() -> Answer:
    document = {
        "display_name": IRIS["display_name"],
        "qualified_name": "iris_model",
        "version": "1.0",
        "description": IRIS["description"],
        "task": "classification",
        "fields": [_field(feature) for feature in _MANIFEST["features"]],
        "labels": _MANIFEST["labels"],
        "quality": {name: {"estimator": value} for name, value in _MANIFEST["metrics"].items()},
        "files": [_file(engine, entry) for engine, entry in _MANIFEST["files"].items()],
        "trained_with": _MANIFEST["trained_with"],
    }
    headers = {"Content-Type": "application/json", "Vary": "Accept"}
    return answer(200, json.dumps(document), headers)


def _page() -> Answer:
    lines = [
        "# Iris Model",
        "",
        IRIS["description"],
        "",
        "Model iris_model 1.0, classification.",
        "",
        "## Fields and limits",
        "",
        "| field | type | takes | unit | may be null | may be left out | trained on |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(
            f"| {one['name']} | number | from 0.1 to 15.0 | cm | no | no "
            f"| from {one['minimum']} to {one['maximum']} |"
            for one in _MANIFEST["features"]
        ),
        "",
        _LIMITS,
        "",
        "## Labels",
        "",
        *(f"- {label}" for label in _MANIFEST["labels"]),
        "",
        "## Quality",
        "",
        "| metric | as served | the estimator's own |",
        "| --- | --- | --- |",
        *(
            f"| {name.replace('_', ' ')} | not measured | {value} |"
            for name, value in _MANIFEST["metrics"].items()
        ),
        "",
        "## Model files",
        "",
        "| engine | file | bytes | sha256 | version of the engine |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {engine} | {entry['name']} | {entry['size']} | {entry['sha256']} "
            f"| from {entry['library']['at_least']}, below {entry['library']['below']} |"
            for engine, entry in zip(
                ("ONNX Runtime", "scikit-learn"), _MANIFEST["files"].values(), strict=True
            )
        ),
        "",
        "## Trained with",
        "",
        "| library | version |",
        "| --- | --- |",
        *(f"| {name} | {version} |" for name, version in _MANIFEST["trained_with"].items()),
        "",
    ]
    headers = {"Content-Type": "text/markdown; charset=utf-8", "Vary": "Accept"}
    return answer(200, "\n".join(lines), headers)


def _asked(name: str, accept: str, expected: Answer) -> Case:
    return Case(name, HttpRequest("GET", CARD, headers=(("Accept", accept),)), expected)


_NO_VERSION = problem(
    404, "model-not-found", "There is no such model.", "The model has no such version."
)
CASES = [
    Case("model_card", get(CARD), _page()),
    Case("model_card_of_a_version", get(CARD, (("version", "1.0"),)), _page()),
    Case("model_card_of_no_version", get(CARD, (("version", "9.9"),)), _NO_VERSION),
    Case("model_card_of_an_unknown_model", get("/api/models/rose/card"), model_not_found()),
    _asked("model_card_as_json", "application/json", _card()),
    _asked("model_card_rather_as_json", "text/markdown;q=0.5, application/json", _card()),
    _asked("model_card_rather_as_a_page", "application/json;q=0.5, text/*", _page()),
    _asked("model_card_for_a_browser", "text/html,application/xml;q=0.9,*/*;q=0.8", _page()),
    _asked("model_card_with_a_weight_that_is_none", "application/json;q=high", _page()),
    Case("head_model_card", HttpRequest("HEAD", CARD), without_body(_page())),
    Case("options_model_card", HttpRequest("OPTIONS", CARD), preflight(READ)),
    Case("post_model_card", HttpRequest("POST", CARD), method_not_allowed(READ)),
    Case("out_of_time_for_a_model_card", get(CARD), out_of_time(), remaining_ms=50),
]
