"""Who imports whom, directly or by way of others: no circle, and no arrow back up."""

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.structure.documents import PROJECT, section
from tests.structure.imports import imported, is_within, modules

FOLDERS = ("model_lambda", "benchmarks", "deploy", "events", "training", "workbook")
SOURCES = {name: text for one in FOLDERS for name, text in modules(PROJECT / one).items()}
DEPLOYED = "model_lambda"

Graph = Mapping[str, set[str]]


def graph(sources: Mapping[str, str]) -> Graph:
    """Return what each module imports of the others, wherever the import stands in it."""
    return {name: (imported(text) & sources.keys()) - {name} for name, text in sources.items()}


ARROWS = graph(SOURCES)


def circle(arrows: Graph) -> list[str]:
    """Return modules that import one another in a circle; none if there is no circle."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def reached(arrows: Graph, start: str) -> set[str]:
    """Return what a module imports, directly or by way of others."""
    found: set[str] = set()
    todo = [start]
    while todo:
        new = arrows[todo.pop()] - found
        found |= new
        todo += new
    return found


def stages() -> list[tuple[str, ...]]:
    """Return the modules in each row of the table of docs/architecture.md, from the entry down."""
    table = section((PROJECT / "docs" / "architecture.md").read_text(), "A request")
    rows = [row.split("|")[2] for row in re.findall(r"^\|.*\|$", table, re.MULTILINE)]
    named = [re.findall(r"`(\w+)/?`", row) for row in rows]
    return [tuple(f"{DEPLOYED}.{name}" for name in row) for row in named if row]


def arrows_back_up(arrows: Graph, rows: list[tuple[str, ...]]) -> list[str]:
    """Return each way from a row of modules to one above it."""
    return [
        f"{name} -> {target}"
        for place, row in enumerate(rows)
        for name in arrows
        if is_within(name, row)
        for target in sorted(reached(arrows, name))
        if any(is_within(target, above) for above in rows[:place])
    ]


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert circle(ARROWS) == []


def test_no_arrow_leads_back_up_the_stages_of_a_request() -> None:
    rows = stages()
    assert len(rows) >= 8
    assert [row for row in rows if not any(is_within(name, row) for name in ARROWS)] == []
    assert arrows_back_up(ARROWS, rows) == []


def test_what_is_deployed_reaches_nothing_that_is_not() -> None:
    reaches = {
        name for one in ARROWS if is_within(one, (DEPLOYED,)) for name in reached(ARROWS, one)
    }
    assert [name for name in sorted(reaches) if not is_within(name, (DEPLOYED,))] == []


@pytest.mark.parametrize("statement", ["import a.b", "from a import b", "def f():\n    import a.b"])
def test_a_circle_is_seen_wherever_its_import_stands(statement: str) -> None:
    sources = {"a": "", "a.b": "from a.c import x", "a.c": statement}
    assert set(circle(graph(sources))) == {"a.b", "a.c"}


def test_an_arrow_back_up_is_seen_by_way_of_another_module() -> None:
    arrows = graph({"a.top": "", "a.between": "import a.top", "a.low": "import a.between"})
    assert arrows_back_up(arrows, [("a.top",), ("a.low",)]) == ["a.low -> a.top"]
