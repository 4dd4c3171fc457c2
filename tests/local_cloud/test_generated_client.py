"""A client that openapi-python-client generates calls every operation of the deployed service."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from deploy.documents.api_examples import MODEL, Example, read_examples
from deploy.stack import Stack
from model_lambda.web_api.routes import ROUTES
from tests.openapi_clients.generators import generate_python_client
from tests.unit.api_document import stored_document

NAME = "generated_client"
# The client asks for no media type, so that a card comes as a page.
ANSWERED = [
    one
    for one in read_examples([MODEL])
    if one.status == 200 and one.operation_id != "getModelCard"
]
# The document shows no example of itself and of its page.
NOT_PARSED = {"getModelCard", "getOpenApi", "getDocs"}
FLOWER = {"sepal_length": 4.9, "sepal_width": 3.1, "petal_length": 1.5, "petal_width": 0.1}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The generated package, imported."""
    folder = tmp_path_factory.mktemp("client")
    generate_python_client(folder / NAME)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield importlib.import_module(NAME)


@pytest.fixture(scope="module")
def operations(package: ModuleType) -> dict[str, Any]:
    """The function of each operation that returns its parsed answer, by operation id."""
    api = importlib.import_module(f"{NAME}.api")
    names = [one.name for one in pkgutil.walk_packages(api.__path__, f"{NAME}.api.")]
    modules = {name.rpartition(".")[2]: importlib.import_module(name) for name in names}
    return {
        route.operation_id: modules[re.sub(r"(?=[A-Z])", "_", route.operation_id).lower()].sync
        for route in ROUTES
    }


@pytest.fixture(scope="module")
def models(package: ModuleType) -> ModuleType:
    """The generated classes of bodies and answers."""
    return importlib.import_module(f"{NAME}.models")


@pytest.fixture(scope="module")
def client(package: ModuleType, stack: Stack) -> Iterator[Any]:
    """A client with the deployment's key."""
    with package.AuthenticatedClient(
        base_url=stack.url(""),
        token=stack.api_key,
        prefix="",
        auth_header_name="x-api-key",
        timeout=60,
        httpx_args={"trust_env": False},
    ) as opened:
        yield opened


def arguments(function: Any, example: Example) -> dict[str, Any]:
    """What a request consists of, each part of the class that the function asks for."""
    classes = inspect.get_annotations(function, eval_str=True)
    parts = {name: classes[name](value) for name, value in example.parameters.items()}
    if example.request_body is not None:
        parts["body"] = classes["body"].from_dict(example.request_body)
    if "probabilities" in example.response_body:
        parts["probabilities"] = True
    return parts


@pytest.mark.parametrize("example", ANSWERED, ids=lambda example: example.name)
def test_an_answer_is_parsed_to_the_documented_class(
    client: Any, operations: dict[str, Any], models: ModuleType, example: Example
) -> None:
    call = operations[example.operation_id]
    answer = call(client=client, **arguments(call, example))
    assert type(answer).__name__ in models.__all__
    assert answer.to_dict() == example.response_body


def test_every_operation_is_called(
    client: Any, operations: dict[str, Any], models: ModuleType
) -> None:
    called = {example.operation_id for example in ANSWERED}
    assert called | NOT_PARSED == operations.keys()
    assert operations["getModelCard"](
        models.GetModelCardQualifiedName.IRIS_MODEL, client=client
    ).startswith("# Iris Model\n")
    assert operations["getOpenApi"](client=client).to_dict() == stored_document()
    assert operations["getDocs"](client=client).startswith("<!DOCTYPE html>")


def test_an_inference_of_four_rows_is_written_and_read_with_types(
    client: Any, operations: dict[str, Any], models: ModuleType
) -> None:
    tensor = models.IrisModelInputTensor(
        name=models.IrisModelInputTensorName.FEATURES,
        shape=[4, 4],
        datatype=models.IrisModelInputTensorDatatype.FP64,
        data=[*FLOWER.values()] * 4,
    )
    answer = operations["infer"](
        models.InferModelName.IRIS_MODEL,
        client=client,
        body=models.IrisModelInferenceRequest(inputs=[tensor], id="42"),
    )
    label, probabilities = answer.outputs
    assert answer.id == "42"
    assert isinstance(label, models.IrisModelOutputTensor)
    assert label.data == [models.IrisModelOutputTensorDataItem.SETOSA] * 4
    assert isinstance(probabilities, models.IrisModelProbabilitiesTensor)
    assert probabilities.shape == [4, 3]


def test_a_refused_row_is_a_problem_with_its_reasons(
    client: Any, operations: dict[str, Any], models: ModuleType
) -> None:
    refusal = operations["predict"](
        models.PredictQualifiedName.IRIS_MODEL,
        client=client,
        body=models.IrisInput(**FLOWER | {"petal_width": 99.0}),
    )
    assert isinstance(refusal, models.Problem)
    assert (refusal.status, refusal.type_) == (400, "/problems/schema-error")
    assert [reason.pointer for reason in refusal.errors] == ["/petal_width"]


def test_a_refused_inference_is_an_error_of_its_protocol(
    client: Any, operations: dict[str, Any], models: ModuleType
) -> None:
    tensor = models.IrisModelInputTensor(
        name=models.IrisModelInputTensorName.FEATURES,
        shape=[2, 4],
        datatype=models.IrisModelInputTensorDatatype.FP32,
        data=[*FLOWER.values()],
    )
    refusal = operations["infer"](
        models.InferModelName.IRIS_MODEL,
        client=client,
        body=models.IrisModelInferenceRequest(inputs=[tensor]),
    )
    assert isinstance(refusal, models.InferenceError)
    assert refusal.error.endswith("/inputs/0/data: Not as many elements as the shape says.")


def test_the_answer_of_the_gateway_is_a_problem(
    package: ModuleType, stack: Stack, operations: dict[str, Any], models: ModuleType
) -> None:
    with package.Client(base_url=stack.url(""), httpx_args={"trust_env": False}) as stranger:
        refusals = [operations[name](client=stranger) for name in ("listModels", "getServerLive")]
    assert [type(refusal) for refusal in refusals] == [models.Problem] * 2
    assert [refusal.status for refusal in refusals] == [403, 403]
