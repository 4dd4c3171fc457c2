"""The Open Inference Protocol (KServe V2, REST): clients of other model servers work here too.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md

Tensors are JSON; Triton's binary extension is not offered. Models with a manifest are served:
others have no tensors. A version is the ``major.minor`` of the manifest.
"""

from collections.abc import Sequence
from typing import Any

from model_lambda import __version__
from model_lambda.errors import (
    FieldError,
    ModelNotFoundError,
    SchemaError,
    UnsupportedMediaTypeError,
)
from model_lambda.packaged_model import PackagedModel
from model_lambda.prediction import find_model, predict_columns
from model_lambda.tasks import PredictionColumns
from model_lambda.web_api.controllers import PathParameters, Services
from model_lambda.web_api.json_body import read_json, write_json
from model_lambda.web_api.messages import Request, Response
from model_lambda.web_api.problems import MOST_BYTES, detail_of, headers_of, problem_of

SERVER_NAME = "model_lambda"
# The protocol names the first; for the second it prescribes the form <project>_<format>.
_PLATFORMS = {"onnx": "onnx_onnxv1", "sklearn": "sklearn_skops"}
_MEDIA_TYPE = "application/json"
_FIRST_SERVER_ERROR = 500


def get_server_metadata(
    _request: Request, _parameters: PathParameters, _services: Services
) -> Response:
    """Describe the server."""
    return _answer({"name": SERVER_NAME, "version": __version__, "extensions": []})


def get_server_live(
    _request: Request, _parameters: PathParameters, _services: Services
) -> Response:
    """Say that requests are answered."""
    return _answer({"live": True})


def get_server_ready(
    _request: Request, _parameters: PathParameters, _services: Services
) -> Response:
    """Say that all models are loaded: without them the function does not start."""
    # The protocol's text has "live" here too; clients read "ready".
    return _answer({"live": True, "ready": True})


def get_model_metadata(
    _request: Request, parameters: PathParameters, services: Services
) -> Response:
    """Describe a model's tensors."""
    from model_lambda.web_api.open_inference_columns import input_types, output_types

    model = _find_model(parameters, services)
    return _answer(
        {
            "name": model.qualified_name,
            "versions": list(services.models.get_versions(model.qualified_name)),
            "platform": _PLATFORMS[model.manifest.engine.kind],
            "inputs": [one.describe() for one in input_types(model)],
            "outputs": [one.describe() for one in output_types(model)],
        }
    )


def get_model_ready(_request: Request, parameters: PathParameters, services: Services) -> Response:
    """Say that a model is loaded."""
    model = _find_model(parameters, services)
    return _answer({"name": model.qualified_name, "ready": True})


def post_infer(request: Request, parameters: PathParameters, services: Services) -> Response:
    """Predict the rows of a request in one call of the model, or none of them."""
    model = _find_model(parameters, services)
    _refuse_binary_data(request)
    document = read_json(request, services.settings.max_body_bytes)
    return _infer_rows(document, model)


def _infer_rows(document: Any, model: PackagedModel) -> Response:
    from model_lambda.web_api import open_inference_columns  # no cold start waits for it

    inference = open_inference_columns.read_rows_request(document, model)
    names, columns = inference.output_names, inference.columns

    def write(predictions: PredictionColumns) -> Response:
        outputs = open_inference_columns.write_outputs(model, predictions, columns.row_count, names)
        return _inference_answer(model, inference.id, outputs)

    place, on_request = inference.error_in_request, model.on_request in names
    return predict_columns(model, columns, write, place, probabilities=on_request)


def _inference_answer(
    model: PackagedModel, id_: str | None, outputs: list[dict[str, Any]]
) -> Response:
    return _answer(
        {
            "model_name": model.qualified_name,
            "model_version": model.version,
            **({} if id_ is None else {"id": id_}),
            "outputs": outputs,
        }
    )


def error_response(error: Exception, _request: Request) -> Response:
    """Render an error as the protocol wants it: ``{"error": "..."}``, ASCII, at most 2 KB."""
    problem = problem_of(error)
    message = detail_of(error)
    if problem.status >= _FIRST_SERVER_ERROR:
        message = f"{problem.title} {message}"
    if isinstance(error, SchemaError):
        message = _with_reasons(message, error.errors)
    headers = {"Content-Type": _MEDIA_TYPE, **headers_of(error)}
    return Response(problem.status, write_json({"error": message}), headers)


def _find_model(parameters: PathParameters, services: Services) -> PackagedModel:
    version = parameters.get("model_version")
    model = find_model(services.models, parameters["model_name"], version)
    if not isinstance(model, PackagedModel):
        raise ModelNotFoundError("this model has no tensors; it is served under /api")
    return model


def _refuse_binary_data(request: Request) -> None:
    if "inference-header-content-length" in request.headers:
        raise UnsupportedMediaTypeError(
            "binary tensor data is not read; send it as JSON (tritonclient: binary_data=False)"
        )


def _with_reasons(message: str, errors: Sequence[FieldError]) -> str:
    """Append as many reasons as fit in 2 KB."""
    room = MOST_BYTES - len(write_json({"error": message}))
    for error in errors:
        reason = f" {error.pointer}: {error.detail}" if error.pointer else f" {error.detail}"
        room -= len(write_json(reason)) - len('""')
        if room < 0:
            break
        message += reason
    return message


def _answer(document: dict[str, Any]) -> Response:
    return Response(200, write_json(document), {"Content-Type": _MEDIA_TYPE})
