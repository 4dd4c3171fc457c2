"""What a model card says of a model: figures of its manifest, and of nothing else.

What was not measured at export is left out.
"""

from collections.abc import Mapping
from typing import Any

from model_lambda.ml_model import MLModel

Card = dict[str, Any]

_COMPARED = ("rows", "different_labels", "ties", "edges", "largest_difference", "worst_row")
_RANGE = ("minimum", "maximum")


def model_card(model: MLModel) -> Card:
    """The card of one model as a JSON document."""
    record = model.record
    card = {
        "display_name": model.display_name,
        "qualified_name": model.qualified_name,
        "version": model.version,
        "description": model.description,
        "task": model.task,
        "data": record.get("data"),
        "fields": _fields(model),
        "labels": record.get("answer", {}).get("labels"),
        "quality": record.get("metrics"),
        "equivalence": _equivalence(record.get("equivalence")),
        "files": [_file(kind, entry) for kind, entry in record.get("files", {}).items()],
        "trained_with": record.get("trained_with"),
    }
    return {name: value for name, value in card.items() if value not in (None, {}, [])}


def _fields(model: MLModel) -> list[Card]:
    """What each field takes."""
    described = model.record.get("fields")
    return _fields_of_schema(model.json_schemas["input"]) if described is None else described


def _fields_of_schema(schema: Mapping[str, Any]) -> list[Card]:
    return [
        {
            "name": name,
            "type": one.get("type", "any"),
            **{key: one[key] for key in (*_RANGE, "description") if key in one},
        }
        for name, one in schema["properties"].items()
    ]


def _equivalence(recorded: Mapping[str, Any] | None) -> Card | None:
    if recorded is None:
        return None
    parts = {name: recorded[name] for name in ("example", "search") if name in recorded}
    return {
        **{name: recorded[name] for name in ("tolerance", "accepted", "way") if name in recorded},
        **{name: _comparison(one) for name, one in parts.items()},
    }


def _comparison(part: Mapping[str, Any]) -> Card:
    return {name: part[name] for name in _COMPARED if name in part}


def _file(kind: str, entry: Mapping[str, Any]) -> Card:
    return {
        "engine": kind,
        **{name: entry[name] for name in ("name", "size", "sha256", "library") if name in entry},
    }
