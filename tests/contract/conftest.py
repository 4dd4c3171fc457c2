"""What contract tests share."""

from collections.abc import Callable
from typing import Any

import pytest

from model_lambda.config import Settings
from model_lambda.event_sources import api_gateway
from model_lambda.lambda_function import create_application


@pytest.fixture(scope="session")
def sklearn_handler() -> Callable[[Any, Any], dict[str, Any]]:
    """Answers HTTP events with the scikit-learn model."""
    application = create_application(Settings(model_runtime="sklearn"))
    return lambda event, context: api_gateway.to_result(
        application.respond(api_gateway.to_request(event, context))
    )
