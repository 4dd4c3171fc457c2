"""From the cells of a CSV file to the values that JSON would have had.

Cells are texts, so the type of its field says what a cell is:

| field | cell |
|---|---|
| number, integer | a number as JSON writes it (`1.5`, `-2`, `1e-3`), with nothing around it |
| boolean | `true` or `false`; `True`, `TRUE` and their like, which other programs write |
| text, category | the cell as it is |
| array | a JSON array |

An empty cell is null where the field is nullable; elsewhere it is refused as null, but for a text
field, whose empty text it is. Nothing else is coerced: what is not of its type stays a text, and is
refused as that text would be over HTTP.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from model_lambda.errors import MalformedJsonError
from model_lambda.event_sources.tables import Column
from model_lambda.web_api.json_body import parse_json

_NUMBERS = re.compile(r"[-+.0-9eE,]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_BOOLEANS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def read_cells(column: Column, cells: Sequence[str]) -> Sequence[Any]:
    """The values of n cells."""
    if column.type in ("number", "integer"):
        return _numbers(cells, column.nullable)
    if column.type == "boolean":
        return [None if cell == "" else _BOOLEANS.get(cell, cell) for cell in cells]
    if column.type == "array":
        return [_array(cell) for cell in cells]
    if column.nullable and "" in cells:
        return [cell or None for cell in cells]
    return cells


def _numbers(cells: Sequence[str], nullable: bool) -> Sequence[Any]:
    """All cells as one JSON array, as long as all are numbers: C reads it, exactly as over HTTP."""
    joined = ",".join(cells)
    if _NUMBERS.fullmatch(joined) and joined.count(",") == len(cells) - 1:
        if nullable and "" in cells:
            joined = ",".join([cell or "null" for cell in cells])
        try:
            numbers: list[Any] = parse_json(f"[{joined}]")
        except MalformedJsonError:
            pass
        else:
            return numbers
    return [_number(cell) for cell in cells]


def _number(cell: str) -> Any:
    if cell == "":
        return None
    return _parsed(cell) if _NUMBER.fullmatch(cell) else cell


def _array(cell: str) -> Any:
    if cell == "":
        return None
    value = _parsed(cell)
    return value if isinstance(value, list) else cell


def _parsed(cell: str) -> Any:
    try:
        return parse_json(cell)
    except MalformedJsonError:
        return cell
