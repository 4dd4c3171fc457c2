from typing import Any

import pytest
from jsonschema import Draft202012Validator

from model_lambda.errors import PredictionError
from model_lambda.tasks import TASKS, Answer, answer_columns, answer_schema, answers

# Of each task: the answer's names, the engine's outputs for two rows, the answers.
CASES: dict[str, tuple[str, Answer, list[Any], list[dict[str, Any]]]] = {
    "texts": (
        "classification",
        Answer(("kind",), ("b", "a"), ("b", "a")),
        [["a", "b"], [[0.25, 0.75], [1.0, 0.0]]],
        [
            {"kind": "a", "probabilities": {"b": 0.25, "a": 0.75}},
            {"kind": "b", "probabilities": {"b": 1.0, "a": 0.0}},
        ],
    ),
    "minus one and one": (
        "classification",
        Answer(("kind",), (-1, 1), (-1, 1)),
        [[1, -1], [[0.0, 1.0], [1.0, 0.0]]],
        [
            {"kind": 1, "probabilities": {"-1": 0.0, "1": 1.0}},
            {"kind": -1, "probabilities": {"-1": 1.0, "1": 0.0}},
        ],
    ),
    "booleans": (
        "classification",
        Answer(("kind",), (False, True), (False, True)),
        [[1, 0], [[0.0, 1.0], [1.0, 0.0]]],
        [
            {"kind": True, "probabilities": {"false": 0.0, "true": 1.0}},
            {"kind": False, "probabilities": {"false": 1.0, "true": 0.0}},
        ],
    ),
    "labels by value": (
        "classification",
        Answer(("kind",), ("two", "seven"), (2, 7)),
        [[7, 2]],
        [{"kind": "seven"}, {"kind": "two"}],
    ),
    "regression": (
        "regression",
        Answer(("low", "high")),
        [[[1.0, 2.0], [3.0, 4.0]]],
        [{"low": 1.0, "high": 2.0}, {"low": 3.0, "high": 4.0}],
    ),
    "multilabel": (
        "multilabel",
        Answer(("tags",), ("x", "y"), (0, 1)),
        [[[0, 1], [0, 0]], [[0.1, 0.9], [0.2, 0.3]]],
        [
            {"tags": ["y"], "probabilities": {"x": 0.1, "y": 0.9}},
            {"tags": [], "probabilities": {"x": 0.2, "y": 0.3}},
        ],
    ),
    "clustering": ("clustering", Answer(("cluster",)), [[2, 0]], [{"cluster": 2}, {"cluster": 0}]),
    "clusters with distances": (
        "clustering",
        Answer(("cluster",), (0, 1), (0, 1)),
        [[1, 0], [[2.5, 0.5], [0.0, 3.0]]],
        [
            {"cluster": 1, "distances": {"0": 2.5, "1": 0.5}},
            {"cluster": 0, "distances": {"0": 0.0, "1": 3.0}},
        ],
    ),
    "outlier detection": (
        "outlier_detection",
        Answer(("inlier",)),
        [[1, -1], [0.25, -0.5]],
        [{"inlier": True, "score": 0.25}, {"inlier": False, "score": -0.5}],
    ),
    "transformation": (
        "transformation",
        Answer(("x",)),
        [[[0.5], [1.5]]],
        [{"x": 0.5}, {"x": 1.5}],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_outputs_become_answers_that_fit_the_schema(
    case: tuple[str, Answer, list[Any], list[dict[str, Any]]],
) -> None:
    name, answer, outputs, expected = case
    task = TASKS[name]
    asked = task.on_request is not None and task.on_request.name in expected[0]
    got = answers(task, answer, outputs, on_request=asked)
    assert got == expected
    assert [list(map(type, one.values())) for one in got] == [
        list(map(type, one.values())) for one in expected
    ]
    schema = answer_schema(task, answer, "urn:x", on_request=asked)
    Draft202012Validator.check_schema(schema)
    assert all(Draft202012Validator(schema).is_valid(one) for one in got)
    assert not Draft202012Validator(schema).is_valid({**got[0], "more": 1})


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_outputs_become_a_column_for_each_member_of_any_number_of_rows(
    case: tuple[str, Answer, list[Any], list[dict[str, Any]]],
) -> None:
    name, answer, outputs, expected = case
    on_request = TASKS[name].on_request
    asked = on_request is not None and on_request.name in expected[0]
    columns = answer_columns(TASKS[name], answer, outputs, on_request=asked)
    wanted = {member: [one[member] for one in expected] for member in expected[0]}
    if asked and on_request:
        wanted[on_request.name] = [list(one.values()) for one in wanted[on_request.name]]
    assert columns == wanted
    nothing = answer_columns(TASKS[name], answer, [[]] * len(outputs), on_request=asked)
    assert nothing == {member: [] for member in wanted}


@pytest.mark.parametrize(
    ("name", "answer", "outputs"),
    [
        ("classification", Answer(("kind",), ("a", "b"), ("a", "b")), [["c"]]),
        ("classification", Answer(("kind",), ("a", "b"), (0, 1)), [[2]]),
        ("regression", Answer(("low", "high")), [[[1.0]]]),
        ("clustering", Answer(("cluster",), (0, 1), (0, 1)), [[2]]),
    ],
)
def test_an_output_that_no_answer_has_is_a_prediction_error(
    name: str, answer: Answer, outputs: list[Any]
) -> None:
    with pytest.raises(PredictionError):
        answers(TASKS[name], answer, outputs, on_request=False)
