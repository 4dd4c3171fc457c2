"""The entry point, and the one place where everything is put together."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_lambda.config import Settings
from model_lambda.errors import UnsupportedEventError
from model_lambda.event_sources import Reply, api_gateway, warm_up
from model_lambda.model_manager import ModelManager, packaged_folders
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services

if TYPE_CHECKING:
    from model_lambda.event_sources.destinations import Destination
    from model_lambda.event_sources.object_storage import ObjectStorage

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
        packaged = packaged_folders()
        models.load_models(settings.model_classes, settings.engine, packaged, settings.models)
        models.load_models((), folders=_fetched_folders(settings))  # each is picked by its name
    return Application(Services(models, settings))


def _fetched_folders(settings: Settings) -> list[Path]:
    """The folders of the models that come from S3."""
    if not settings.model_uri:
        return []
    # Where all models are in the package, a start does not pay for what fetching needs.
    from model_lambda import model_store

    uris = [model_store.read_model_uri(text) for text in settings.model_uri]
    files = model_store.connect()
    return [files.folder(uri) for uri in uris]


def create_sources(
    application: Application,
    destination: "Destination | None" = None,
    storage: "ObjectStorage | None" = None,
) -> list[Source]:
    """The sources that the function serves: messages and files, if their results have a place.

    Args:
        destination: of the results of messages; that of the settings, if it is None.
        storage: of files and their results; that of the settings, if it is None.
    """
    services = application.services
    sources: list[Source] = [(reply_to, application) for reply_to in SOURCES]
    if destination is not None or services.settings.has_destination:
        sources += _sources_of_messages(services, destination)
    if storage is not None or services.settings.results_prefix:
        sources += _sources_of_files(services, storage)
    return sources


# Where only requests are answered, a start does not pay for what messages and files need.
def _sources_of_messages(services: Services, destination: "Destination | None") -> list[Source]:
    from model_lambda.event_sources import batches, destinations, kinesis, sqs

    results = destination or destinations.connect(services.settings)
    answering = batches.Batches(services.models, services.settings, results)
    return [(sqs.reply_to, answering), (kinesis.reply_to, answering)]


def _sources_of_files(services: Services, storage: "ObjectStorage | None") -> list[Source]:
    from model_lambda.event_sources import files, object_storage, s3

    place = storage or object_storage.connect(services.settings)
    return [(s3.reply_to, files.Files(services.models, services.settings, place))]


def create_handler(
    settings: Settings,
    models: ModelManager | None = None,
    destination: "Destination | None" = None,
    storage: "ObjectStorage | None" = None,
) -> Handler:
    """A handler such as `lambda_handler`, with other settings, models, destination of results
    or storage of files.

    Raises:
        ModelLambdaError: a setting or a model is refused.
    """
    application = create_application(settings, models)
    return partial(_answer, create_sources(application, destination, storage))


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
