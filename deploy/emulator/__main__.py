"""Serve the emulator until its lifeline closes: `python -m deploy.emulator FOLDER`.

Started by `deploy.local_cloud` with an environment made from nothing. Whatever happens to the
parent, this process ends, ends the functions it runs, and deletes its folder.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from deploy.emulator import code_folder
from deploy.emulator.identity import add_identity

_POLL_SECONDS = 0.5


def main(folder: Path) -> None:
    """Bind a free loopback port, apply the fixes, and serve."""
    code_folder.take_override_from_children()
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("GATEWAY_PORT") or 0)))
    port = listener.getsockname()[1]
    os.environ["GATEWAY_PORT"] = str(port)
    os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
    app, activity = _prepared_app()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: _stop(folder))
    threading.Thread(target=_watch, args=(folder, activity), daemon=True).start()
    (folder / "port").with_suffix(".new").write_text(str(port), encoding="utf-8")
    (folder / "port.new").replace(folder / "port")
    asyncio.run(_serve(app, listener, folder))


def _prepared_app() -> tuple[Any, list[float]]:
    """The emulator's ASGI application with every fix applied, and the time of its last request."""
    from deploy.emulator import (
        api_gateway,
        cloudformation,
        functions,
        gateway_answers,
        invoke_limits,
        logs,
        mapping_checks,
        message_moves,
        permissions,
        queue_batches,
        stream_batches,
        transport,
        version,
    )

    version.require_tested_version()
    if runtime_python := os.environ.get("LOCAL_CLOUD_RUNTIME_PYTHON"):
        functions.use_aws_runtime_client(Path(runtime_python))
    api_gateway.apply()
    gateway_answers.apply()
    invoke_limits.apply()
    cloudformation.apply()
    mapping_checks.apply()
    queue_batches.apply()
    stream_batches.apply()
    message_moves.apply()
    transport.apply()
    permissions.apply()
    logs.give_every_page()
    from ministack import app as emulator

    activity = [time.monotonic()]
    return add_identity(api_gateway.with_connection(emulator.app), activity), activity


async def _serve(app: Any, listener: socket.socket, folder: Path) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = 75
    config.h11_pass_raw_headers = True  # API Gateway hands header names on as they were sent
    forever = asyncio.Event()
    try:
        await serve(app, config, shutdown_trigger=forever.wait)
    finally:
        _stop(folder)


def _watch(folder: Path, activity: list[float]) -> None:
    """Stop when the parent is gone, the record was taken away, or nobody came for hours."""
    record = os.environ.get("LOCAL_CLOUD_RECORD")
    if record is None:
        sys.stdin.buffer.read()  # the lifeline: ends when the parent does
        _stop(folder)
    idle_limit = float(os.environ["LOCAL_CLOUD_IDLE_SECONDS"])
    while time.monotonic() - activity[0] < idle_limit and _names_this_process(Path(record)):
        time.sleep(_POLL_SECONDS)
    _stop(folder)


def _names_this_process(record: Path) -> bool:
    try:
        return f'"pid": {os.getpid()},' in record.read_text(encoding="utf-8")
    except OSError:
        return False


def _stop(folder: Path) -> NoReturn:
    """End the functions, delete the folder and exit at once; there is nothing to save."""
    from ministack.core import lambda_runtime

    try:
        lambda_runtime.reset()
    finally:
        code_folder.delete(folder)
        os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
