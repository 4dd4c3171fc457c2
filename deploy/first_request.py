"""A request that the deployed models answer: what `make call`, `make invoke` and `make demo` send.

Which models are deployed is asked of the deployment, so it is never one that is not there.
"""

import json
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from deploy.commands import DeployError
from deploy.golden_rows import golden_requests
from events.model_rows import example_row
from events.proxy_events import HttpRequest
from model_lambda.model_manager import MODELS

# Method and path to status and body.
Ask = Callable[[str, str], tuple[int, str]]
_JSON = (("Content-Type", "application/json"),)


def first_request(ask: Ask, name: str | None = None, models: Path = MODELS) -> HttpRequest:
    """A prediction of a deployed model: its first golden row, or one that its schema takes.

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
    for golden in golden_requests(models, [model]):
        if golden.name == f"{model}_{version}_0":
            return golden.request
    schema = _document(ask, f"/api/models/{model}/metadata")["input_schema"]
    body = json.dumps(example_row(schema))
    return HttpRequest("POST", f"/api/models/{model}/predict", (), _JSON, body)


def _version(model: dict[str, Any]) -> str:
    return f"{model['major_version']}.{model['minor_version']}"


def _document(ask: Ask, path: str) -> Any:
    status, body = ask("GET", path)
    if status != HTTPStatus.OK:
        raise DeployError(f"GET {path} was answered {status}: {body}")
    return json.loads(body)
