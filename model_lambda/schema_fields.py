"""Marshmallow fields that take JSON at its word."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields


class StrictFloat(fields.Float):
    """A finite JSON number: an integer counts, a string or a boolean is never converted.

    ``fields.Float`` alone accepts ``"5.1"``.
    """

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> float:
        if type(value) not in (int, float):
            raise self.make_error("invalid", input=value)
        number: float = super()._deserialize(value, attr, data, **kwargs)
        return number
