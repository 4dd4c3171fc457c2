"""One adapter a source: the only places that know AWS's dictionaries."""

from typing import Any

from model_lambda.errors import UnsupportedEventError

# What a source gives for an event that is its own: the answer, which may be None, in a tuple.
Reply = tuple[Any]


def remaining_ms(context: Any) -> int | None:
    """Milliseconds until the function is stopped; None outside of Lambda."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return None if remaining is None else remaining()


def request_id_of(context: Any) -> str:
    """The id of the invocation; empty outside of Lambda."""
    return str(getattr(context, "aws_request_id", ""))


def records_of(event: Any, source: str) -> list[dict[str, Any]] | None:
    """The records of a batch; None if the event is of another source.

    Raises:
        UnsupportedEventError: only some of the records are of this source.
    """
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list):
        return None
    is_ours = [isinstance(one, dict) and one.get("eventSource") == source for one in records]
    if not any(is_ours):
        return None
    if not all(is_ours):
        raise UnsupportedEventError("the records of the batch are of several sources")
    return records


def identifier_of(record: Any, name: str) -> str:
    """What a failure is reported by.

    Raises:
        UnsupportedEventError: it is not there, or nothing that AWS gives: a reply with a lone
            surrogate would end the runtime of Python 3.12 and later.
    """
    identifier = text_of(record, name)
    if not identifier.isascii():
        raise UnsupportedEventError(f"a record has no {name}")
    return identifier


def text_of(record: Any, name: str) -> str:
    """A member that AWS always sends.

    Raises:
        UnsupportedEventError: it is not there, or not a text.
    """
    value = record.get(name) if isinstance(record, dict) else None
    if not isinstance(value, str) or not value:
        raise UnsupportedEventError(f"a record has no {name}")
    return value
