"""An unchanged client of Triton Inference Server works against the function.

A small gateway turns its HTTP requests into events of a REST API, on the loopback interface.
"""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from events.catalogue.open_inference import (
    METADATA,
    OF_SETOSA,
    OF_VIRGINICA,
    SERVER,
    SETOSA,
    VIRGINICA,
)
from events.proxy_events import HttpRequest, rest_api_event
from model_lambda.lambda_function import lambda_handler

pytestmark = pytest.mark.iris_model

STAGE = "/dev"
FLOWERS = np.array([SETOSA, VIRGINICA], np.float32)
PROBABILITIES = [OF_SETOSA, OF_VIRGINICA]


class Gateway(BaseHTTPRequestHandler):
    """Passes a request on to the function, as a stage of a REST API does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a request without a body."""
        self._answer(None)

    def do_POST(self) -> None:
        """Answer a request with a body; what is not UTF-8 arrives damaged."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(body.decode("utf-8", errors="replace"))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""

    def _answer(self, body: str | None) -> None:
        url = urlsplit(self.path)
        assert url.path.startswith(f"{STAGE}/")
        path, query = unquote(url.path.removeprefix(STAGE)), parse_qsl(url.query)
        request = HttpRequest(self.command, path, query, list(self.headers.items()), body)
        result = lambda_handler(rest_api_event(request), None)
        assert result is not None
        content = result["body"].encode("ascii")
        self.send_response(result["statusCode"])
        for name, value in result["headers"].items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}{STAGE}"
        server.shutdown()
        thread.join()


@pytest.fixture
def client(address: str) -> Iterator[InferenceServerClient]:
    with InferenceServerClient(address) as opened:
        yield opened


def flowers(rows: np.ndarray = FLOWERS, datatype: str = "FP32") -> InferInput:
    """The input tensor, as JSON."""
    tensor = InferInput("features", list(rows.shape), datatype)
    return tensor.set_data_from_numpy(rows, binary_data=False)


def test_server_is_live_and_ready(client: InferenceServerClient) -> None:
    assert (client.is_server_live(), client.is_server_ready()) == (True, True)


def test_server_metadata(client: InferenceServerClient) -> None:
    metadata = client.get_server_metadata()
    assert metadata == SERVER


@pytest.mark.parametrize(
    ("name", "version", "is_ready"),
    [
        ("iris_model", "", True),
        ("iris_model", "1.0", True),
        ("iris_model", "2.0", False),
        ("rose_model", "", False),
    ],
)
def test_model_is_ready(
    client: InferenceServerClient, name: str, version: str, is_ready: bool
) -> None:
    assert client.is_model_ready(name, version) is is_ready


@pytest.mark.parametrize("version", ["", "1.0"])
def test_model_metadata(client: InferenceServerClient, version: str) -> None:
    assert client.get_model_metadata("iris_model", version) == METADATA


@pytest.mark.parametrize("version", ["", "1.0"])
def test_infers_all_outputs(client: InferenceServerClient, version: str) -> None:
    result = client.infer("iris_model", [flowers()], version, request_id="42")
    assert result.get_response()["id"] == "42"
    assert result.get_response()["model_version"] == "1.0"
    assert result.as_numpy("label").tolist() == ["setosa", "virginica"]
    probabilities = result.as_numpy("probabilities")
    assert (probabilities.dtype, probabilities.shape) == (np.float32, (2, 3))
    assert np.allclose(probabilities, PROBABILITIES, rtol=0, atol=1e-5)


@pytest.mark.parametrize("binary_data", [False, True])
def test_infers_one_output(client: InferenceServerClient, binary_data: bool) -> None:
    # Binary outputs are what the client asks for by default; it reads JSON all the same.
    outputs = [InferRequestedOutput("label", binary_data=binary_data)]
    result = client.infer("iris_model", [flowers()], outputs=outputs, parameters={"note": "x"})
    assert result.as_numpy("label").tolist() == ["setosa", "virginica"]
    assert result.as_numpy("probabilities") is None


@pytest.mark.parametrize(("datatype", "dtype"), [("FP64", np.float64), ("INT64", np.int64)])
def test_infers_from_other_datatypes(
    client: InferenceServerClient, datatype: str, dtype: type
) -> None:
    result = client.infer("iris_model", [flowers(np.array([[5, 3, 1, 1]], dtype), datatype)])
    assert result.as_numpy("label").tolist() == ["setosa"]


def test_infers_no_rows(client: InferenceServerClient) -> None:
    result = client.infer("iris_model", [flowers(np.empty((0, 4), np.float32))])
    shapes = {name: result.as_numpy(name).shape for name in ("label", "probabilities")}
    assert shapes == {"label": (0,), "probabilities": (0, 3)}


def test_infers_asynchronously(client: InferenceServerClient) -> None:
    pending = [client.async_infer("iris_model", [flowers()]) for _ in range(3)]
    labels = [one.get_result(timeout=30).as_numpy("label").tolist() for one in pending]
    assert labels == [["setosa", "virginica"]] * 3


def refused(client: InferenceServerClient, tensor: InferInput, **options: Any) -> tuple[str, str]:
    """Status and message of a refusal."""
    with pytest.raises(InferenceServerException) as caught:
        client.infer("iris_model", [tensor], **options)
    return caught.value.status(), caught.value.message()


def test_binary_input_is_refused_with_a_way_out(client: InferenceServerClient) -> None:
    tensor = InferInput("features", [2, 4], "FP32").set_data_from_numpy(FLOWERS)
    assert refused(client, tensor) == (
        "415",
        "Binary tensor data is not read; send it as JSON (tritonclient: binary_data=False).",
    )


def test_compressed_input_is_refused(client: InferenceServerClient) -> None:
    status, message = refused(client, flowers(), request_compression_algorithm="gzip")
    assert (status, message) == ("415", "A compressed body is not read.")


def test_rows_out_of_range_are_named(client: InferenceServerClient) -> None:
    reason = "sepal_length: Must be greater than or equal to 0.1 and less than or equal to 15.0."
    assert refused(client, flowers(FLOWERS * 10)) == (
        "400",
        f"2 of 2 rows are not valid. /inputs/0/data/0: {reason} /inputs/0/data/4: {reason}",
    )


def test_what_the_protocol_does_not_have_is_not_found(client: InferenceServerClient) -> None:
    with pytest.raises(InferenceServerException) as caught:
        client.get_model_repository_index()
    assert (caught.value.status(), caught.value.message()) == ("404", "No route has this path.")
