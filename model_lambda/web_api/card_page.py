"""A model card as Markdown. What comes from a manifest is text, never markup."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# An underscore within a word is none.
_MARKUP = re.compile(r"([\\`*\[\]<>&|~#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
# At the start of a line these begin a list, a rule or a heading.
_AT_START = re.compile(r"^(\d*)([-+=.)])")
_ENGINES = {"onnx": "ONNX Runtime", "sklearn": "scikit-learn"}


def card_page(card: Mapping[str, Any]) -> str:
    """The whole page, of the sections that the card has figures for."""
    title = f"# {text(card['display_name'])}"
    name = f"{text(card['qualified_name'])} {text(card['version'])}"
    parts = [
        title,
        _AT_START.sub(r"\1\\\2", text(card["description"])),
        f"Model {name}, {text(card['task'].replace('_', ' '))}.",
        *_data(card.get("data", {})),
        *_fields(card.get("fields", ())),
        *_labels(card.get("labels", ())),
        *_quality(card.get("quality", {}), card.get("data", {})),
        *_equivalence(card.get("equivalence", {})),
        *_files(card.get("files", ())),
        *_libraries(card.get("trained_with", {})),
    ]
    return "\n\n".join(parts) + "\n"


def text(value: Any) -> str:
    """A value as a part of a line that renders as the value itself."""
    plain = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(plain.encode("utf-8", "replace").decode("utf-8").split())
    return _MARKUP.sub(r"\\\1", line)


def _data(data: Mapping[str, Any]) -> list[str]:
    names = {"example_rows": "Rows of the example", "hold_out_rows": "Rows held out"}
    rows = [(label, data[name]) for name, label in names.items() if name in data]
    return _section("Data", _table(("data", "rows"), rows)) if rows else []


def _fields(fields: Sequence[Mapping[str, Any]]) -> list[str]:
    if not fields:
        return []
    header = ("field", "type", "takes", "unit", "may be null", "may be left out")
    rows = [
        (
            field["name"],
            field["type"],
            _limit(field),
            field.get("unit", ""),
            "yes" if field.get("nullable") else "no",
            f"yes, then {json.dumps(field['default'])}" if "default" in field else "no",
        )
        for field in fields
    ]
    limits = (
        "A row with any other value is refused: beyond the bounds, too long, or a category that is "
        "not listed."
    )
    return [*_section("Fields and limits", _table(header, rows)), limits]


def _limit(field: Mapping[str, Any]) -> str:
    if "choices" in field:
        return ", ".join(map(str, field["choices"]))
    if "max_length" in field:
        return f"at most {field['max_length']} characters"
    length = f"{field['length']} numbers " if "length" in field else ""
    return length + _range(field)


def _range(bounds: Mapping[str, Any]) -> str:
    words = {"minimum": "from", "maximum": "to"}
    return " ".join(f"{word} {bounds[name]}" for name, word in words.items() if name in bounds)


def _labels(labels: Sequence[Any]) -> list[str]:
    if not labels:
        return []
    return _section("Labels", "\n".join(f"- {text(label)}" for label in labels))


def _quality(quality: Mapping[str, Mapping[str, float]], data: Mapping[str, Any]) -> list[str]:
    if not quality:
        return []
    rows = [
        (name.replace("_", " "), both["served"], both["estimator"])
        for name, both in quality.items()
    ]
    header = ("metric", "as served", "the estimator's own")
    return [*_section("Quality", _table(header, rows)), *_measured_on(data)]


def _measured_on(data: Mapping[str, Any]) -> list[str]:
    if not data:
        return []
    if "hold_out_rows" in data:
        return ["Measured on the rows held out."]
    return ["Measured on the rows of the example, which the model may have been fitted on."]


def _equivalence(equivalence: Mapping[str, Any]) -> list[str]:
    parts = [name for name in ("example", "search") if name in equivalence]
    if not parts:
        return []
    names = ("rows", "different_labels", "ties", "edges", "largest_difference", "worst_row")
    said = [name for name in names if any(name in equivalence[part] for part in parts)]
    titles = {"example": "rows of the data", "search": "rows made to differ"}
    rows = [
        (name.replace("_", " "), *(equivalence[part].get(name, "none") for part in parts))
        for name in said
    ]
    table = _table(("compared", *(titles[part] for part in parts)), rows)
    accepted = "accepted all the same" if equivalence.get("accepted") else "within the tolerance"
    verdict = (
        f"Served and estimator were compared row by row. The tolerance is "
        f"{text(equivalence['tolerance'])}; what differs is {accepted}."
    )
    return [*_section("Equivalence", verdict), table, *_edges(equivalence, parts)]


def _edges(equivalence: Mapping[str, Any], parts: Sequence[str]) -> list[str]:
    if not any(equivalence[part].get("edges") for part in parts):
        return []
    note = (
        "Numbers are rounded to float32 (7 digits): rows on an edge, counted apart, are answered "
        "as the estimator answers a row within one such step."
    )
    return [note]


def _files(files: Sequence[Mapping[str, Any]]) -> list[str]:
    if not files:
        return []
    rows = [
        (
            _ENGINES.get(one["engine"], one["engine"]),
            one["name"],
            one["size"],
            one["sha256"],
            "from {at_least}, below {below}".format_map(one["library"]),
        )
        for one in files
    ]
    header = ("engine", "file", "bytes", "sha256", "version of the engine")
    return _section("Model files", _table(header, rows))


def _libraries(versions: Mapping[str, str]) -> list[str]:
    if not versions:
        return []
    return _section("Trained with", _table(("library", "version"), versions.items()))


def _section(title: str, content: str) -> list[str]:
    return [f"## {title}", content]


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [header, ["---"] * len(header)]
    cells = [[text(cell) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in [*lines, *cells])
