"""One local cloud, one deployment and one probe function for all tests of a session."""

from collections.abc import Iterator

import pytest

from deploy.local_cloud import LocalCloud, local_cloud
from deploy.service import deploy
from deploy.stack import Stack
from deploy.target import Target, local_target
from tests.local_cloud.deployment_parameters import UNTIRED
from tests.local_cloud.probe import Probe, create_probe

LEAK = "HOST_SECRET"


@pytest.fixture(scope="session")
def cloud() -> Iterator[LocalCloud]:
    """A cloud that ends with the session, started by a process that holds a secret."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LEAK, "must not be seen by a function")
        with local_cloud() as running:
            yield running


@pytest.fixture(scope="session")
def target(cloud: LocalCloud) -> Target:
    """The target of that cloud."""
    return local_target(cloud)


@pytest.fixture(scope="session")
def stack(target: Target) -> Stack:
    """The service, built, checked and deployed once, with an API key that the tests do not tire."""
    return deploy(target, UNTIRED)


@pytest.fixture(scope="session")
def probe(target: Target) -> Probe:
    """A function that does what its event asks for, with a JSON log and a variable of its own."""
    return create_probe(
        target,
        "probe",
        Timeout=5,
        MemorySize=256,
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO"},
        Environment={"Variables": {"OWN": "given"}},
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs the cloud is slow."""
    for item in items:
        if {"cloud", "stack", "probe"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
