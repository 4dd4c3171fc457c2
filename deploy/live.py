"""What a notebook does with the live endpoint: have one, and time its answers."""

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import requests

from deploy.commands import DeployError
from deploy.service import deploy, running_target
from deploy.stack import NotDeployedError, Stack, client, describe_stack, log_lines
from deploy.target import Target

# Of the iris model, which the notebooks and the benchmarks are about.
PREDICT = "/api/models/iris_model/predict"
FLOWER = '{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}'
_JSON = {"Content-Type": "application/json"}


def live_stack() -> Stack:
    """The stack of the announced target (TARGET), deployed now if it is not there yet."""
    target = running_target(os.environ.get("TARGET", "local"))
    try:
        return describe_stack(target)
    except NotDeployedError:
        return deploy(target)


def wait_for_log(target: Target, message: str, seconds: float = 60) -> list[dict[str, Any]]:
    """The function's log records with a message; AWS shows them some seconds late.

    Raises:
        DeployError: There is none after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        records = [json.loads(line) for line in log_lines(target) if line.startswith("{")]
        if found := [record for record in records if record.get("message") == message]:
            return found
        time.sleep(0.5)
    raise DeployError(f"no log record says {message!r} after {seconds:.0f} s")


def http_session(stack: Stack) -> requests.Session:
    """A session that sends the API key of the stack and keeps its connection open."""
    session = requests.Session()
    session.headers.update(stack.headers)
    # A proxy of the environment must not come between a laptop and itself.
    session.trust_env = stack.target.name == "aws"
    return session


def warm_latencies(stack: Stack, count: int) -> list[float]:
    """Milliseconds of predictions sent one after the other, after one that is not counted."""
    with http_session(stack) as session:
        _timed_prediction(session, stack)
        return [_timed_prediction(session, stack) for _ in range(count)]


def cold_latencies(stack: Stack, count: int) -> list[float]:
    """Milliseconds of predictions, each of which finds no worker and waits for a new one."""
    with http_session(stack) as session:
        return [_timed_prediction(session, stack) for _ in without_workers(stack, count)]


def without_workers(stack: Stack, count: int) -> Iterator[None]:
    """Change a variable that nobody reads: Lambda then replaces every worker."""
    function, name = client(stack.target, "lambda"), stack.target.function_name
    configuration = function.get_function_configuration(FunctionName=name)
    variables = configuration.get("Environment", {}).get("Variables", {})
    try:
        for number in range(count):
            _set_variables(function, name, variables | {"REPLACED": str(number)})
            yield
    finally:
        _set_variables(function, name, variables)


def _set_variables(function: Any, name: str, variables: dict[str, str]) -> None:
    environment = {"Variables": variables}
    function.update_function_configuration(FunctionName=name, Environment=environment)
    function.get_waiter("function_updated_v2").wait(FunctionName=name)


def _timed_prediction(session: requests.Session, stack: Stack) -> float:
    started = time.perf_counter()
    answer = session.post(stack.url(PREDICT), data=FLOWER, headers=_JSON, timeout=60)
    elapsed = (time.perf_counter() - started) * 1000
    answer.raise_for_status()
    return elapsed
