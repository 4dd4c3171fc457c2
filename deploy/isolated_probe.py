"""Run in a clean interpreter: import the unzipped package, answer events, print JSON.

Called as `python -I -S -B isolated_probe.py PACKAGE EVENTS`; it sees the package and the standard
library, and nothing else.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any


class ProbeContext:
    """The part of the Lambda context object that a handler may use."""

    function_name = "model-lambda"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-2:000000000000:function:model-lambda"
    memory_limit_in_mb = "1024"
    aws_request_id = "00000000-0000-4000-8000-000000000000"
    log_group_name = "/aws/lambda/model-lambda"
    log_stream_name = "probe"

    def get_remaining_time_in_millis(self) -> int:
        """Time is not what this probe is about."""
        return 10_000


def probe(package: str, events: Path) -> dict[str, Any]:
    """Import the handler and answer each event.

    Returns:
        `init_ms`, the `modules` loaded by the import, and an `answers` mapping of event name to
        the returned value or to `{"errorType", "errorMessage"}` of what was raised.
    """
    sys.path.insert(0, package)
    started = time.perf_counter()
    handler = importlib.import_module("model_lambda.lambda_function").lambda_handler
    init_ms = (time.perf_counter() - started) * 1000
    modules = sorted(sys.modules)
    inputs = sorted(path for path in events.glob("[!.]*.json") if ".response" not in path.name)
    answers = {path.stem: _answer(handler, path) for path in inputs}
    return {"init_ms": init_ms, "modules": modules, "answers": answers}


def _answer(handler: Any, path: Path) -> Any:
    event = json.loads(path.read_text(encoding="utf-8"))
    try:
        return handler(event, ProbeContext())
    except Exception as error:
        return {"errorType": type(error).__name__, "errorMessage": str(error)}


if __name__ == "__main__":
    print(json.dumps(probe(sys.argv[1], Path(sys.argv[2]))), file=sys.__stdout__)
