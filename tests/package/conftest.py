"""One built package for all tests of this folder."""

from pathlib import Path

import pytest

from deploy.build import build
from deploy.package_check import Package, unpack
from deploy.package_settings import settings_for


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip for this machine."""
    return build(settings_for("local"), tmp_path_factory.mktemp("built") / "model-lambda.zip")


@pytest.fixture
def package(built: Path, tmp_path: Path) -> Package:
    """The built zip, unpacked into a folder that a test may change."""
    return unpack(built, tmp_path / "package")
