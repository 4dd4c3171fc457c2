"""The OpenAPI document and the page that shows it: stored files, read when first asked for."""

from functools import cache
from pathlib import Path

from model_lambda.web_api.controllers import PathParameters, Services
from model_lambda.web_api.messages import Request, Response

_FOLDER = Path(__file__).parent
# The page brings all it needs. It names the hashes of its scripts itself; this holds for any page.
_PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'unsafe-inline'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        # A notebook on the reader's own machine may show it.
        "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*",
    )
)


def get_openapi(_request: Request, _parameters: PathParameters, services: Services) -> Response:
    """Get the OpenAPI document."""
    from model_lambda.web_api.exported_documents import with_exported_models

    document = with_exported_models(_stored("openapi.json"), services.models)
    return Response(200, document, {"Content-Type": "application/json"})


def get_docs(_request: Request, _parameters: PathParameters, _services: Services) -> Response:
    """Show the OpenAPI document as a page that tries requests out."""
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": _PAGE_POLICY,
        "Cache-Control": "public, max-age=3600",
        "Referrer-Policy": "no-referrer",
    }
    return Response(200, _stored("docs.html"), headers)


@cache
def _stored(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="ascii")
