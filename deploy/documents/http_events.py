"""Writes the http events of serverless.yml: `python -m deploy.documents.http_events`.

One event a route, so that the gateway knows each by its path, and two for whatever is no route.
"""

from collections.abc import Sequence

from deploy.atomic_write import write_atomically
from deploy.commands import PROJECT
from model_lambda.web_api.routes import ROUTES, Route

EVENTS = PROJECT / "deploy" / "serverless" / "http_events.yml"
# A setting of serverless.yml: true unless the service is deployed open.
KEY_REQUIRED = '"${self:custom.keyRequired.${param:auth}}"'
_FIRST = "# Written by `make openapi` from the table in model_lambda/web_api/routes.py."


def http_events(routes: Sequence[Route] = ROUTES) -> str:
    """The events as YAML."""
    lines = [
        _FIRST,
        *(_event(route.method, route.path, is_public=route.is_public) for route in routes),
        "# All else goes to the function too, which answers 404, 405 and HEAD.",
        _event("any", "/{proxy+}"),
        "# A browser sends its preflight without the key.",
        _event("options", "/{proxy+}", is_public=True),
    ]
    return "\n".join(lines) + "\n"


def _event(method: str, path: str, *, is_public: bool = False) -> str:
    private = "false" if is_public else KEY_REQUIRED
    place = path.removeprefix("/")
    return f'- http: {{ method: {method.lower()}, path: "{place}", private: {private} }}'


def main() -> None:
    """Write the file."""
    write_atomically(EVENTS, http_events().encode("ascii"))
    print(f"Wrote {EVENTS.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
