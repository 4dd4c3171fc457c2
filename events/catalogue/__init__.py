"""Several hundred named cases, good and hostile, each with its complete expected answer.

``python -m events.catalogue`` lists them; with a folder, it writes each as ``name.json`` and
``name.response.json``. The large ones are generated, so none of them is stored.
"""

from collections.abc import Iterator

from events.catalogue import (
    documentation,
    good_requests,
    http_rules,
    malformed_json,
    model_card,
    open_inference,
    refused_inference,
    refused_rows,
)
from events.catalogue.cases import Case, CaseEvent, case_events
from events.catalogue.other_events import REFUSED, WARM_UPS

CASES: list[Case] = [
    *good_requests.CASES,
    *malformed_json.CASES,
    *refused_rows.CASES,
    *http_rules.CASES,
    *documentation.CASES,
    *model_card.CASES,
    *open_inference.CASES,
    *refused_inference.CASES,
]

__all__ = ["CASES", "REFUSED", "WARM_UPS", "Case", "CaseEvent", "all_events", "sendable_cases"]


def all_events() -> Iterator[CaseEvent]:
    """Every case, from every source that it can come from."""
    return case_events(CASES)


def sendable_cases() -> list[Case]:
    """The cases that an HTTP client can bring about."""
    return [case for case in CASES if case.is_sendable]
