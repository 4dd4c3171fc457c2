"""What all tests share, and how they are dealt out to the processes that run them."""

import os
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# What is exported into model_lambda/models is somebody's own: the tests speak of the iris model.
os.environ["MODELS"] = "iris_model"

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items[:] = longest_first(items)
