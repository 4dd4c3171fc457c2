"""Run Python functions under AWS's own runtime client instead of the emulator's runner.

The interpreter holds what AWS's runtime provides (the runtime client and boto3) and nothing else,
its variables are made from nothing, and its code is read-only.
"""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

import os
import threading
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from deploy.emulator import code_folder, logs
from deploy.emulator.execution_environment import AwsRuntimeWorker, starting

_BOOTSTRAP = '#!/bin/sh\nexec "{python}" -B -m awslambdaric "$_HANDLER"\n'


def use_aws_runtime_client(python: Path) -> None:
    """Make the emulator run every `python3.x` function with an interpreter's awslambdaric."""
    _replace_execution()
    _replace_unpacking(python)
    _replace_environment()
    logs.apply(threading.get_ident)


def _replace_execution() -> None:
    choose_class = lambda_runtime._worker_class_for
    run_stock = lambda_svc._execute_function_warm

    def worker_class(config: dict[str, Any]) -> Any:
        return AwsRuntimeWorker if _is_python(config) else choose_class(config)

    def execute(func: dict[str, Any], event: Any, request_id: str) -> Any:
        if _is_python(func.get("config") or func):
            return lambda_svc._execute_function_provided_warm(func, event, request_id)
        return run_stock(func, event, request_id)

    lambda_runtime._worker_class_for = worker_class
    lambda_svc._execute_function_warm = execute


def _replace_unpacking(python: Path) -> None:
    unpack, one_at_a_time = lambda_svc._provided_runtime_code_dir, threading.Lock()

    def unpacked(code_zip: bytes) -> str:
        with one_at_a_time:
            folder = unpack(code_zip)
            bootstrap = Path(folder, "bootstrap")
            if not bootstrap.exists():
                bootstrap.write_text(_BOOTSTRAP.format(python=python), encoding="utf-8")
                bootstrap.chmod(0o755)
                code_folder.make_read_only(Path(folder))
        return str(folder)

    lambda_svc._provided_runtime_code_dir = unpacked


def _replace_environment() -> None:
    stock = lambda_svc._provided_worker_env

    def environment(config: dict[str, Any], folder: str, port: int) -> dict[str, str]:
        made: dict[str, str] = stock(config, folder, port)
        if _is_python(config):
            made = function_environment(config, made)
            starting.stream = made["AWS_LAMBDA_LOG_STREAM_NAME"]
        return made

    lambda_svc._provided_worker_env = environment


def _is_python(config: dict[str, Any]) -> bool:
    return str(config.get("Runtime", "")).startswith("python3.")


def function_environment(config: dict[str, Any], stock: dict[str, str]) -> dict[str, str]:
    """The variables AWS documents for a function, its own, and nothing of this process.

    Args:
        config: The function's configuration.
        stock: The emulator's environment for it, which holds all of this process's variables.
    """
    name = config["FunctionName"]
    logging_config = config.get("LoggingConfig") or {}
    environment = {key: value for key, value in stock.items() if key not in os.environ}
    own_variables = (config.get("Environment") or {}).get("Variables") or {}
    environment |= {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "TMPDIR": os.environ["LOCAL_CLOUD_FUNCTION_TMP"],
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
        "AWS_REGION": stock["AWS_REGION"],
        "AWS_DEFAULT_REGION": stock["AWS_DEFAULT_REGION"],
        "AWS_ACCESS_KEY_ID": stock["AWS_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": stock["AWS_SECRET_ACCESS_KEY"],
        "AWS_SESSION_TOKEN": stock.get("AWS_SESSION_TOKEN", ""),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": logging_config.get("LogFormat", "Text"),
        "AWS_LAMBDA_LOG_STREAM_NAME": logs.new_stream(stock["AWS_LAMBDA_FUNCTION_VERSION"]),
        "AWS_LAMBDA_LOG_GROUP_NAME": logging_config.get("LogGroup") or f"/aws/lambda/{name}",
    }
    if level := logging_config.get("ApplicationLogLevel"):
        environment["AWS_LAMBDA_LOG_LEVEL"] = level
    return environment | {key: str(value) for key, value in own_variables.items()}
