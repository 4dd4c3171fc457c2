"""One message: what it asks, what its result is, and by which key that is known.

A message is `{"qualified_name": ..., "data": {...}}`, with `version`, `id`, and `probabilities` or
`distances` if wanted. Its result is `{"qualified_name", "version", "prediction", "key",
"message_id"}`, with the message's `id` if it has one.

The key is the SHA-256 of the body, if the body has an `id`: a second message with the same body is
then the same message, even when its producer sent it twice. Without an `id` it is made of what the
source calls the message and of its body: only redeliveries are the same. What takes the results
knows one by its key (`destinations` says for how long).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from model_lambda.digest import sha256_hex
from model_lambda.errors import (
    FieldError,
    InvalidParameterError,
    ModelLambdaError,
    SchemaError,
)
from model_lambda.event_sources.destinations import Result
from model_lambda.ml_model import MLModel
from model_lambda.model_manager import ModelManager
from model_lambda.prediction import find_model
from model_lambda.tasks import ON_REQUEST
from model_lambda.web_api.json_body import read_json, write_json
from model_lambda.web_api.messages import Request

_MEMBERS: Mapping[str, tuple[type, str]] = {
    "qualified_name": (str, "Not a valid string."),
    "data": (object, ""),
    "version": (str, "Not a valid string."),
    **dict.fromkeys(ON_REQUEST, (bool, "Not a valid boolean.")),
    "id": (str, "Not a valid string."),
}
_REQUIRED = ("qualified_name", "data")


class Message(NamedTuple):
    """One message.

    Attributes:
        identifier: what a failure is reported by.
        identity: what the source calls the message, the same each time it is delivered.
        body: as it came, None if there is none.
        group: after a failure, what follows in the same group is kept back; None: nothing is.
        partition: results of one partition stay in order; None: in any order.
    """

    identifier: str
    identity: str
    body: str | None
    body_is_base64: bool = False
    group: str | None = None
    partition: str | None = None


class Query(NamedTuple):
    """What a message asks; whether with what the model gives on request, too."""

    model: MLModel
    data: Any
    probabilities: bool
    id: str | None


Outcome = Result | ModelLambdaError


def read_query(message: Message, models: ModelManager, max_bytes: int) -> Query:
    """Read what a message asks, by the rules for the body of a request.

    Args:
        max_bytes: the most bytes that are read.

    Raises:
        ModelLambdaError: it is not readable, asks nothing, or asks a model that is not there.
    """
    document = read_document(message, max_bytes)
    model = find_model(models, document["qualified_name"], document.get("version"))
    wanted = [name for name in ON_REQUEST if document.get(name)]
    for name in wanted:
        if name != model.on_request:
            raise InvalidParameterError(f"this model gives no {name}")
    return Query(model, document["data"], bool(wanted), document.get("id"))


def read_document(message: Message, max_bytes: int) -> dict[str, Any]:
    """Read all of a message that can be judged without its model.

    Raises:
        ModelLambdaError: it is not readable, or asks nothing.
    """
    request = Request("POST", "", body=message.body, body_is_base64=message.body_is_base64)
    return _checked(read_json(request, max_bytes))


def _checked(document: Any) -> dict[str, Any]:
    """Check everything of a message but its row, in the words that are used for rows."""
    if not isinstance(document, dict):
        raise SchemaError("the message is not valid", [FieldError("", "Not an object.")])
    errors = [
        FieldError(f"/{name}", "Missing data for required field.")
        for name in _REQUIRED
        if name not in document
    ]
    errors += [
        FieldError(f"/{name}", otherwise)
        for name, (kind, otherwise) in _MEMBERS.items()
        if name in document and not isinstance(document[name], kind)
    ]
    if set(document) - set(_MEMBERS):
        errors.append(FieldError("", "Unknown field."))
    if errors:
        raise SchemaError("the message is not valid", errors)
    return document


def outcome_of(message: Message, query: Query, prediction: str | ModelLambdaError) -> Outcome:
    """The result of a message, or why there is none.

    Args:
        prediction: as JSON; a reason of the room, if it has none.
    """
    if isinstance(prediction, SchemaError):
        placed = [FieldError(f"/data{one.pointer}", one.detail) for one in prediction.errors]
        return SchemaError(str(prediction), placed)
    if isinstance(prediction, ModelLambdaError):
        return prediction
    key = _key(message, query)
    members = {
        **({} if query.id is None else {"id": query.id}),
        "qualified_name": query.model.qualified_name,
        "version": query.model.version,
        "key": key,
        "message_id": message.identity,
    }
    # What the model said was written inside the fence around it.
    body = f'{write_json(members)[:-1]}, "prediction": {prediction}}}'
    return Result(key, body, message.identity, message.partition)


def _key(message: Message, query: Query) -> str:
    body = message.body or ""
    seed = body if query.id is not None else f"{message.identity}\n{body}"
    return sha256_hex(seed.encode("utf-8", "surrogatepass"))
