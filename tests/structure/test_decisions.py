"""Each decision is in the index, in its order, and says all that is asked of one."""

import re

from tests.structure.documents import PROJECT

FOLDER = PROJECT / "docs" / "decisions"
RECORDS = {path.name: path.read_text() for path in sorted(FOLDER.glob("0*.md"))}
HEADINGS = ["Context", "Decision", "Measured", "What it costs", "When to look again"]


def test_the_index_names_every_decision_by_its_title() -> None:
    index = re.findall(
        r"^\| (\d+) \| \[(.+)\]\((.+)\) \|$", (FOLDER / "README.md").read_text(), re.MULTILINE
    )
    assert index == [
        (str(number), text.splitlines()[0].removeprefix(f"# {number}. "), name)
        for number, (name, text) in enumerate(RECORDS.items(), start=1)
    ]
    assert [int(name[:4]) for name in RECORDS] == list(range(1, len(RECORDS) + 1))


def test_a_decision_says_what_it_rests_on_and_what_it_costs() -> None:
    for text in RECORDS.values():
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
        measured = text.split("## Measured")[1].split("## What it costs")[0]
        assert re.search(r"\d", measured)
        assert re.search(r"\]\(|commit [0-9a-f]{7}|November 2026", measured)
