"""Lambda's log as AWS writes it: one stream an environment, platform lines in the chosen format."""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

import json
import math
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from ministack.services import cloudwatch_logs, lambda_svc


@dataclass
class Invocation:
    """What is known about one invocation when its log is written.

    Attributes:
        stream: The log stream of its environment.
        duration_ms: Without the start of the environment.
        init_ms: The start of the environment; None when it was warm.
        memory_mb: The largest memory the environment has used.
    """

    stream: str
    duration_ms: float
    init_ms: float | None
    memory_mb: int


_PAGE = 10_000
# By the emulator's thread: it runs the invocation and writes the log one after the other.
finished: dict[int, Invocation] = {}


def new_stream(version: str) -> str:
    """A log stream's name as AWS makes it: date, version and a random part."""
    return f"{datetime.now(UTC):%Y/%m/%d}/[{version}]{uuid.uuid4().hex}"


def apply(thread_id: Any) -> None:
    """Write the log of invocations that were recorded in `finished`.

    Args:
        thread_id: Tells the running thread, as `threading.get_ident` does.
    """
    stock = lambda_svc._emit_lambda_logs

    def emit(func: dict[str, Any], request_id: str, text: str, *rest: Any, **more: Any) -> None:
        invocation = finished.pop(thread_id(), None)
        if invocation is None:
            stock(func, request_id, text, *rest, **more)
            return
        config = func.get("config") or func
        failed = bool(rest[0]) if rest else False
        lines = _lines(config, request_id, text.splitlines(), invocation, failed=failed)
        _append(config, invocation.stream, lines)

    lambda_svc._emit_lambda_logs = emit


def give_every_page() -> None:
    """Let FilterLogEvents go on after its first page; a token is a time and how many had it."""
    stock = cloudwatch_logs._filter_log_events

    def page(data: dict[str, Any]) -> Any:
        start, _, seen = data.pop("nextToken", f"{data.get('startTime', 0)}-0").partition("-")
        limit = min(data.get("limit", _PAGE), _PAGE - int(seen))
        reply = stock(data | {"startTime": int(start), "limit": limit + int(seen)})
        body = json.loads(reply[2])
        if len(body.get("events", [])) == limit + int(seen):
            last = body["events"][-1]["timestamp"]
            same = sum(event["timestamp"] == last for event in body["events"])
            body["nextToken"] = f"{last}-{same}"
        body["events"] = body.get("events", [])[int(seen) :]
        return (*reply[:2], json.dumps(body).encode()) if reply[0] == HTTPStatus.OK else reply

    cloudwatch_logs._filter_log_events = page


def _lines(
    config: dict[str, Any], request_id: str, own: list[str], done: Invocation, *, failed: bool
) -> list[str]:
    version = config.get("Version", "$LATEST")
    if (config.get("LoggingConfig") or {}).get("LogFormat") != "JSON":
        return [
            f"START RequestId: {request_id} Version: {version}",
            *own,
            f"END RequestId: {request_id}",
            _text_report(config, request_id, done),
        ]
    report = {"requestId": request_id, "metrics": _metrics(config, done)}
    report["status"] = "error" if failed else "success"
    start = {"requestId": request_id, "version": version}
    return [_event("platform.start", start), *own, _event("platform.report", report)]


def _metrics(config: dict[str, Any], done: Invocation) -> dict[str, float]:
    metrics = {
        "durationMs": round(done.duration_ms, 3),
        # The start of an environment is billed too.
        "billedDurationMs": math.ceil(done.duration_ms + (done.init_ms or 0)),
        "memorySizeMB": config.get("MemorySize", 128),
        "maxMemoryUsedMB": done.memory_mb,
    }
    return metrics if done.init_ms is None else metrics | {"initDurationMs": round(done.init_ms, 3)}


def _text_report(config: dict[str, Any], request_id: str, done: Invocation) -> str:
    metrics = _metrics(config, done)
    fields = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {metrics['durationMs']:.2f} ms",
        f"Billed Duration: {metrics['billedDurationMs']} ms",
        f"Memory Size: {metrics['memorySizeMB']} MB",
        f"Max Memory Used: {metrics['maxMemoryUsedMB']} MB",
    ]
    if "initDurationMs" in metrics:
        fields.append(f"Init Duration: {metrics['initDurationMs']:.2f} ms")
    return "\t".join(fields)


def _event(kind: str, record: dict[str, Any]) -> str:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return json.dumps({"time": now, "type": kind, "record": record})


def _append(config: dict[str, Any], stream: str, lines: list[str]) -> None:
    wanted = (config.get("LoggingConfig") or {}).get("LogGroup")
    name = wanted or f"/aws/lambda/{config['FunctionName']}"
    if name not in cloudwatch_logs._log_groups:
        cloudwatch_logs._create_log_group({"logGroupName": name})
    group = cloudwatch_logs._log_groups[name]
    if stream not in group["streams"]:
        cloudwatch_logs._create_log_stream({"logGroupName": name, "logStreamName": stream})
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": line, "ingestionTime": now} for line in lines]
    cloudwatch_logs._append_log_events(group["streams"][stream], events)
    cloudwatch_logs._fanout_to_subscription_filters(name, stream, events)
