"""The entry point, and the one place where everything is put together."""

import os
from typing import Any

from model_lambda.config import Settings
from model_lambda.errors import UnsupportedEventError
from model_lambda.event_sources import api_gateway
from model_lambda.model_manager import ModelManager, packaged_folders
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services


def create_application(settings: Settings) -> Application:
    """Load the models and wire them to the HTTP interface.

    Raises:
        ModelLambdaError: a setting or a model is refused; the function then does not start.
    """
    models = ModelManager()
    models.load_models(
        settings.model_classes, settings.model_runtime, packaged_folders(), settings.models
    )
    return Application(Services(models, settings))


# Loaded while Lambda initialises the worker: once, not once a request.
application = create_application(Settings.from_environment(os.environ))


def lambda_handler(event: Any, context: Any) -> dict[str, Any] | None:
    """Answer one event of AWS Lambda.

    Args:
        event: an API Gateway request (payload format 1.0 or 2.0), or ``{"warmup": true}``.
        context: the context object of Lambda's runtime; None outside of it.

    Returns:
        The proxy result; None for a warm-up.

    Raises:
        UnsupportedEventError: the event comes from none of these sources.
    """
    request = api_gateway.request_or_none(event, context)
    if request is not None:
        return api_gateway.to_result(application.respond(request))
    if isinstance(event, dict) and event.get("warmup") is True:
        return None
    raise UnsupportedEventError("the event comes from no source that this function serves")
