"""What a case is, and how it becomes the events of the three HTTP sources."""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from events.catalogue.answers import Answer
from events.proxy_events import SOURCES, HttpRequest, Pairs

ALL_SOURCES = tuple(SOURCES)
REST_API = ("rest_api",)
FORMAT_2 = ("http_api", "function_url")
ENOUGH_MS = 10_000
# A lambda takes 6 MB with all that the event has around the body.
LARGEST_SENT = 4 * 1024 * 1024
JSON = (("Content-Type", "application/json"),)
PREDICT = "/api/models/iris_model/predict"
PREDICTIONS = "/api/models/iris_model/predictions"


_METHOD = re.compile(r"[A-Z]+")
# Clients tidy up other paths, and gateways decode what is encoded in them.
_PLAIN_PATH = re.compile(r"(/[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)+")
_HEADER_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")


class Removed:
    """Stands for a member that the event does not have."""


@dataclass(frozen=True)
class Case:
    """A request and its answer, the same from every source.

    Attributes:
        changes: made to the event afterwards: dotted path of a member to its value.
        remaining_ms: of the function's time, when the event arrives.
    """

    name: str
    request: HttpRequest
    answer: Answer
    sources: Sequence[str] = ALL_SOURCES
    changes: Mapping[str, Any] = field(default_factory=dict)
    remaining_ms: int = ENOUGH_MS

    @property
    def is_sendable(self) -> bool:
        """Whether an HTTP client brings it about at a REST API, which passes text on as it is."""
        request = self.request
        return (
            not self.changes
            and self.remaining_ms == ENOUGH_MS
            and "rest_api" in self.sources
            and _is_sent_unchanged(request.method, request.path, request.headers)
            and not isinstance(request.body, bytes)
            # What a client sends as an empty body arrives as none.
            and request.body != ""
            and len(request.body or "") <= LARGEST_SENT
        )


@dataclass(frozen=True)
class CaseEvent:
    """One event of a case.

    Attributes:
        name: ``case[source]``.
    """

    name: str
    event: Any
    answer: Answer
    remaining_ms: int = ENOUGH_MS


def _is_sent_unchanged(method: str, path: str, headers: Pairs) -> bool:
    return (
        _METHOD.fullmatch(method) is not None
        and _PLAIN_PATH.fullmatch(path) is not None
        and all(_HEADER_VALUE.fullmatch(value) for _, value in headers)
    )


def case_events(cases: Sequence[Case]) -> Iterator[CaseEvent]:
    """The event of each case from each of its sources."""
    for case in cases:
        for source in case.sources:
            event = changed(SOURCES[source](case.request), case.changes)
            yield CaseEvent(f"{case.name}[{source}]", event, case.answer, case.remaining_ms)


def changed(event: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of an event with members replaced, added or removed."""
    copied = copy.deepcopy(event) if changes else event
    for path, value in changes.items():
        *parents, name = path.split(".")
        target = copied
        for parent in parents:
            target = target[parent]
        if value is Removed:
            target.pop(name, None)
        else:
            target[name] = value
    return copied


def get(path: str, query: Pairs = ()) -> HttpRequest:
    """A request to read."""
    return HttpRequest("GET", path, query)


def post(
    path: str, body: str | bytes | None, headers: Pairs = JSON, query: Pairs = ()
) -> HttpRequest:
    """A request with a body, declared as JSON unless told otherwise."""
    return HttpRequest("POST", path, query, headers, body)
