"""Facts about what is being answered, for the line that the log gets of it.

They are noted where they are known and logged where the answer leaves.
"""

from contextvars import ContextVar
from typing import Any

_facts: ContextVar[dict[str, Any] | None] = ContextVar("facts", default=None)


def begin_facts() -> dict[str, Any]:
    """Begin with none; what is noted from now on appears in the dictionary."""
    facts: dict[str, Any] = {}
    _facts.set(facts)
    return facts


def note(name: str, value: Any) -> None:
    """Note a fact, if anybody wants it."""
    noted = _facts.get()
    if noted is not None:
        noted[name] = value


def printable(text: str) -> str:
    """ASCII: Lambda's log handlers raise on a lone surrogate."""
    return text.encode("ascii", "backslashreplace").decode("ascii")
