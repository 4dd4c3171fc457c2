"""A schema that is imported when it is first used.

Importing marshmallow takes 25 ms, a sixth of a cold start (20 of them compile a pattern for e-mail
addresses), and 3 MB. A row within the bounds written down before deployment never needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marshmallow import Schema


class DeferredSchema:
    """A class attribute that turns into an instance of the named schema when it is read."""

    def __init__(self, path: str) -> None:
        """Remember ``package.module.ClassName``."""
        self._module, _, self._name = path.rpartition(".")
        self._schema: Schema | None = None

    def __get__(self, instance: object, owner: type) -> "Schema":
        """Import the schema, once."""
        if self._schema is None:
            schema: Schema = getattr(import_module(self._module), self._name)()
            self._schema = schema
        return self._schema
