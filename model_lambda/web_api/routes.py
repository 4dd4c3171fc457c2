"""Which controller answers which method and path.

This table is what the OpenAPI document, ``serverless.yml`` and the README are compared with.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from model_lambda.errors import MethodNotAllowedError, RouteNotFoundError
from model_lambda.web_api.card import get_card
from model_lambda.web_api.controllers import (
    Controller,
    get_metadata,
    get_models,
    post_predict,
    post_predictions,
)
from model_lambda.web_api.documentation import get_docs, get_openapi
from model_lambda.web_api.messages import Request, Response
from model_lambda.web_api.open_inference import (
    error_response,
    get_model_metadata,
    get_model_ready,
    get_server_live,
    get_server_metadata,
    get_server_ready,
    post_infer,
)
from model_lambda.web_api.problems import problem_response

RenderError = Callable[[Exception, Request], Response]


class Route(NamedTuple):
    """One row of the table.

    Attributes:
        path: with parameters in braces, as in OpenAPI.
        operation_id: names the operation in the OpenAPI document.
    """

    method: str
    path: str
    operation_id: str
    controller: Controller

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches a request's path; a parameter is one segment."""
        return _pattern(self.path)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


_V2_MODEL = "/v2/models/{model_name}"
_V2_VERSION = f"{_V2_MODEL}/versions/{{model_version}}"

ROUTES: Sequence[Route] = (
    Route("GET", "/api/models", "listModels", get_models),
    Route("GET", "/api/models/{qualified_name}/metadata", "getModelMetadata", get_metadata),
    Route("GET", "/api/models/{qualified_name}/card", "getModelCard", get_card),
    Route("POST", "/api/models/{qualified_name}/predict", "predict", post_predict),
    Route("POST", "/api/models/{qualified_name}/predictions", "predictBatch", post_predictions),
    Route("GET", "/v2", "getServerMetadata", get_server_metadata),
    Route("GET", "/v2/health/live", "getServerLive", get_server_live),
    Route("GET", "/v2/health/ready", "getServerReady", get_server_ready),
    Route("GET", _V2_MODEL, "getInferenceModel", get_model_metadata),
    Route("GET", _V2_VERSION, "getInferenceModelVersion", get_model_metadata),
    Route("GET", f"{_V2_MODEL}/ready", "getInferenceModelReady", get_model_ready),
    Route("GET", f"{_V2_VERSION}/ready", "getInferenceModelVersionReady", get_model_ready),
    Route("POST", f"{_V2_MODEL}/infer", "infer", post_infer),
    Route("POST", f"{_V2_VERSION}/infer", "inferVersion", post_infer),
    Route("GET", "/api/openapi.json", "getOpenApi", get_openapi),
    Route("GET", "/api/docs", "getDocs", get_docs),
)


def find_route(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """Find the route and its path parameters; HEAD is found as GET.

    Raises:
        RouteNotFoundError: no route has this path.
        MethodNotAllowedError: routes have this path, but not with this method.
    """
    wanted = "GET" if method == "HEAD" else method
    for route in ROUTES:
        if route.method == wanted and (match := route.pattern.fullmatch(path)):
            return route, match.groupdict()
    raise MethodNotAllowedError(allowed_methods(path))


def allowed_methods(path: str) -> tuple[str, ...]:
    """All methods that a path answers to.

    Raises:
        RouteNotFoundError: no route has this path.
    """
    methods = [route.method for route in ROUTES if route.pattern.fullmatch(path)]
    if not methods:
        raise RouteNotFoundError("no route has this path")
    return with_implied_methods(methods)


def with_implied_methods(methods: Sequence[str]) -> tuple[str, ...]:
    """Add what every path answers besides: HEAD wherever there is GET, and OPTIONS."""
    head = ("HEAD",) if "GET" in methods else ()
    return (*methods, *head, "OPTIONS")


def error_renderer(path: str) -> RenderError:
    """How the errors of a path look: the inference protocol has its own way."""
    return error_response if f"{path}/".startswith("/v2/") else problem_response
