"""Requests for a model's card, as a page and as JSON; its figures are those of the manifest."""

import json
from pathlib import Path
from typing import Any

from events.catalogue.answers import (
    IRIS,
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
    (
        Path(__file__).parents[2] / "model_lambda/models/iris/model_files/onnx/manifest.json"
    ).read_bytes()
)
_EQUIVALENCE = _MANIFEST["equivalence"]
_VERDICT = (
    f"Served and estimator were compared row by row. The tolerance is "
    f"{_EQUIVALENCE['tolerance']}; what differs is within the tolerance."
)
_PARTS = ("example", "search")
_COMPARED = ("rows", "different_labels", "ties", "edges", "largest_difference", "worst_row")


def _file(engine: str, entry: dict[str, Any]) -> dict[str, Any]:
    members = {name: entry[name] for name in ("name", "size", "sha256", "library")}
    return {"engine": engine, **members}


def _comparison(part: str) -> dict[str, Any]:
    compared = _EQUIVALENCE[part]
    return {name: compared[name] for name in _COMPARED if name in compared}


def _card() -> Answer:
    document = {
        "display_name": IRIS["display_name"],
        "qualified_name": "iris_model",
        "version": "1.0",
        "description": IRIS["description"],
        "task": "classification",
        "data": {"example_rows": 120, "hold_out_rows": 30},
        "fields": _MANIFEST["fields"],
        "labels": ["setosa", "versicolor", "virginica"],
        "quality": _MANIFEST["metrics"],
        "equivalence": {
            **{name: _EQUIVALENCE[name] for name in ("tolerance", "accepted", "way")},
            **{part: _comparison(part) for part in _PARTS},
        },
        "files": [_file(engine, entry) for engine, entry in _MANIFEST["files"].items()],
        "trained_with": _MANIFEST["trained_with"],
    }
    headers = {"Content-Type": "application/json", "Vary": "Accept"}
    return answer(200, json.dumps(document), headers)


def _compared(name: str) -> str:
    cells = (_EQUIVALENCE[part].get(name, "none") for part in _PARTS)
    texts = [one if isinstance(one, str) else json.dumps(one) for one in cells]
    return f"| {' | '.join([name.replace('_', ' '), *texts])} |"


def _page() -> Answer:
    lines = [
        "# Iris Model",
        "",
        IRIS["description"],
        "",
        "Model iris_model 1.0, classification.",
        "",
        "## Data",
        "",
        "| data | rows |",
        "| --- | --- |",
        "| Rows of the example | 120 |",
        "| Rows held out | 30 |",
        "",
        "## Fields and limits",
        "",
        "| field | type | takes | unit | may be null | may be left out |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| {one['name']} | number | from 0.1 to 15.0 | cm | no | no |"
            for one in _MANIFEST["fields"]
        ),
        "",
        _LIMITS,
        "",
        "## Labels",
        "",
        *(f"- {label}" for label in _MANIFEST["answer"]["labels"]),
        "",
        "## Quality",
        "",
        "| metric | as served | the estimator's own |",
        "| --- | --- | --- |",
        *(
            f"| {name.replace('_', ' ')} | {both['served']} | {both['estimator']} |"
            for name, both in _MANIFEST["metrics"].items()
        ),
        "",
        "Measured on the rows held out.",
        "",
        "## Equivalence",
        "",
        _VERDICT,
        "",
        "| compared | rows of the data | rows made to differ |",
        "| --- | --- | --- |",
        *map(_compared, _COMPARED),
        "",
        "## Model files",
        "",
        "| engine | file | bytes | sha256 | version of the engine |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {engine} | {entry['name']} | {entry['size']} | {entry['sha256']} "
            f"| from {entry['library']['at_least']}, below {entry['library']['below']} |"
            for engine, entry in (("ONNX Runtime", _MANIFEST["files"]["onnx"]),)
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
