"""What is exported, and what it is compared on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from model_lambda.columns import Field
from model_lambda.tasks import Answer, Label, Prediction
from training.equivalence import are_same
from training.errors import ExportError, one_line
from training.estimators import called, task_of
from training.example import Example
from training.expected import describe_answer, expected_answers
from training.remedies import obstacle
from training.worst_rows import Row


class Subject(NamedTuple):
    """A fitted estimator with its example, as rows that a client sends."""

    estimator: Any
    task: str
    example: Example
    rows: Sequence[Row]
    fields: Sequence[Field]
    answer: Answer
    description: Mapping[str, Any]

    def expect(self, rows: Sequence[Row]) -> list[Prediction]:
        """The estimator's own answers to JSON rows."""
        # HistGradientBoosting starts its threads for each tree: on a busy machine 40 times slower.
        with threadpool_limits(1, "openmp"):
            return expected_answers(
                self.estimator,
                self.example.estimator_input(rows),
                self.task,
                self.answer,
            )


def make_subject(
    estimator: Any,
    tables: Sequence[Example],
    label: str | Sequence[str] | None,
    fields: Sequence[Field],
    labels: Mapping[Any, Label] | None,
) -> Subject:
    """Name the answers of an estimator, and look whether JSON says all of its example.

    Raises:
        ExportError: the estimator does not take the example, or not as JSON.
    """
    with _asking(estimator):
        return _subject(estimator, tables, label, fields, labels)


def _subject(
    estimator: Any,
    tables: Sequence[Example],
    label: str | Sequence[str] | None,
    fields: Sequence[Field],
    labels: Mapping[Any, Label] | None,
) -> Subject:
    first = tables[0]
    task = task_of(estimator, first.data)
    answer = describe_answer(
        estimator, task, name=label, labels=labels, description="", data=first.data
    )
    rows = [row for table in tables for row in table.rows]
    subject = Subject(estimator, task, first, rows, fields, answer, {})
    _refuse_lossy_json(subject, first)
    return subject


@contextmanager
def _asking(estimator: Any) -> Iterator[None]:
    try:
        yield
    except ExportError:
        raise
    except Exception as error:  # whatever an estimator raises at rows that it does not take
        why = f": {remedy}" if (remedy := obstacle(estimator)) else ""
        raise ExportError(
            f"{called(estimator)} does not take the example: {one_line(error)}{why}"
        ) from error


def _refuse_lossy_json(subject: Subject, example: Example) -> None:
    """Refuse a table whose rows mean something else once they are JSON."""
    direct = expected_answers(
        subject.estimator,
        example.data,
        subject.task,
        subject.answer,
    )
    if not are_same(direct, subject.expect(example.rows)):
        raise ExportError(
            f"{called(subject.estimator)} predicts otherwise for the example when its rows have "
            "passed through JSON: turn columns of special types into numbers or texts before "
            "fitting"
        )
