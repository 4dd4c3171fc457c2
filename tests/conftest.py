"""What all tests share, which of them run, and how they are dealt out to processes."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from deploy.models import current_settings, known_models
from tests.about_iris import MODEL, iris_is_here, is_about_iris, without_iris_tests

# `tests/models` checks all that lie in model_lambda/models. The other tests speak of the iris
# model, or of any.
os.environ["MODELS"] = MODEL if iris_is_here() else ""

# The same examples in every run, and no verdict by the clock of a busy machine.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

# What shares something that is dear to make, or that there is only one of, runs in one process,
# one after the other. The longest come first, so that no process is left with one at the end.
GROUPS = {
    # The local cloud that stays between commands: 06 deploys to it, 07 removes it.
    "the staying cloud": ("tests/browser/", "notebooks/06_", "notebooks/07_"),
    # One deployment of the service, by the session's fixtures.
    "the deployed service": (
        "tests/local_cloud/test_api_",
        "tests/local_cloud/test_catalogue_live.py",
        "tests/local_cloud/test_conformance.py",
        "tests/local_cloud/test_cloudformation.py",
        "tests/local_cloud/test_deployed_service.py",
        "tests/local_cloud/test_gateway_answers.py",
        "tests/local_cloud/test_generated_client.py",
        "tests/local_cloud/test_open_inference_client.py",
    ),
    "benchmarks": ("tests/benchmarks/test_smoke.py",),
    "packaging": ("notebooks/05_",),
    "measurements": ("notebooks/08_",),
}


def group_of(node_id: str) -> str:
    """The group that a test belongs to; one of its own for every file that is in none."""
    file = node_id.partition("::")[0]
    named = (name for name, starts in GROUPS.items() if file.startswith(starts))
    return next(named, file)


def longest_first(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The items by group, in the order of the table; the others after them, as collected."""
    order = {name: place for place, name in enumerate(GROUPS)}
    return sorted(items, key=lambda item: order.get(group_of(item.nodeid), len(order)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Deal the tests out by group (pytest-xdist's hook for schedulers of one's own)."""
    return GroupScheduling(config, log)


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a process one whole group after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_report_header() -> list[str]:
    """Say which models are tested, and why the tests of the iris model are not run."""
    models = ", ".join(map(str, known_models(current_settings()))) or "none"
    if iris_is_here():
        return [f"models: {models}"]
    return [f"models: {models}; without the iris model, tests about it are left out or deselected"]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out files that cannot be imported without the iris model, where it is not."""
    return None if iris_is_here() or not is_about_iris(collection_path) else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest; without the iris model, only with what does not need it."""
    if not iris_is_here():
        items[:], left_out = without_iris_tests(items)
        config.hook.pytest_deselected(items=left_out)
    items[:] = longest_first(items)
