"""Makes the rows on which a converted model is most likely to differ from its estimator."""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from model_lambda.columns import Field
from training.estimators import parts, walk

Row = dict[str, Any]

SEED = 0
_MOST_VALUES = 24
_TEXTS = (
    "",
    " ",
    "a",
    "!?",
    "Café CRÈME",
    "Straße naïve",
    "don't stop, it's x_y 3.5",
    "日本語 日本",
    "line\nbreak\ttab",
    "ΣΑΣ İstanbul ½",
    "e\u0301cole",
)


def worst_rows(
    estimator: Any, fields: Sequence[Field], rows: Sequence[Row], count: int
) -> list[Row]:
    """Rows of the example with one value moved to an edge, and rows all over the bounds.

    Args:
        count: how many, at most.
    """
    generator = random.Random(SEED)  # noqa: S311 - rows, no secrets
    thresholds = _thresholds(estimator, fields, rows)
    edges = [
        (field, value)
        for field in fields
        for value in _edge_values(field, rows, thresholds.get(field.name, ()), generator)
    ]
    generator.shuffle(edges)
    anywhere = [_row_anywhere(fields, rows, generator) for _ in range(count // 5)]
    moved = [
        {**generator.choice(rows), field.name: value} for field, value in edges[: count * 4 // 5]
    ]
    return [*moved, *anywhere]


def neighbours(row: Row) -> Iterator[Row]:
    """The row with its numbers moved by one step of float32: all of them, then one by one."""
    numbers = [name for name, value in row.items() if type(value) in (int, float)]
    for towards in (-math.inf, math.inf):
        yield row | {name: _step(row[name], towards) for name in numbers}
        for name in numbers:
            yield row | {name: _step(row[name], towards)}


def _step(value: float, towards: float) -> float:
    return float(np.nextafter(np.float32(value), np.float32(towards)))


def _edge_values(
    field: Field, rows: Sequence[Row], thresholds: Sequence[float], generator: random.Random
) -> Iterator[Any]:
    if field.nullable:
        yield None
    if field.choices:
        yield from field.choices
    elif field.type == "boolean":
        yield from (True, False)
    elif field.type == "text":
        yield from _edge_texts(field, rows)
    elif field.type == "array":
        yield from ([bound] * field.length for bound in (field.minimum, field.maximum))
    else:
        yield from _edge_numbers(field, rows, thresholds, generator)


def _edge_texts(field: Field, rows: Sequence[Row]) -> Iterator[str]:
    observed = [row[field.name] for row in rows if row[field.name]][:_MOST_VALUES]
    changed = [text.upper() for text in observed] + [f"{text} Élan, naïve" for text in observed]
    yield from (text[: field.max_length] for text in (*_TEXTS, *changed))


def _edge_numbers(
    field: Field, rows: Sequence[Row], thresholds: Sequence[float], generator: random.Random
) -> Iterator[float]:
    observed = sorted({row[field.name] for row in rows} - {None})
    halves = [(low + high) / 2 for low, high in pairwise(observed)]
    edges = [*_some(list(thresholds), generator), *_some(halves, generator)]
    candidates = [field.minimum, field.maximum, *_some(observed, generator)]
    for edge in edges:
        nearest = float(np.float32(edge))
        candidates += [edge, nearest, _step(edge, -math.inf), _step(edge, math.inf)]
        candidates += [math.nextafter(edge, -math.inf), math.nextafter(edge, math.inf)]
    for value in candidates:
        if field.minimum <= value <= field.maximum:
            if field.type == "number":
                yield float(value)
            elif float(value).is_integer():
                yield int(value)


def _some(values: list[Any], generator: random.Random) -> list[Any]:
    return values if len(values) <= _MOST_VALUES else generator.sample(values, _MOST_VALUES)


def _row_anywhere(fields: Sequence[Field], rows: Sequence[Row], generator: random.Random) -> Row:
    return {field.name: _anywhere(field, rows, generator) for field in fields}


def _anywhere(field: Field, rows: Sequence[Row], generator: random.Random) -> Any:
    if field.nullable and generator.random() < 0.2:
        return None
    if field.choices:
        return generator.choice(field.choices)
    makers: dict[str, Callable[[], Any]] = {
        "boolean": lambda: generator.random() < 0.5,
        "integer": lambda: generator.randint(math.ceil(field.minimum), math.floor(field.maximum)),
        "number": lambda: generator.uniform(field.minimum, field.maximum),
        "array": lambda: [
            generator.uniform(field.minimum, field.maximum) for _ in range(field.length)
        ],
        "text": lambda: _words_anywhere(field, rows, generator),
    }
    return makers[field.type]()


def _words_anywhere(field: Field, rows: Sequence[Row], generator: random.Random) -> str:
    some = generator.sample(list(rows), min(3, len(rows)))
    words = [word for row in some for word in (row[field.name] or "").split()]
    generator.shuffle(words)
    return " ".join(words)[: field.max_length]


def _thresholds(
    estimator: Any, fields: Sequence[Field], rows: Sequence[Row]
) -> Mapping[str, Sequence[float]]:
    """The thresholds of scikit-learn's trees as values of the fields, where they can be had."""
    *before, last = parts(estimator)
    numbers = all(field.type in ("number", "integer", "boolean") for field in fields)
    if not numbers or not all(hasattr(one, "inverse_transform") for one in before):
        return {}
    found: dict[str, set[float]] = {}
    for place, threshold in _tree_thresholds(last):
        if place < len(fields):
            found.setdefault(fields[place].name, set()).add(threshold)
    return {name: _raw(name, sorted(values), before, fields) for name, values in found.items()}


def _tree_thresholds(estimator: BaseEstimator) -> Iterator[tuple[int, float]]:
    for part in walk(estimator):
        tree = getattr(part, "tree_", None)
        if tree is not None and hasattr(tree, "threshold"):
            splits = tree.feature >= 0
            yield from zip(
                tree.feature[splits].tolist(), tree.threshold[splits].tolist(), strict=True
            )


def _raw(
    name: str, values: list[float], before: Sequence[Any], fields: Sequence[Field]
) -> list[float]:
    """Thresholds behind scalers as they were before them."""
    place = [field.name for field in fields].index(name)
    matrix = np.zeros((len(values), len(fields)))
    matrix[:, place] = values
    try:
        for step in reversed(before):
            matrix = step.inverse_transform(matrix)
    except (ValueError, TypeError):  # a step of other columns than the tree's
        return []
    raw: list[float] = np.asarray(matrix)[:, place].tolist()
    return raw
