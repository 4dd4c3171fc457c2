"""The entry point, and the one place where everything is put together."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from model_lambda.config import Settings
from model_lambda.errors import UnsupportedEventError
from model_lambda.event_sources import Reply, api_gateway, warm_up
from model_lambda.model_manager import ModelManager, packaged_folders
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services

Handler = Callable[[Any, Any], Any]
Source = Callable[[Any, Any, Application], Reply | None]

# Asked in this order; each knows its own events, and says None to all others.
SOURCES: Sequence[Source] = (api_gateway.reply_to, warm_up.reply_to)


def create_application(settings: Settings, models: ModelManager | None = None) -> Application:
    """Load the models, unless they are given, and wire them to the HTTP interface.

    Raises:
        ModelLambdaError: a setting or a model is refused; the function then does not start.
    """
    if models is None:
        models = ModelManager()
        models.load_models(
            settings.model_classes, settings.engine, packaged_folders(), settings.models
        )
    return Application(Services(models, settings))


def create_handler(settings: Settings, models: ModelManager | None = None) -> Handler:
    """A handler such as `lambda_handler`, with other settings or models.

    Raises:
        ModelLambdaError: a setting or a model is refused.
    """
    return partial(_answer, create_application(settings, models))


def _answer(to: Application, event: Any, context: Any) -> Any:
    for reply_to in SOURCES:
        reply = reply_to(event, context, to)
        if reply is not None:
            return reply[0]
    raise UnsupportedEventError("the event comes from no source that this function serves")


# Loaded while Lambda initialises the worker: once, not once a request.
application = create_application(Settings.from_environment(os.environ))


def lambda_handler(event: Any, context: Any) -> dict[str, Any] | None:
    """Answer one event of AWS Lambda.

    Args:
        event: of one of the sources, such as an API Gateway request or ``{"warmup": true}``.
        context: the context object of Lambda's runtime; None outside of it.

    Returns:
        What the source expects: a proxy result; None for a warm-up.

    Raises:
        UnsupportedEventError: the event comes from none of the sources.
    """
    reply: dict[str, Any] | None = _answer(application, event, context)
    return reply
