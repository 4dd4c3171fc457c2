"""Compares what would be served with the estimator, row by row, after the whole way.

The way is the one of a request: JSON, the check of the row, the engine, the answer, JSON.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Protocol

from model_lambda.errors import FieldError
from model_lambda.tasks import DISTANCES, ON_REQUEST, PROBABILITIES, Prediction
from training.errors import DifferenceError, ExportError, one_line, shortened
from training.worst_rows import Row, neighbours

TOLERANCE = 1e-4
# Two labels are as good as each other when their probabilities differ by no more than rounding.
_TIE = 2e-6
_BATCH = 500
_LOOKED_AT = 50

Expect = Callable[[Sequence[Row]], list[Prediction]]


class Served(Protocol):
    """A model as the function serves it."""

    on_request: str

    def refusals(
        self, rows: Sequence[Any], at_most: int | None = None
    ) -> Mapping[int, Sequence[FieldError]]:
        """The rows that it does not take."""

    def predict_batch(
        self, rows: Sequence[Row], *, probabilities: bool = False
    ) -> list[Prediction]:
        """Predict rows that it takes."""


@dataclass(frozen=True)
class Comparison:
    """What came out of comparing n rows.

    Attributes:
        rows: how many were compared.
        different_labels: rows whose label, cluster or verdict differs, without the ties.
        ties: rows whose label differs where the estimator finds two of them equally probable.
        largest_difference: of a number, in parts of the scale of its member.
        edges: rows within a step of float32 of one that the estimator answers as served.
        worst_row: the row with the largest difference, as a client sends it.
    """

    rows: int = 0
    different_labels: int = 0
    ties: int = 0
    largest_difference: float = 0.0
    edges: int = 0
    worst_row: Row | None = None
    worst_expected: Prediction | None = None
    worst_served: Prediction | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is written down, without what was not found."""
        return {
            name: round(value, 9) if isinstance(value, float) else value
            for name, value in asdict(self).items()
            if value is not None
        }


class Verdict(NamedTuple):
    """One row, both answers to it, and how they differ.

    Attributes:
        number: the largest difference of a number, in parts of its scale.
    """

    row: Row
    expected: Prediction
    served: Prediction
    label_differs: bool
    is_tie: bool
    number: float


class Comparer:
    """Compares one model with one estimator.

    Attributes:
        tolerance: the largest difference of a number, in parts of its scale; of a probability,
            as it is.
    """

    def __init__(
        self, served: Served, expect: Expect, scales: Mapping[str, float], tolerance: float
    ) -> None:
        self._served = served
        self._expect = expect
        self._scales = scales
        self.tolerance = tolerance

    def compare(self, rows: Sequence[Row]) -> Comparison:
        """Compare rows, none of which may differ.

        Raises:
            ExportError: a row is refused, by the model or by the estimator.
        """
        return _summary(list(self._verdicts(rows)), edges=0)

    def search(self, rows: Sequence[Row], seconds: float) -> Comparison:
        """Compare rows that were made to differ; those on an edge of float32 are counted apart.

        Args:
            seconds: after which no further rows are taken.

        Raises:
            ExportError: a row is refused, by the model or by the estimator.
        """
        verdicts, until = list[Verdict](), time.monotonic() + seconds
        for start in range(0, len(rows), _BATCH):
            if time.monotonic() > until:
                break
            verdicts += self._verdicts(rows[start : start + _BATCH])
        different = [one for one in verdicts if not self._is_within(one)]
        on_edge = {id(one) for one in self._on_edges(different)}
        others = [one for one in verdicts if id(one) not in on_edge]
        all_on_edge = on_edge and len(on_edge) == len(different)
        return _summary(others, len(on_edge), different[0] if all_on_edge else None)

    def is_equal(self, comparison: Comparison) -> bool:
        """Whether all rows but those on an edge are equal."""
        return comparison.different_labels == 0 and comparison.largest_difference <= self.tolerance

    def served(self, rows: Sequence[Row]) -> list[Prediction]:
        """The served answers to rows, the whole way.

        Raises:
            ExportError: a row is refused.
        """
        sent: list[Row] = json.loads(json.dumps(rows))
        if refusals := self._served.refusals(sent, at_most=1):
            index, (reason, *_) = next(iter(refusals.items()))
            raise ExportError(
                f"the row {_short(rows[index])} is refused at {reason.pointer}: {reason.detail} "
                "Widen the field (fields=) or leave the row out"
            )
        answered = self._served.predict_batch(sent, probabilities=bool(self._served.on_request))
        received: list[Prediction] = json.loads(json.dumps(answered))
        return received

    def _verdicts(self, rows: Sequence[Row]) -> Iterator[Verdict]:
        for row, expected, got in zip(rows, self._expected(rows), self.served(rows), strict=True):
            yield self._verdict(row, expected, got)

    def _verdict(self, row: Row, expected: Prediction, got: Prediction) -> Verdict:
        differs, is_tie = _labels_differ(expected, got)
        return Verdict(row, expected, got, differs, is_tie, self._difference(expected, got))

    def _is_within(self, verdict: Verdict) -> bool:
        return not verdict.label_differs and verdict.number <= self.tolerance

    def _expected(self, rows: Sequence[Row]) -> list[Prediction]:
        try:
            return self._expect(rows)
        except Exception as error:  # whatever an estimator raises at a row it does not take
            if len(rows) > 1:  # one of the halves has the row
                middle = len(rows) // 2
                return [*self._expected(rows[:middle]), *self._expected(rows[middle:])]
            raise ExportError(
                f"the estimator itself refuses the row {_short(rows[0])}: {one_line(error)}: "
                "narrow the field, or let an encoder ignore what it does not know "
                '(handle_unknown="ignore")'
            ) from error

    def _on_edges(self, verdicts: Sequence[Verdict]) -> Iterator[Verdict]:
        """Those whose served answer is the estimator's for a row one step of float32 away."""
        for start in range(0, len(verdicts), _LOOKED_AT):
            some = verdicts[start : start + _LOOKED_AT]
            near = [list(neighbours(one.row)) for one in some]
            expected = iter(self._expected([row for rows in near for row in rows]))
            found = [
                one
                for one, rows in zip(some, near, strict=True)
                if self._is_near(one, [next(expected) for _ in rows])
            ]
            yield from found
            if len(found) < len(some):  # the model is refused for one: the others need no look
                return

    def _is_near(self, verdict: Verdict, answered: Sequence[Prediction]) -> bool:
        return any(self._is_within(self._verdict({}, one, verdict.served)) for one in answered)

    def _difference(self, expected: Prediction, got: Prediction) -> float:
        differences = [0.0]
        for name, value in expected.items():
            other: Any = got.get(name)
            if name == PROBABILITIES:
                differences += [abs(share - other[key]) for key, share in value.items()]
            elif name == DISTANCES:
                differences += [self._scaled(name, one, other[key]) for key, one in value.items()]
            elif type(value) is float:
                differences.append(self._scaled(name, value, other))
        return max(differences)

    def _scaled(self, name: str, expected: float, got: float) -> float:
        return abs(expected - got) / (max(abs(expected), self._scales.get(name, 0.0)) or 1.0)


def _summary(verdicts: Sequence[Verdict], edges: int, worst: Verdict | None = None) -> Comparison:
    found = worst or max(verdicts, key=lambda one: (one.label_differs, one.number), default=None)
    is_told = found is not None and (found.label_differs or found.number > 0 or worst is not None)
    return Comparison(
        rows=len(verdicts) + edges,
        different_labels=sum(one.label_differs for one in verdicts),
        ties=sum(one.is_tie for one in verdicts),
        largest_difference=max((one.number for one in verdicts), default=0.0),
        edges=edges,
        worst_row=found.row if found and is_told else None,
        worst_expected=found.expected if found and is_told else None,
        worst_served=found.served if found and is_told else None,
    )


def remembered(expect: Expect) -> Expect:
    """The same, asking an estimator once for each row: each way of conversion asks for all."""
    known: dict[str, Prediction] = {}

    def ask(rows: Sequence[Row]) -> list[Prediction]:
        keys = [json.dumps(row) for row in rows]
        fresh = {key: row for key, row in zip(keys, rows, strict=True) if key not in known}
        if fresh:
            known.update(zip(fresh, expect(list(fresh.values())), strict=True))
        return [known[key] for key in keys]

    return ask


def are_same(first: Any, second: Any) -> bool:
    """Whether two answers differ by no more than the order in which numbers are added."""
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=1e-6, abs_tol=1e-6)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(
            are_same(first[name], second[name]) for name in first
        )
    if isinstance(first, list):
        return len(first) == len(second) and all(map(are_same, first, second))
    return bool(first == second)


def scales_of(predictions: Sequence[Prediction]) -> dict[str, float]:
    """The standard deviation of each member that is a number: a difference is measured in it."""
    names = [name for name, value in predictions[0].items() if type(value) is float]
    scales = {name: _deviation([one[name] for one in predictions]) for name in names}
    if DISTANCES in predictions[0]:
        distances = [value for one in predictions for value in one[DISTANCES].values()]
        scales[DISTANCES] = _deviation(distances)
    return scales


def refuse_differences(comparison: Comparison, what: str, remedy: str) -> None:
    """Refuse a model that differs.

    Raises:
        DifferenceError: always; the message names the row, the difference, and the remedy.
    """
    raise DifferenceError(
        f"{what}: {comparison.different_labels} of {comparison.rows} labels differ, largest "
        f"difference {comparison.largest_difference:.2g}; for the row "
        f"{_short(comparison.worst_row)} the estimator says {_short(comparison.worst_expected)} "
        f"and the converted model {_short(comparison.worst_served)}. {remedy}"
    )


def _labels_differ(expected: Prediction, got: Prediction) -> tuple[bool, bool]:
    """Whether a label differs, and whether it only differs because two are equally probable."""
    plain = [
        name
        for name, value in expected.items()
        if type(value) is not float and name not in ON_REQUEST
    ]
    if all(expected[name] == got[name] for name in plain):
        return False, False
    is_tie = _is_tie(expected)
    return not is_tie, is_tie


def _is_tie(expected: Prediction) -> bool:
    if "inlier" in expected:
        return bool(abs(expected["score"]) <= _TIE)
    shares = sorted(expected.get(PROBABILITIES, {}).values(), reverse=True)
    if any(isinstance(value, list) for value in expected.values()):  # several labels, each at 0.5
        return any(abs(share - 0.5) <= _TIE for share in shares)
    return len(shares) > 1 and shares[0] - shares[1] <= _TIE


def _deviation(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return float((sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return shortened(text, 300)
