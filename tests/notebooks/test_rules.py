"""Each rule accepts a good notebook and refuses one that breaks it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from tests.notebooks import rules
from tests.notebooks.rules import Rule, code_cells
from tests.notebooks.small import good_notebook, keep

Spoil = Callable[[NotebookNode], object]


def source(text: str, cell: int = 0) -> Spoil:
    """Return what replaces the source of a code cell."""
    return lambda notebook: code_cells(notebook)[cell].update(source=text)


def opening(before: str, after: str) -> Spoil:
    """Return what changes a word of the first cell."""
    return lambda notebook: notebook.cells[0].update(
        source=notebook.cells[0].source.replace(before, after)
    )


def output(text: str, name: str = "stdout") -> Spoil:
    """Return what replaces the output of the first code cell."""
    return lambda notebook: code_cells(notebook)[0].update(
        outputs=[new_output("stream", name=name, text=text)]
    )


def html(text: str) -> Spoil:
    """Return what makes the first code cell show HTML."""
    shown = new_output("display_data", data={"text/html": text})
    return lambda notebook: code_cells(notebook)[0].update(outputs=[shown])


def tag(name: str, cells: int = 1) -> Spoil:
    """Return what tags the first code cells."""
    return lambda notebook: [
        cell.metadata.update(tags=[name]) for cell in code_cells(notebook)[:cells]
    ]


SPOILED: list[tuple[Rule, Spoil]] = [
    (rules.is_a_valid_notebook, lambda nb: nb.cells[0].update(id=nb.cells[1].id)),
    (rules.is_a_valid_notebook, lambda nb: nb.cells[0].update(cell_type="prose")),
    (rules.is_executed_in_order, lambda nb: code_cells(nb)[3].update(execution_count=None)),
    (rules.is_executed_in_order, lambda nb: code_cells(nb)[3].update(execution_count=40)),
    (rules.has_no_failed_cell, output("careful", name="stderr")),
    (
        rules.has_no_failed_cell,
        lambda nb: code_cells(nb)[0].update(outputs=[new_output("error", ename="E", evalue="")]),
    ),
    (rules.is_compared, source("# NBVAL_SKIP\nprint(1)")),
    (rules.is_compared, tag("nbval-skip")),
    (rules.is_compared, tag("raises-exception")),
    (rules.is_compared, tag("nbval-ignore-output", cells=5)),
    (rules.has_a_fair_number_of_code_cells, lambda nb: nb.update(cells=nb.cells[:8])),
    (rules.has_a_fair_number_of_code_cells, lambda nb: nb.update(cells=nb.cells * 2)),
    (rules.has_short_cells, source("print(1)\n" * 13)),
    (rules.has_short_cells, source("\n")),
    (rules.has_prose_before_code, lambda nb: nb.cells.insert(0, new_code_cell("1"))),
    (rules.has_prose_before_code, lambda nb: nb.update(cells=nb.cells + code_cells(nb)[:3])),
    (rules.ends_no_line_with_a_semicolon, source("print(1);")),
    (rules.defines_nothing, source("%matplotlib inline\nif 1:\n    !ls\n    def f(): pass")),
    (rules.defines_nothing, source("class A: pass")),
    (rules.opens_with_objectives, opening("# 00", "00")),
    (rules.opens_with_objectives, opening("**You will be able to**", "Learn to")),
    (rules.opens_with_objectives, opening("**You need**", "Bring")),
    (rules.opens_with_objectives, opening("**It takes**", "Lasts")),
    (rules.opens_with_objectives, opening("5 minutes", "a while")),
    (rules.opens_with_objectives, opening("**You will read**", "Read")),
    (rules.closes_with_recap_and_checkpoint, source("print(2)", cell=-1)),
    (rules.closes_with_recap_and_checkpoint, lambda nb: nb.cells[-3].update(source="## Recap")),
    (
        rules.closes_with_recap_and_checkpoint,
        lambda nb: nb.cells[-3].update(source="## Checkpoint"),
    ),
    (rules.leads_to_the_next, lambda nb: nb.cells[-1].update(source="[Next](02_later.ipynb)")),
    (rules.leads_to_the_next, lambda nb: nb.cells.pop()),
    (rules.has_links_that_resolve, opening("other.md", "nowhere.md")),
    (rules.has_links_that_resolve, opening("A title", '<img src="nowhere.svg">')),
    (rules.shows_nothing_of_the_machine, output("/home/somebody/project")),
    (rules.shows_nothing_of_the_machine, output("in lib/site-packages/numpy")),
    (rules.shows_nothing_of_the_machine, output("<object at 0x7f11c2d3a0>")),
    (rules.shows_nothing_of_the_machine, output("at 2021-02-03T04:05:06Z")),
    (rules.shows_nothing_of_the_machine, output("FutureWarning: soon")),
    (rules.shows_nothing_of_the_machine, html("<b>/Users/somebody</b>")),
    (rules.shows_few_decimals, output("0.12345")),
    (rules.shows_what_was_asked, output("True\n")),
    (rules.shows_what_was_asked, output("| event | as expected |\n| a | False |")),
    (rules.has_stable_metadata, lambda nb: nb.metadata.update(widgets={})),
    (rules.has_stable_metadata, lambda nb: nb.metadata.language_info.update(version="3.13.0")),
    (rules.has_stable_metadata, output("x" * 700_000)),
]


def test_a_good_notebook_breaks_no_rule(tmp_path: Path) -> None:
    notebook = good_notebook()
    assert rules.problems(notebook, keep(notebook, tmp_path)) == []


@pytest.mark.parametrize(("rule", "spoil"), SPOILED, ids=lambda value: value.__name__)
def test_a_rule_refuses_what_breaks_it(rule: Rule, spoil: Spoil, tmp_path: Path) -> None:
    notebook = good_notebook()
    spoil(notebook)
    assert list(rule(notebook, keep(notebook, tmp_path))) != []


def test_every_rule_is_seen_to_refuse() -> None:
    assert {rule for rule, _ in SPOILED} == set(rules.RULES)


def test_versions_and_web_links_are_borne(tmp_path: Path) -> None:
    notebook = good_notebook()
    output("numpy 2.4.6, 0.125, https://example.org/home/page")(notebook)
    opening("other.md", "https://example.org/home")(notebook)
    assert rules.problems(notebook, keep(notebook, tmp_path)) == []


def test_an_exercise_may_define_a_function(tmp_path: Path) -> None:
    notebook = good_notebook()
    source("def answer(): ...")(notebook)
    tag("exercise")(notebook)
    assert rules.problems(notebook, keep(notebook, tmp_path)) == []
