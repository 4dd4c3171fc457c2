"""onnxruntime's telemetry, on by default, is off wherever the project imports it."""

import os
import subprocess
import sys
from pathlib import Path

import onnxruntime
import psutil
import pytest
import yaml

PROJECT = Path(__file__).parents[2]
PACKAGES = Path(onnxruntime.__file__).parents[1]
EVENT = {"httpMethod": "GET", "path": "/v2/models/iris_model/ready"}
WAIT = "; print('ready', flush=True); input()"
HANDLER = f"from model_lambda.lambda_function import lambda_handler; lambda_handler({EVENT}, None)"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param(["-S"], HANDLER, id="the handler, in an environment that says nothing"),
        pytest.param([], "import onnxruntime", id="any program of the project's environment"),
    ],
)
def test_onnxruntime_starts_no_thread_opens_no_socket_and_writes_no_file(
    options: list[str], code: str, tmp_path: Path
) -> None:
    environment = {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "PYTHONPATH": f"{PROJECT}{os.pathsep}{PACKAGES}",
        "OPENBLAS_NUM_THREADS": "1",
    }
    with subprocess.Popen(
        [sys.executable, *options, "-c", code + WAIT],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        started = psutil.Process(process.pid)
        # Its only thread waits for its input: nobody is there who could ask the name server later.
        assert (started.num_threads(), started.net_connections("all")) == (1, [])
        process.communicate("\n")
    assert list(tmp_path.iterdir()) == []


def test_it_is_off_in_the_function() -> None:
    provider = yaml.safe_load((PROJECT / "serverless.yml").read_text())["provider"]
    assert provider["environment"]["ORT_DISABLE_TELEMETRY"] == "1"
