"""serverless.yml as it is read, the table of routes and the README agree."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from model_lambda.config import Settings
from model_lambda.web_api.routes import ROUTES
from tests.structure.documents import PROJECT, section
from workbook.economics.cost import Work
from workbook.economics.pricing import LambdaUsage

SERVERLESS = PROJECT / "serverless.yml"
OPENAPI = PROJECT / "model_lambda" / "web_api" / "openapi.json"
# Whatever is no route goes to the function too, which says so in its own words.
EVERYTHING_ELSE = {("ANY", "/{proxy+}"), ("OPTIONS", "/{proxy+}")}


def routed() -> set[tuple[str, str]]:
    """Return the method and path of every route."""
    return {(route.method, route.path) for route in ROUTES}


def http_function() -> dict[str, Any]:
    """Return the function behind the API."""
    functions = yaml.safe_load(SERVERLESS.read_text())["functions"]
    function: dict[str, Any] = functions[0]["model-lambda"]
    return function


def http_events() -> list[dict[str, Any]]:
    """Return the http events of the function, from the file that serverless.yml names."""
    function = http_function()
    source = re.fullmatch(r"\$\{file\((.*)\)\}", function["events"])
    assert source is not None
    events = yaml.safe_load((SERVERLESS.parent / source.group(1)).read_text())
    return [event["http"] for event in events if "http" in event]


def deployed() -> set[tuple[str, str]]:
    """Return the method and path of every http event."""
    return {(event["method"].upper(), f"/{event['path'].lstrip('/')}") for event in http_events()}


def test_serverless_deploys_every_route_and_nothing_else() -> None:
    assert deployed() - EVERYTHING_ELSE == routed()


def without_key() -> set[tuple[str, str]]:
    """Return the method and path of every operation that the OpenAPI document shows as open."""
    document = json.loads(OPENAPI.read_text())
    return {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation.get("security", document["security"]) == []
    }


def test_every_request_needs_the_key_unless_auth_is_none_or_it_is_documented_as_open() -> None:
    guard = "${self:custom.keyRequired.${param:auth}}"
    is_open = {
        (event["method"].upper(), f"/{event['path']}")
        for event in http_events()
        if event["private"] != guard
    }
    assert is_open == without_key() | {("OPTIONS", "/{proxy+}")}


def test_serverless_names_the_handler_that_exists() -> None:
    function = http_function()
    module, _, name = function["handler"].rpartition(".")
    source = (PROJECT / Path(*module.split("."))).with_suffix(".py").read_text()
    assert f"def {name}(event: Any, context: Any)" in source


def test_what_is_said_of_memory_time_and_size_is_what_is_configured() -> None:
    provider = yaml.safe_load(SERVERLESS.read_text())["provider"]
    limits = section((PROJECT / "README.md").read_text(), "Limits")
    assert f"answered within {provider['timeout']} seconds" in limits
    assert f"may have {Settings().max_body_bytes // 1024} KiB" in limits
    assert provider["memorySize"] == LambdaUsage(0, 0).memory_mb == Work(0).memory_mb


class WatchedEnvironment(dict[str, str]):
    """An empty environment that notes which variables it is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return False

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return default


def as_text(value: Any) -> str:
    """Write a setting as its variable has it; `none` if it is empty."""
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    return f"`{text}`" if text else "none"


def test_the_readme_lists_every_setting_of_the_function_with_its_default() -> None:
    table = section((PROJECT / "README.md").read_text(), "Settings of the function")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", table, re.MULTILINE)
    environment = WatchedEnvironment()
    settings = Settings.from_environment(environment)
    assert {name for name, _ in rows} == environment.asked
    defaults = {name.upper(): as_text(value) for name, value in settings._asdict().items()}
    # Which classes these are is not for the README to repeat.
    found = "those that packages in `model_lambda/models` name"
    assert dict(rows) == defaults | {"MODEL_CLASSES": found}
