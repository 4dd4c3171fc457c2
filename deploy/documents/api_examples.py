"""Examples of the OpenAPI document: requests and answers as they stand in ``events/``."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from events.proxy_events import rest_api_event
from events.stored import read_event, read_response
from model_lambda.errors import PredictionError
from model_lambda.event_sources.api_gateway import from_result, to_request
from model_lambda.web_api.messages import Request, Response
from model_lambda.web_api.routes import find_route

MODEL = "iris_model"
STORED = (
    "list_models",
    "metadata",
    "predict_setosa",
    "predict_versicolor",
    "predict_virginica",
    "predict_probabilities",
    "missing_field",
    "bad_json",
    "unknown_model",
)
CATALOGUED = (
    "model_card",
    "model_card_as_json",
    "predictions_of_one_row",
    "predictions_in_the_order_of_the_rows",
    "predictions_every_bad_row_is_named",
    "predictions_probabilities_invalid",
    "body_one_byte_over_the_cap",
    "content_type_text",
    "out_of_time",
    "v2_server",
    "v2_live",
    "v2_ready",
    "v2_model",
    "v2_model_version",
    "v2_model_ready",
    "v2_model_version_ready",
    "v2_infer_one_row",
    "v2_infer_two_rows_nested",
    "v2_infer_int64",
    "v2_infer_of_a_version",
    "v2_infer_list",
    "v2_unknown_model",
    "v2_infer_too_large",
    "v2_infer_other_media_type",
    "v2_infer_out_of_time",
)
# Of every kind of path one; no event makes a model fail.
FAILING = ("predict_setosa", "v2_infer_one_row")
_FIRST_ERROR = 400


@dataclass(frozen=True)
class Example:
    """One request and its answer.

    Attributes:
        parameters: of the path.
        request_body: None unless the request has a body that is answered with success.
    """

    name: str
    operation_id: str
    parameters: Mapping[str, str]
    status: int
    media_type: str
    request_body: Any
    response_body: Any

    def fits(self, qualified_names: Sequence[str]) -> bool:
        """Whether a deployment of just these models can answer so."""
        named = [name for key, name in self.parameters.items() if key.endswith("_name")]
        if self.operation_id == "listModels":
            named = [model["qualified_name"] for model in self.response_body["models"]]
            return named == list(qualified_names)
        return self.status >= _FIRST_ERROR or set(named) <= set(qualified_names)


def read_examples(qualified_names: Sequence[str]) -> Iterator[Example]:
    """Read the examples that a deployment of just these models can answer, in order of the lists.

    All are of the iris model: without it there is none, and the catalogue cannot be read.
    """
    if MODEL in qualified_names:
        yield from (example for example in _examples() if example.fits(qualified_names))


def _examples() -> Iterator[Example]:
    for name, (request, response) in _exchanges().items():
        yield _example(name, request, response)
    for name in FAILING:
        request, _ = _exchanges()[name]
        route, _ = find_route(request.method, request.path)
        answer = route.render_error(PredictionError(), request)
        yield _example(f"{name}_fails", request, answer)


def as_examples(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name in the form of OpenAPI; empty if there are none."""
    named = {name: {"value": value} for name, value in values.items()}
    return {"examples": named} if named else {}


def _exchanges() -> dict[str, tuple[Request, Response]]:
    from events.catalogue import CASES

    cases = {case.name: case for case in CASES}
    events = {name: (read_event(name), read_response(name)) for name in STORED}
    events |= {
        name: (rest_api_event(cases[name].request), cases[name].answer) for name in CATALOGUED
    }
    return {
        name: (to_request(event), from_result(result)) for name, (event, result) in events.items()
    }


def _example(name: str, request: Request, response: Response) -> Example:
    route, parameters = find_route(request.method, request.path)
    media_type = response.headers["Content-Type"].partition(";")[0]
    has_body = request.body is not None and response.status < _FIRST_ERROR
    return Example(
        name=name,
        operation_id=route.operation_id,
        parameters=parameters,
        status=response.status,
        media_type=media_type,
        request_body=json.loads(request.body or "null") if has_body else None,
        response_body=json.loads(response.body) if "json" in media_type else response.body,
    )
