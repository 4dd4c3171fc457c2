"""The messages of a history, what has to become of each, and the model that is asked."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from model_lambda.ml_model import Row
from tests.unit.flower_rows import SETOSA, ScriptedModel

PETAL_OF_NO_ANSWER = 6.5
_FLAWS: dict[str, dict[str, Any]] = {
    "a row out of range": {"data": {**SETOSA, "petal_length": 99.0}},
    "a row on which the model raises": {"data": {**SETOSA, "petal_length": PETAL_OF_NO_ANSWER}},
    "no such model": {"qualified_name": "no_such_model", "data": SETOSA},
}
POISONS = ("not JSON", *_FLAWS)


class Sent(NamedTuple):
    """A message that was sent.

    Attributes:
        body: as the producer wrote it.
        prediction: of its result; None of a poison, which must have none.
        group: message group or partition key.
        twin_of: the number of the message whose effect is this one's, too: its own, usually.
    """

    number: int
    body: str
    prediction: str | None
    group: str
    twin_of: int

    @property
    def name(self) -> str:
        """By which the stories call it."""
        return f"{'message' if self.prediction else 'poison'} {self.number}"


class NamingModel(ScriptedModel):
    """Answers with the petal's length, so that an answer tells whose it is."""

    def predict_batch(
        self, rows: Sequence[Row], *, probabilities: bool = False
    ) -> list[dict[str, Any]]:
        lengths = [row["petal_length"] for row in rows]
        if PETAL_OF_NO_ANSWER in lengths:
            raise ArithmeticError("the model cannot answer this row")
        return [{"species": str(length)} for length in lengths]


def good(number: int, group: str = "a", *, like: int | None = None, id: str = "") -> Sent:  # noqa: A002
    """A message that the model answers.

    Args:
        like: the number of another message whose row it repeats.
        id: makes it the same message as another with that row and id.
    """
    length = 1.0 + (number if like is None else like) % 5000 / 1000
    document = {"qualified_name": "scripted_model", "data": {**SETOSA, "petal_length": length}}
    body = json.dumps({**document, "id": id} if id else document)
    twin = like if id and like is not None else number
    return Sent(number, body, str(length), group, twin)


def poison(number: int, group: str = "a", kind: str = "a row on which the model raises") -> Sent:
    """A message that nothing can answer; `kind` is one of `POISONS`."""
    document = {"qualified_name": "scripted_model", **_FLAWS.get(kind, {})}
    body = json.dumps(document) if kind in _FLAWS else "{"
    return Sent(number, body, None, group, number)
