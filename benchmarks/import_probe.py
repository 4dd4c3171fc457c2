"""Runs inside the function's interpreter, started with `-X importtime`: marks the phases.

Called as `python -X importtime import_probe.py HANDLER LOADER`, with an event on standard input.
The marks go to standard error, between the lines that the interpreter writes there for each
import; `LOADER`, as `module:name`, is the function that parses the model file.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any


def mark(phase: str) -> None:
    """Write what begins or ends here, and when."""
    os.write(2, f"mark: {phase} {time.perf_counter_ns()}\n".encode())


def marked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, with a mark before and after."""

    def run(*args: Any, **options: Any) -> Any:
        mark("load-begin")
        result = function(*args, **options)
        mark("load-end")
        return result

    return run


def imported(name: str) -> ModuleType:
    """Import a module the way that `-X importtime` reports, which `importlib` is not."""
    __import__(name)
    return sys.modules[name]


def main(handler_path: str, loader: str | None) -> None:
    """Import the handler and have it answer one event."""
    event = json.load(sys.stdin)
    mark("import-begin")
    if loader:
        module_name, name = loader.split(":")
        module = imported(module_name)
        setattr(module, name, marked(getattr(module, name)))
    module_name, _, name = handler_path.rpartition(".")
    handler = getattr(imported(module_name), name)
    mark("import-end")
    handler(event, None)
    mark("answer")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
