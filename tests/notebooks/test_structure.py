"""Every notebook keeps every rule of tests/notebooks/rules.py."""

from pathlib import Path

import nbformat
import pytest

from tests.notebooks.rules import RULES, Rule

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[!.]*.ipynb"))


def test_every_notebook_has_a_number_of_its_own() -> None:
    numbers = [path.name.partition("_")[0] for path in NOTEBOOKS]
    assert numbers[:8] == [f"{number:02d}" for number in range(8)]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.iris_model
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_the_rule(path: Path, rule: Rule) -> None:
    assert list(rule(nbformat.read(path, as_version=4), path)) == []
