"""What an export has to say, as text and in a notebook."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.equivalence import Comparison


@dataclass(frozen=True)
class ExportReport:
    """An exported model, and how it was compared with its estimator.

    Attributes:
        way: how the estimator was converted.
        example: the comparison on every row of the example and the hold-out.
        search: the comparison on rows that were made to differ.
        quality: of each metric, what is served and what the estimator itself has.
    """

    name: str
    version: str
    task: str
    engine: str
    way: str
    folder: Path
    size: int
    fields: Sequence[str]
    example: Comparison
    search: Comparison
    tolerance: float
    accepted: bool = False
    quality: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What there is to say, as pairs."""
        lines = [
            ("model", f"{self.name} {self.version}, {self.task.replace('_', ' ')}"),
            ("engine", f"{self.engine}, {self.way}, {self.size / 1000:,.1f} kB"),
            ("example", told(self.example)),
            ("search", told(self.search)),
            *(("quality", _quality(name, both)) for name, both in self.quality.items()),
            *(("field", text) for text in self.fields),
            *(("note", text) for text in [*self.notes, *self._edge_note()]),
        ]
        if self.accepted:
            lines.append(("accepted", "the differences above were accepted"))
        return lines

    def __str__(self) -> str:
        return "\n".join(f"{what:<9} {text}" for what, text in self.lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{what}</th>"
            f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
            for what, text in self.lines
        )
        return f"<table>{rows}</table>"

    def to_json(self) -> dict[str, Any]:
        """The equivalence as the manifest holds it."""
        return {
            "tolerance": self.tolerance,
            "accepted": self.accepted,
            "way": self.way,
            "example": self.example.to_json(),
            "search": self.search.to_json(),
        }

    def _edge_note(self) -> list[str]:
        if not self.search.edges:
            return []
        note = (
            f"numbers are rounded to float32 (7 digits): {self.search.edges} of "
            f"{self.search.rows} searched rows, made to lie just there, fall on the other side of "
            f"a threshold, such as {self.search.worst_row}"
        )
        return [note]


def told(comparison: Comparison) -> str:
    """A comparison in words."""
    if comparison.different_labels or comparison.largest_difference:
        text = f"largest difference {comparison.largest_difference:.1g}"
    else:
        text = "no difference"
    if comparison.different_labels:
        text = f"{comparison.different_labels} labels differ, {text}"
    if comparison.edges:
        text += f", {comparison.edges} on an edge of float32"
    if comparison.ties:
        text += f", {comparison.ties} ties of two labels decided otherwise"
    return f"{comparison.rows} rows compared with the estimator: {text}"


def _quality(name: str, both: Mapping[str, float]) -> str:
    return f"{name} {both['served']:.4g} as served, {both['estimator']:.4g} of the estimator"
