"""One adapter a source: the only places that know AWS's dictionaries."""

from typing import Any

# What a source gives for an event that is its own: the answer, which may be None, in a tuple.
Reply = tuple[Any]
