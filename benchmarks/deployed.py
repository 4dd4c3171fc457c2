"""Measures what is deployed: the local endpoint under load, the function on AWS by its reports."""

import base64
import http.client
import json
import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

from benchmarks.function_process import BenchmarkError
from benchmarks.report_lines import Report, read_report
from benchmarks.results import Load, percentile
from benchmarks.workload import event
from deploy.live import FLOWER, PREDICT, without_workers
from deploy.local_cloud import local_cloud
from deploy.osls import clean_up
from deploy.service import deploy
from deploy.stack import Stack, client, describe_stack
from deploy.target import local_target, target_from_environment

CLIENTS = (1, 10, 50)
COLD_STARTS = 10
WARM_CALLS = 100
# The endpoint is measured, not the rate that serverless.yml allows.
UNLIMITED = {"auth": "none", "rate-limit": "10000", "burst-limit": "5000"}
_LONGEST_REQUEST_SECONDS = 30

Progress = Callable[[str], None]


def local_loads(seconds: float, progress: Progress) -> list[Load]:
    """Deploy to a local cloud of its own, and send predictions from ever more clients.

    Raises:
        BenchmarkError: a request was not answered rightly; its answer's time would mean nothing.
    """
    progress("deploying to a local cloud")
    try:
        with local_cloud() as cloud:
            stack = deploy(local_target(cloud), UNLIMITED)
            return [_announced_load(stack, clients, seconds, progress) for clients in CLIENTS]
    finally:
        clean_up()


def _announced_load(stack: Stack, clients: int, seconds: float, progress: Progress) -> Load:
    progress(f"the local endpoint under {clients} clients, {seconds:.0f} s")
    return without_failures(load(stack.url(PREDICT), clients, seconds))


def without_failures(found: Load) -> Load:
    """The same, if every request was answered rightly.

    Raises:
        BenchmarkError: one was not; a refusal costs less than an answer.
    """
    if found.failures:
        raise BenchmarkError(
            f"{found.failures:,} of {found.requests:,} requests from {found.clients} clients at "
            "once were not answered rightly"
        )
    return found


def load(url: str, clients: int, seconds: float) -> Load:
    """Requests from some clients at once, each sending its next when it has its answer.

    The first answer of each is not counted: it may wait for a worker to start.
    """
    all_warm = Barrier(clients)
    with ThreadPoolExecutor(clients) as pool:
        each = list(pool.map(lambda _: _one_client(url, all_warm, seconds), range(clients)))
    answered = [milliseconds for times, _ in each for milliseconds in times]
    failures = sum(failed for _, failed in each)
    return Load(
        clients=clients,
        requests=len(answered) + failures,
        failures=failures,
        requests_per_second=len(answered) / seconds,
        p50_ms=percentile(answered, 50) if answered else 0.0,
        p99_ms=percentile(answered, 99) if answered else 0.0,
    )


def _one_client(url: str, all_warm: Barrier, seconds: float) -> tuple[list[float], int]:
    """Milliseconds of each right answer, and the number of other ones, until the time is over."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=_LONGEST_REQUEST_SECONDS
    )
    times: list[float] = []
    failures = 0
    _is_answered(connection, address.path)
    all_warm.wait()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = time.perf_counter()
        if _is_answered(connection, address.path):
            times.append((time.perf_counter() - before) * 1e3)
        else:
            failures += 1
            connection.close()
    connection.close()
    return times, failures


def _is_answered(connection: http.client.HTTPConnection, path: str) -> bool:
    try:
        connection.request("POST", path, FLOWER, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        return bool(reply.status == 200 and json.loads(reply.read()) == {"species": "setosa"})
    except (OSError, http.client.HTTPException, ValueError):
        return False


def aws_reports(progress: Progress) -> dict[str, Any]:
    """Invoke the function deployed to AWS, cold and warm, and sum up what AWS reports."""
    stack = describe_stack(target_from_environment(dict(os.environ) | {"TARGET": "aws"}))
    function, name = client(stack.target, "lambda"), stack.target.function_name
    progress(f"{COLD_STARTS} cold starts on AWS")
    cold = [invocation(function, name) for _ in without_workers(stack, COLD_STARTS)]
    progress(f"{WARM_CALLS} warm invocations on AWS")
    warm = [invocation(function, name) for _ in range(WARM_CALLS)]
    return summary([*cold, *warm])


def invocation(function: Any, name: str) -> Report:
    """Invoke the function once with a prediction; it returns its log too."""
    payload = json.dumps(event("predict")).encode()
    reply = function.invoke(FunctionName=name, LogType="Tail", Payload=payload)
    return read_report(base64.b64decode(reply["LogResult"]).decode())


def summary(reports: Iterable[Report]) -> dict[str, Any]:
    """Medians and 99th percentiles; a report with an init is a cold start's."""
    reports = list(reports)
    cold = [report for report in reports if report.init_ms is not None]
    warm = [report.duration_ms for report in reports if report.init_ms is None]
    return {
        "memory_mb": reports[0].memory_mb,
        "used_mb": max(report.used_mb for report in reports),
        "cold_starts": len(cold),
        "init_p50_ms": median(report.init_ms or 0 for report in cold) if cold else None,
        "first_billed_p50_ms": median(report.billed_ms for report in cold) if cold else None,
        "warm_calls": len(warm),
        "warm_p50_ms": percentile(warm, 50) if warm else None,
        "warm_p99_ms": percentile(warm, 99) if warm else None,
    }
