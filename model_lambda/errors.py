"""What can go wrong, in the words of the domain; ``web_api.problems`` maps it to HTTP statuses."""

from collections.abc import Sequence
from typing import NamedTuple


class ModelLambdaError(Exception):
    """Base of all errors of this package."""


class UnsupportedEventError(ModelLambdaError, ValueError):
    """The event comes from no source that the function serves."""


class ConfigurationError(ModelLambdaError, ValueError):
    """A setting in the environment cannot be used."""


class ModelLoadError(ModelLambdaError):
    """A model cannot be put into service."""


class DuplicateModelError(ModelLoadError):
    """Two models claim the same qualified name."""


class ManifestError(ModelLoadError):
    """A manifest is missing, unreadable or incomplete."""


class ModelFileError(ModelLoadError):
    """A model file is missing, is not the one in the manifest, or is not safe to parse."""


class LibraryVersionError(ModelLoadError):
    """An installed library lies outside the versions that the manifest allows."""


class GoldenPredictionError(ModelLoadError):
    """A freshly loaded model does not repeat the predictions recorded at training."""


class ModelNotFoundError(ModelLambdaError):
    """No model has the requested qualified name."""


class RouteNotFoundError(ModelLambdaError):
    """No route has the requested path."""


class MethodNotAllowedError(ModelLambdaError):
    """The path exists, but not with this method; ``allowed`` are those it has."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"the path answers to {', '.join(allowed)}")
        self.allowed = tuple(allowed)


class MalformedJsonError(ModelLambdaError):
    """The body is not one strict JSON document in UTF-8."""


class PayloadTooLargeError(ModelLambdaError):
    """The body is larger than the configured cap."""


class UnsupportedMediaTypeError(ModelLambdaError):
    """The body is declared as something other than plain JSON."""


class InvalidParameterError(ModelLambdaError):
    """A query parameter has a value that it cannot have."""


class FieldError(NamedTuple):
    """One reason for a refusal, without the input: where (RFC 6901 JSON Pointer) and why."""

    pointer: str
    detail: str


class SchemaError(ModelLambdaError):
    """The document is JSON, but not what the schema asks for."""

    def __init__(self, message: str, errors: Sequence[FieldError]) -> None:
        super().__init__(message)
        self.errors = tuple(errors)


class DeadlineError(ModelLambdaError):
    """Too little time is left to answer for certain."""


class PredictionError(ModelLambdaError):
    """A model raised, or returned something that is not an answer."""


class FileError(ModelLambdaError):
    """A file is not a table that can be read to its end."""


class ResultConflictError(ModelLambdaError):
    """Somebody else has written a result meanwhile, of another source."""


class FirstRecordError(ModelLambdaError):
    """The first record of a stream's batch failed; the batch has to be split to go on."""


class RefusedResultError(ModelLambdaError):
    """A destination took a call, but not this result of it."""
