"""What an event source gives for an event that is its own."""

from typing import Any, NamedTuple


class Reply(NamedTuple):
    """An answer; that of a warm-up is None, which would otherwise look like no answer."""

    result: Any
