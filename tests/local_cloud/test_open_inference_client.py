"""An unchanged client of Triton Inference Server works against the deployed endpoint."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from deploy.stack import Stack
from events.catalogue.open_inference import (
    METADATA,
    OF_SETOSA,
    OF_VIRGINICA,
    SERVER,
    SETOSA,
    VIRGINICA,
)

FLOWERS = np.array([SETOSA, VIRGINICA], np.float32)
PROBABILITIES = [OF_SETOSA, OF_VIRGINICA]


@pytest.fixture
def client(stack: Stack) -> Iterator[InferenceServerClient]:
    """A client of the endpoint, whose stage is a part of the path."""
    url = urlsplit(stack.url("/v2"))
    path = url.path.removesuffix("/v2")
    with InferenceServerClient(f"{url.netloc}{path}", ssl=url.scheme == "https") as opened:
        yield opened


def flowers(*, binary_data: bool = False) -> InferInput:
    """The input tensor of two flowers."""
    tensor = InferInput("features", [2, 4], "FP32")
    return tensor.set_data_from_numpy(FLOWERS, binary_data=binary_data)


def test_server_and_model_are_ready(client: InferenceServerClient, stack: Stack) -> None:
    ready = (
        client.is_server_live(stack.headers),
        client.is_server_ready(stack.headers),
        client.is_model_ready("iris_model", headers=stack.headers),
        client.is_model_ready("iris_model", "1.0", stack.headers),
        client.is_model_ready("iris_model", "2.0", stack.headers),
        client.is_model_ready("rose_model", headers=stack.headers),
    )
    assert ready == (True, True, True, True, False, False)


def test_server_metadata(client: InferenceServerClient, stack: Stack) -> None:
    metadata = client.get_server_metadata(stack.headers)
    assert metadata == SERVER


@pytest.mark.parametrize("version", ["", "1.0"])
def test_model_metadata(client: InferenceServerClient, stack: Stack, version: str) -> None:
    assert client.get_model_metadata("iris_model", version, stack.headers) == METADATA


@pytest.mark.parametrize("version", ["", "1.0"])
def test_infers_all_outputs(client: InferenceServerClient, stack: Stack, version: str) -> None:
    result = client.infer(
        "iris_model", [flowers()], version, request_id="\u82b1 42", headers=stack.headers
    )
    assert result.get_response()["id"] == "\u82b1 42"
    assert result.as_numpy("label").tolist() == ["setosa", "virginica"]
    probabilities = result.as_numpy("probabilities")
    assert (probabilities.dtype, probabilities.shape) == (np.float32, (2, 3))
    assert np.allclose(probabilities, PROBABILITIES, rtol=0, atol=1e-5)


def test_infers_one_output(client: InferenceServerClient, stack: Stack) -> None:
    outputs = [InferRequestedOutput("label")]
    result = client.infer("iris_model", [flowers()], outputs=outputs, headers=stack.headers)
    assert result.as_numpy("label").tolist() == ["setosa", "virginica"]
    assert result.as_numpy("probabilities") is None


def test_infers_asynchronously(client: InferenceServerClient, stack: Stack) -> None:
    pending = client.async_infer("iris_model", [flowers()], headers=stack.headers)
    labels = pending.get_result(timeout=60).as_numpy("label").tolist()
    assert labels == ["setosa", "virginica"]


def refusal(client: InferenceServerClient, tensor: InferInput, **options: Any) -> tuple[str, str]:
    """Status and message of a refused inference."""
    with pytest.raises(InferenceServerException) as caught:
        client.infer("iris_model", [tensor], **options)
    return caught.value.status(), caught.value.message()


def test_binary_input_is_refused_with_a_way_out(
    client: InferenceServerClient, stack: Stack
) -> None:
    assert refusal(client, flowers(binary_data=True), headers=dict(stack.headers)) == (
        "415",
        "Binary tensor data is not read; send it as JSON (tritonclient: binary_data=False).",
    )


def test_an_unknown_version_is_refused(client: InferenceServerClient, stack: Stack) -> None:
    refused = refusal(client, flowers(), model_version="2.0", headers=stack.headers)
    assert refused == ("404", "The model has no such version.")
