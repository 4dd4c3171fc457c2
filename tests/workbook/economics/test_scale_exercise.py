"""The exercise on scale takes the right answer and answers each usual wrong one with its hint."""

import re
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from workbook.economics.arrivals import arrival_times, steady
from workbook.economics.execution import Outcome, simulate
from workbook.economics.function_model import FunctionModel
from workbook.economics.scale_exercise import ALLOWED, RATE, SERVICE, check_reserved

PROJECT = Path(__file__).resolve().parents[3]


def throttled(reserved: int) -> float:
    random = np.random.default_rng(1)
    arrivals = arrival_times(steady(RATE, 5_000), random)
    function = FunctionModel(service=SERVICE, reserved=reserved)
    run = simulate(arrivals, np.full(len(arrivals), SERVICE), function)
    return run.share(Outcome.THROTTLED)


def test_the_right_answer_is_taken_and_the_simulation_agrees() -> None:
    assert check_reserved(21).startswith("Right")
    assert throttled(21) < 1.2 * ALLOWED < throttled(20)


def test_the_solution_in_the_notebook_is_right() -> None:
    notebook = nbformat.read(PROJECT / "notebooks" / "12_scale.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    solutions = re.findall(r"<details>.*?```python\n(.*?)```.*?</details>", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(solutions[0], names)

    assert len(solutions) == 1
    assert check_reserved(names["answer"]).startswith("Right")


@pytest.mark.parametrize(
    ("answer", "hint"),
    [(10, "the mean"), (40, "in a second"), (20, "Too few: 0.2%"), (22, "More than needed")],
)
def test_a_wrong_answer_gets_its_hint(answer: int, hint: str) -> None:
    assert hint in check_reserved(answer)
