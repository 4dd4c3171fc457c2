"""Every command that a document shows would run as it is printed."""

from pathlib import Path

import pytest

from tests.structure.commands import complaint, document_text, shown_commands
from tests.structure.documents import PROJECT

DOCUMENTS = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("notebooks/[!.]*.ipynb")])


@pytest.mark.iris_model
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_command_that_a_document_shows_would_run(document: Path) -> None:
    complaints = {
        command: complaint(command) for command in shown_commands(document_text(document))
    }
    assert {command: said for command, said in complaints.items() if said} == {}


@pytest.mark.iris_model
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("make nothing", "No rule to make target"),
        ("make notebooks ARGS=--every", "refuses --every"),
        ("make fuzz ARGS='--count many'", "refuses --count many"),
        ("make invoke ARGS=events/nothing.json", "events/nothing.json is not there"),
        ("make lab ARGS=--no-window", "has no --no-window"),
        ("make lock ARGS=--newest", "refuses --newest"),
        ("make demo ARGS=--quick", "takes no arguments"),
        ("python -m deploy.service info", "python is neither"),
        (".venv/bin/python -m deploy.nothing", "no module deploy.nothing"),
        (".venv/bin/nothing", "neither"),
        ("npm install", "npm is neither"),
    ],
)
def test_a_command_that_would_not_run_is_told(command: str, said: str) -> None:
    assert said in str(complaint(command))


def test_commands_are_found_in_lines_of_code_and_in_text() -> None:
    text = (
        "```\n$ make deploy\nsome output\n```\nSay `make bench` (`ARGS=--quick`), not `pytest x`.\n"
    )
    text += "```python\nmake = 1\n```\nA name, `osls`, and `PATH=x npm ci`."
    expected = ["make deploy", "make bench", "make bench ARGS=--quick", "pytest x", "PATH=x npm ci"]
    assert shown_commands(text) == expected
