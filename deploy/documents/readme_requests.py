"""Writes the README's table of requests: `python -m deploy.documents.readme_requests`."""

from collections.abc import Sequence

from deploy.atomic_write import write_atomically
from deploy.commands import PROJECT
from deploy.documents.api_operations import operations
from model_lambda.web_api.routes import ROUTES, Route

README = PROJECT / "README.md"
_BEGIN, _END = "<!-- requests -->", "<!-- /requests -->"
_HEAD = ("| request | what it does | options | key |", "|---|---|---|---|")


def readme_with(readme: str, routes: Sequence[Route] = ROUTES) -> str:
    """The README with this table between its marks.

    Raises:
        ValueError: it has no such marks.
    """
    before, begin, rest = readme.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"the README lacks {_BEGIN} or {_END}")
    return f"{before}{begin}\n{request_table(routes)}\n{end}{after}"


def request_table(routes: Sequence[Route]) -> str:
    """The requests in the words of their controllers, as Markdown."""
    # What a route can be asked for is the same for all models.
    described = operations(())
    rows = (_row(route, described[route.operation_id].query) for route in routes)
    return "\n".join((*_HEAD, *rows))


def _row(route: Route, options: Sequence[str]) -> str:
    summary = (route.controller.__doc__ or "").partition("\n")[0].removesuffix(".")
    names = ", ".join(f"`{name}`" for name in options)
    key = "no" if route.is_public else "yes"
    return f"| `{route.method} {route.path}` | {summary} | {names} | {key} |"


def main() -> None:
    """Write the table."""
    text = readme_with(README.read_text(encoding="utf-8"))
    write_atomically(README, text.encode())
    print(f"Wrote the requests into {README.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
