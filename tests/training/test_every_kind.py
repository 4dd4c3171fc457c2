"""What holds for every model holds for every kind of exported model."""

from collections.abc import Callable

import pytest

from model_lambda.packaged_model import PackagedModel, load_packaged_model
from tests.models.model_checks import ModelChecks
from tests.training.made_estimators import MAKERS
from training.report import ExportReport


@pytest.fixture(scope="module", params=MAKERS)
def model(request: pytest.FixtureRequest, exported: Callable[[str], ExportReport]) -> PackagedModel:
    """A model of each kind."""
    return load_packaged_model(exported(request.param).folder)


class TestEveryKind(ModelChecks):
    """Made for the tests."""
