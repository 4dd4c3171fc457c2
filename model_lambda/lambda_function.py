"""The entry point, and the one place where everything is put together."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from model_lambda.config import Settings
from model_lambda.errors import UnsupportedEventError
from model_lambda.event_sources import Reply, api_gateway, warm_up
from model_lambda.model_manager import ModelManager, packaged_folders
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services

if TYPE_CHECKING:
    from model_lambda.event_sources.destinations import Destination

Handler = Callable[[Any, Any], Any]
# How an event is answered, and what answers it.
Source = tuple[Callable[[Any, Any, Any], Reply | None], Any]

# Asked in this order; each knows its own events, and says None to all others.
SOURCES = (api_gateway.reply_to, warm_up.reply_to)


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


def create_sources(
    application: Application, destination: "Destination | None" = None
) -> list[Source]:
    """The sources that the function serves: messages, if there is somewhere to put their results.

    Args:
        destination: of the results; that of the settings, if it is None.
    """
    sources: list[Source] = [(reply_to, application) for reply_to in SOURCES]
    if destination is None and not application.services.settings.has_destination:
        return sources
    # Where only requests are answered, a start does not pay for what messages need.
    from model_lambda.event_sources import batches, destinations, kinesis, sqs

    services = application.services
    results = destination or destinations.connect(services.settings)
    answering = batches.Batches(services.models, services.settings, results)
    return [*sources, (sqs.reply_to, answering), (kinesis.reply_to, answering)]


def create_handler(
    settings: Settings,
    models: ModelManager | None = None,
    destination: "Destination | None" = None,
) -> Handler:
    """A handler such as `lambda_handler`, with other settings, models or destination of results.

    Raises:
        ModelLambdaError: a setting or a model is refused.
    """
    return partial(_answer, create_sources(create_application(settings, models), destination))


def _answer(sources: Sequence[Source], event: Any, context: Any) -> Any:
    for reply_to, to in sources:
        reply = reply_to(event, context, to)
        if reply is not None:
            return reply[0]
    raise UnsupportedEventError("the event comes from no source that this function serves")


# Loaded while Lambda initialises the worker: once, not once a request.
application = create_application(Settings.from_environment(os.environ))
_sources = create_sources(application)


def lambda_handler(event: Any, context: Any) -> dict[str, Any] | None:
    """Answer one event of AWS Lambda.

    Args:
        event: of one of the sources, such as an API Gateway request or ``{"warmup": true}``.
        context: the context object of Lambda's runtime; None outside of it.

    Returns:
        What the source expects: a proxy result, the failed items of a batch; None for a warm-up.

    Raises:
        UnsupportedEventError: the event comes from none of the sources.
    """
    reply: dict[str, Any] | None = _answer(_sources, event, context)
    return reply
