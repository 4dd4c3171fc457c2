"""What every test of deliveries needs."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """Faults are what these tests are made of; a line for each would be most of the report."""
    logger = logging.getLogger("model_lambda")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)
