"""Source of a function that does what its event asks for; deployed as text by `probe.py`."""

import importlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def handler(event: Any, context: Any) -> Any:
    """Do what the event, or the body of an HTTP request, asks for."""
    wish = json.loads(event["body"] or "{}") if "httpMethod" in event else event
    if "reply" in wish:
        return wish["reply"]
    for name, act in ACTIONS.items():
        if name in wish:
            act(wish[name])
    body = json.dumps(_facts(event, context, wish))
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": body}


def _raise(key: str) -> None:
    raise KeyError(key)


def _hold(megabytes: int) -> None:
    """Take memory and keep it."""
    _held.append(b"x" * (megabytes * 1024 * 1024))


_held: list[bytes] = []
ACTIONS: dict[str, Callable[[Any], object]] = {
    "raise": _raise,
    "exit": os._exit,
    "hold": _hold,
    "sleep": time.sleep,
    "print": print,
    "log": lambda text: logging.getLogger().warning(text, extra={"answer": 42}),
}


def _facts(event: Any, context: Any, wish: dict[str, Any]) -> Any:
    facts = {
        "event": event,
        "environment": dict(os.environ),
        "sys_path": sys.path,
        "working_folder": os.getcwd(),  # noqa: PTH109
        "remaining_ms": context.get_remaining_time_in_millis(),
        "request_id": context.aws_request_id,
        "padding": "x" * wish.get("padding", 0),
        "refused": [_refusal(operation) for operation in wish.get("try", [])],
        "unwritable": [path for path in wish.get("write", []) if not _can_write(path)],
        "imported": {name: _can_import(name) for name in wish.get("import", [])},
    }
    return {name: facts[name] for name in wish.get("tell", [])}


def _refusal(operation: str) -> str | None:
    """The code with which AWS refuses an operation such as `s3.list_buckets`."""
    service, method = operation.split(".")
    boto3 = importlib.import_module("boto3")
    errors = importlib.import_module("botocore.exceptions")
    try:
        getattr(boto3.client(service), method)()
    except errors.ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def _can_import(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def _can_write(path: str) -> bool:
    try:
        Path(os.path.expandvars(path)).write_text("changed", encoding="utf-8")
    except OSError:
        return False
    return True
