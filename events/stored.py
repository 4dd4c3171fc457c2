"""Reads the events of this folder with the answers beside them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
_RESPONSE = ".response.json"


def event_names() -> list[str]:
    """The names of all stored events; what an editor keeps beside them begins with a dot."""
    names = (path.name for path in FOLDER.glob("[!.]*.json"))
    return sorted(name.removesuffix(".json") for name in names if not name.endswith(_RESPONSE))


def read_event(name: str) -> Any:
    """A stored event."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def read_response(name: str) -> Any:
    """What the handler returns for a stored event.

    ``{"errorType", "errorMessage"}``, as Lambda reports it, where the handler raises.
    """
    return json.loads((FOLDER / f"{name}{_RESPONSE}").read_text(encoding="utf-8"))


def stored_events() -> Iterator[tuple[str, Any, Any]]:
    """Name, event and expected answer of every stored event."""
    for name in event_names():
        yield name, read_event(name), read_response(name)
