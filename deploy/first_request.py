"""A request that the deployed models answer: what `make call`, `make invoke` and `make demo` send.

Which models are deployed is asked of the deployment, so it is never one that is not there.
"""

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from deploy.commands import DeployError
from deploy.golden_rows import golden_requests
from events.model_rows import example_row
from events.proxy_events import HttpRequest
from events.stored import stored_events
from model_lambda.model_manager import MODELS

# Method and path to status and body.
Ask = Callable[[str, str], tuple[int, str]]
_JSON = (("Content-Type", "application/json"),)


def first_request(ask: Ask, name: str | None = None, models: Path = MODELS) -> HttpRequest:
    """A prediction of a deployed model, in its newest version.

    Its row is the first golden row of an exported model, that of a stored event of a class, or else
    one that the model's schema takes.

    Args:
        ask: sends a request to the deployment.
        name: of the model; the first that is listed, if it is None.
        models: where golden rows are looked for.

    Raises:
        DeployError: there is no such model, or the deployment does not answer.
    """
    deployed = _document(ask, "/api/models")["models"]
    found = [one for one in deployed if name in (None, one["qualified_name"])]
    if not found:
        there = ", ".join(dict.fromkeys(one["qualified_name"] for one in deployed))
        raise DeployError(f"no deployed model is called {name}; there are {there or 'none'}")
    model, version = found[0]["qualified_name"], _version(found[0])
    path = f"/api/models/{model}/predict"
    recorded = [_golden_row(model, version, models), *_stored_rows(path)]
    body = next(filter(None, recorded), None)
    if body is None:
        schema = _document(ask, f"/api/models/{model}/metadata")["input_schema"]
        body = json.dumps(example_row(schema))
    return HttpRequest("POST", path, (), _JSON, body)


def _golden_row(model: str, version: str, models: Path) -> str | None:
    """The first golden row of an exported model."""
    name = f"{model}_{version}_0"
    found = (one.request.body for one in golden_requests(models, [model]) if one.name == name)
    return next(map(str, found), None)


def _stored_rows(path: str) -> Iterator[str]:
    """The rows of the stored events that a model class answers to a request without a query."""
    plain = {"path": path, "isBase64Encoded": False, "queryStringParameters": None}
    for _, event, answer in stored_events():
        if plain.items() <= event.items() and answer["statusCode"] == HTTPStatus.OK:
            yield event["body"]


def _version(model: dict[str, Any]) -> str:
    return f"{model['major_version']}.{model['minor_version']}"


def _document(ask: Ask, path: str) -> Any:
    status, body = ask("GET", path)
    if status != HTTPStatus.OK:
        raise DeployError(f"GET {path} was answered {status}: {body}")
    return json.loads(body)
