"""The public checks run what the documents promise, on every Python, with no right but to read."""

import re

import yaml

from tests.structure.commands import complaint
from tests.structure.documents import PROJECT, make_targets
from tests.structure.test_locks import PYTHONS

WORKFLOW = PROJECT / ".github" / "workflows" / "ci.yml"
SOURCE = WORKFLOW.read_text()
DOCUMENT = yaml.safe_load(SOURCE)
JOBS = DOCUMENT["jobs"]
HOOKS = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text())["repos"]


def commands(job: str) -> list[str]:
    """The commands of a job."""
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def test_the_quick_checks_run_on_every_supported_python() -> None:
    assert tuple(JOBS["quick"]["strategy"]["matrix"]["python"]) == PYTHONS
    assert JOBS["quick"]["env"] == {"PYTHON": "python${{ matrix.python }}"}
    assert commands("quick") == ["make lint", "make test-fast"]


def test_everything_runs_on_the_python_that_was_installed_last() -> None:
    setup = next(step for step in JOBS["whole"]["steps"] if "setup-python" in step.get("uses", ""))
    assert JOBS["whole"]["env"] == {
        "PYTHON": f"python{setup['with']['python-version'].split()[-1]}"
    }
    assert commands("whole") == ["make coverage", "make test"]


def test_a_command_that_is_run_is_one_of_the_makefile() -> None:
    run = {command for job in JOBS for command in commands(job)}
    assert {command: complaint(command) for command in run} == dict.fromkeys(run)
    known = make_targets((PROJECT / "Makefile").read_text())
    assert {command.removeprefix("make ") for command in run} <= set(known)


def test_an_action_is_pinned_by_its_commit_and_names_its_version() -> None:
    used = re.findall(r"uses: (.*)", SOURCE)
    assert len(used) == sum("uses" in step for job in JOBS.values() for step in job["steps"])
    pinned = re.compile(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [action for action in used if not pinned.fullmatch(action)] == []
    assert len(set(used)) == len({action.partition("@")[0] for action in used})


def test_a_check_may_read_the_repository_and_nothing_else() -> None:
    assert DOCUMENT["permissions"] == {"contents": "read"}
    assert [name for name, job in JOBS.items() if "permissions" in job] == []
    assert "secrets." not in SOURCE
    assert "pull_request_target" not in SOURCE


def test_a_commit_is_checked_with_the_locked_versions() -> None:
    (repository,) = HOOKS
    (hook,) = repository["hooks"]
    assert (repository["repo"], hook["language"], hook["entry"]) == ("local", "system", "make lint")
