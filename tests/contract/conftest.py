"""What contract tests share."""

from collections.abc import Callable
from typing import Any

import pytest

from model_lambda.config import Settings
from model_lambda.lambda_function import create_handler


@pytest.fixture(scope="session")
def sklearn_handler() -> Callable[[Any, Any], dict[str, Any]]:
    """Answers HTTP events with the scikit-learn model."""
    return create_handler(Settings(engine="sklearn", models=("iris_model",)))
