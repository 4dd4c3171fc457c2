import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from model_lambda.config import Settings
from model_lambda.errors import ConfigurationError, DuplicateModelError, UnsupportedEventError
from model_lambda.event_sources import api_gateway
from model_lambda.lambda_function import (
    SOURCES,
    application,
    create_application,
    create_handler,
    lambda_handler,
)
from tests.contract.lambda_context import LambdaContext
from tests.unit.flower_rows import ScriptedModel, manager_of

PROJECT = Path(__file__).parents[2]
IRIS = "model_lambda.models.iris.iris_model.IrisModel"
EVENT = {"httpMethod": "GET", "path": "/api/models"}
# None of these is needed to answer a request, and each costs time at every cold start.
FORBIDDEN = {
    "apispec",
    "boto3",
    "botocore",
    "concurrent.futures",
    "http.client",
    "httpx",
    "joblib",
    "jsonschema",
    "multiprocessing",
    "onnx",
    "pandas",
    "requests",
    "scipy",
    "skl2onnx",
    "sklearn",
    "skops",
    "ssl",
    "urllib3",
    "yaml",
}
IMPORT = "import sys, json, model_lambda.lambda_function as f; print(json.dumps({}))"


def _in_a_new_process(expression: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", IMPORT.replace("{}", expression)],
        env={
            "PATH": os.defpath,
            "PYTHONPATH": str(PROJECT),
            "MODELS": os.environ["MODELS"],
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_no_forbidden_module_is_loaded_at_start_or_by_a_request() -> None:
    event = json.dumps(EVENT)
    result = _in_a_new_process(f"[f.lambda_handler({event}, None), sorted(sys.modules)]")
    answer, modules = json.loads(result.stdout)
    assert answer["statusCode"] == 200
    assert {"numpy", "onnxruntime"} <= set(modules)
    assert sorted((FORBIDDEN | {"marshmallow"}) & set(modules)) == []
    # What only documents, explanations and messages need is not paid for.
    documents = {"web_api.exported_documents", "web_api.open_inference_columns"}
    later = {"fields_of_schema", "model_card"} | documents
    later |= {f"event_sources.{name}" for name in ("s3", "files", "object_storage", "csv_table")}
    messages = {"batches", "destinations", "kinesis", "message", "sqs"}
    later |= {f"event_sources.{name}" for name in messages}
    assert {f"model_lambda.{name}" for name in later} & set(modules) == set()


def test_a_destination_in_the_environment_is_connected_at_start() -> None:
    result = _in_a_new_process(
        "[len(f._sources), sorted(sys.modules)]",
        RESULTS_QUEUE_URL="https://sqs.us-east-1.amazonaws.com/123456789012/results",
        AWS_DEFAULT_REGION="us-east-1",
    )
    sources, modules = json.loads(result.stdout)
    assert sources == len(SOURCES) + 2
    assert {"boto3", "model_lambda.event_sources.sqs"} <= set(modules)


def test_a_place_for_results_of_files_in_the_environment_is_connected_at_start() -> None:
    result = _in_a_new_process(
        "sorted(sys.modules)",
        FILES_BUCKET="files",
        RESULTS_PREFIX="out/",
        AWS_DEFAULT_REGION="us-east-1",
    )
    assert {"boto3", "model_lambda.event_sources.s3"} <= set(json.loads(result.stdout))


def test_marshmallow_is_loaded_to_explain_the_first_refusal() -> None:
    refused = {"httpMethod": "POST", "path": "/api/models/iris_model/predict", "body": "{}"}
    event = json.dumps(refused)
    result = _in_a_new_process(f"[f.lambda_handler({event}, None), sorted(sys.modules)]")
    answer, modules = json.loads(result.stdout)
    assert answer["statusCode"] == 400
    assert len(json.loads(answer["body"])["errors"]) == 4
    assert "marshmallow" in modules


def test_nothing_that_is_only_needed_to_build_is_loaded() -> None:
    modules = json.loads(_in_a_new_process("sorted(sys.modules)").stdout)
    own = [name for name in modules if name.startswith("model_lambda")]
    assert len(own) > 10


def test_scikit_learn_serves_without_onnx_runtime() -> None:
    result = _in_a_new_process("sorted(sys.modules)", ENGINE="sklearn")
    modules = set(json.loads(result.stdout))
    assert "sklearn" in modules
    assert "onnxruntime" not in modules


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("ENGINE", "pickle", "ConfigurationError: ENGINE is 'pickle'"),
        ("MODEL_CLASSES", "no_such.Model", "ConfigurationError: no_such.Model cannot be imported"),
        (
            "MODEL_CLASSES",
            f"{IRIS},{IRIS}",
            "DuplicateModelError: two models are called iris_model",
        ),
    ],
)
def test_the_function_does_not_start_without_its_models_and_says_why_in_a_line(
    name: str, value: str, error: str
) -> None:
    result = _in_a_new_process("0", **{name: value})
    assert result.returncode != 0
    assert error in result.stderr.splitlines()[-1]


def test_an_application_is_made_whole_or_not_at_all() -> None:
    with pytest.raises(DuplicateModelError):
        create_application(Settings(model_classes=(IRIS, IRIS)))
    with pytest.raises(ConfigurationError):
        create_application(Settings(model_classes=("nowhere.Model",)))


def test_the_handler_is_the_adapter_around_the_application() -> None:
    context = LambdaContext()
    response = application.respond(api_gateway.to_request(EVENT, context))
    assert lambda_handler(EVENT, context) == api_gateway.to_result(response)


def test_an_http_event_that_says_warm_up_is_answered() -> None:
    assert lambda_handler({**EVENT, "warmup": True}, None) is not None


def test_a_warm_up_does_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    assert lambda_handler({"warmup": True}, None) is None
    assert caplog.records == []


def test_a_handler_serves_the_models_that_it_is_given() -> None:
    settings = Settings(model_classes=("nowhere.Model",))
    handler = create_handler(settings, manager_of(ScriptedModel()))
    listed = json.loads(handler(EVENT, None)["body"])["models"]
    assert [one["qualified_name"] for one in listed] == ["scripted_model"]


def test_the_refusal_of_an_event_does_not_repeat_it() -> None:
    with pytest.raises(UnsupportedEventError) as raised:
        lambda_handler({"secret": "value"}, None)
    assert "secret" not in str(raised.value)


def test_the_handler_works_without_a_context() -> None:
    answer = lambda_handler(EVENT, None)
    assert answer is not None
    assert answer["statusCode"] == 200
