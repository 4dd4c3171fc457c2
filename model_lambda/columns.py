"""What a field of a row can be, and how JSON Schema says it.

A model that is a folder names its fields in its manifest; everything else about a row is made from
them: its JSON Schema, its check, and the columns that an engine is given.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# The largest finite number in float32, and the integers that a float64 holds exactly.
LARGEST_NUMBER = 3.4028234663852886e38
LARGEST_INTEGER = 2**53


class FieldType(NamedTuple):
    """A kind of value: the exact Python types of its JSON values, and JSON Schema's word for it."""

    python_types: frozenset[type]
    json_type: str
    refusal: str
    largest: float | None = None


FIELD_TYPES: Mapping[str, FieldType] = {
    "number": FieldType(frozenset((float, int)), "number", "Not a valid number.", LARGEST_NUMBER),
    "integer": FieldType(frozenset((int,)), "integer", "Not a valid integer.", LARGEST_INTEGER),
    "boolean": FieldType(frozenset((bool,)), "boolean", "Not a valid boolean."),
    "category": FieldType(frozenset((str,)), "string", "Not a valid string."),
    "text": FieldType(frozenset((str,)), "string", "Not a valid string."),
    "array": FieldType(frozenset((list,)), "array", "Not a valid list.", LARGEST_NUMBER),
}


class Field(NamedTuple):
    """One field of a row.

    Attributes:
        type: a name in `FIELD_TYPES`.
        nullable: whether null is a value: a missing one.
        required: whether it must be there; without, `default` stands in.
        minimum: of a number, an integer, or each number of an array; inclusive, as `maximum` is.
        choices: all values of a category, or of an integer that names one.
        max_length: of a text, in characters.
        length: of an array.
    """

    name: str
    type: str
    nullable: bool = False
    required: bool = True
    default: Any = None
    minimum: float = 0.0
    maximum: float = 0.0
    choices: tuple[str | int, ...] = ()
    max_length: int = 0
    length: int = 0
    unit: str = ""
    description: str = ""


class Matrix(Sequence[Any]):
    """The values of an array field: n rows of `width` numbers, one after the other in one list.

    It is read as the list of n lists that it stands for, and takes no object a row.
    """

    def __init__(self, numbers: Sequence[Any], width: int) -> None:
        self.numbers = numbers
        self.width = width

    def __len__(self) -> int:
        return len(self.numbers) // self.width

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.numbers[index * self.width : (index + 1) * self.width]

    def column(self, place: int) -> Sequence[Any]:
        """The number at one place of each row."""
        return self.numbers[place :: self.width]


class Columns(NamedTuple):
    """n rows by column, not yet judged.

    Attributes:
        values: the n values of each field, those of an array as lists or a `Matrix`; a field that
            no row has is left out.
        row_count: n.
    """

    values: Mapping[str, Sequence[Any]]
    row_count: int

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows as objects."""
        names = tuple(self.values)
        for index in range(self.row_count):
            yield {name: self.values[name][index] for name in names}

    def taken(self, indices: Sequence[int]) -> "Columns":
        """Those of the rows, in this order."""
        if indices == range(self.row_count):
            return self
        values = {name: [column[i] for i in indices] for name, column in self.values.items()}
        return Columns(values, len(indices))


_ATTRIBUTES = frozenset(Field._fields) - {"required"}


def read_field(document: Mapping[str, Any]) -> Field:
    """Read a field from its JSON form.

    Raises:
        ValueError: it has an attribute or a value that no field has.
    """
    name, kind = document["name"], document["type"]
    if type(name) is not str or not name or kind not in FIELD_TYPES:
        raise ValueError(f"no field: {name!r} of type {kind!r}")
    if unknown := sorted(document.keys() - _ATTRIBUTES):
        raise ValueError(f"the field {name} has an unknown attribute: {unknown[0]}")
    largest = FIELD_TYPES[kind].largest or 0.0
    field = Field(
        name=name,
        type=kind,
        nullable=bool(document.get("nullable", False)),
        required="default" not in document,
        default=document.get("default"),
        minimum=document.get("minimum", -largest),
        maximum=document.get("maximum", largest),
        choices=tuple(document.get("choices", ())),
        max_length=int(document.get("max_length", 0)),
        length=int(document.get("length", 0)),
        unit=str(document.get("unit", "")),
        description=str(document.get("description", "")),
    )
    _check(field)
    return field


def write_field(field: Field) -> dict[str, Any]:
    """The JSON form of a field, without what is its type's default."""
    largest = FIELD_TYPES[field.type].largest or 0.0
    plain = read_field({"name": field.name, "type": "boolean"})._replace(
        minimum=-largest, maximum=largest
    )
    document: dict[str, Any] = {"name": field.name, "type": field.type}
    for attribute in ("nullable", "minimum", "maximum", "max_length", "length"):
        if getattr(field, attribute) != getattr(plain, attribute):
            document[attribute] = getattr(field, attribute)
    if field.choices:
        document["choices"] = list(field.choices)
    if not field.required:
        document["default"] = field.default
    texts = {"unit": field.unit, "description": field.description}
    return document | {name: text for name, text in texts.items() if text}


def rows_schema(fields: Sequence[Field], identity: str, description: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a row of these fields.

    Args:
        identity: the value of `$id`.
    """
    return {
        "$schema": DIALECT,
        "$id": identity,
        "description": description,
        "type": "object",
        "properties": {field.name: field_schema(field) for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def field_schema(field: Field) -> dict[str, Any]:
    """The JSON Schema of one field."""
    schema = _value_schema(field)
    if field.nullable:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    if not field.required:
        schema["default"] = field.default
    unit = f"In {field.unit}." if field.unit else ""
    if description := " ".join(filter(None, (field.description, unit))):
        schema["description"] = description
    return schema


def _value_schema(field: Field) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": FIELD_TYPES[field.type].json_type}
    bounds = {"minimum": field.minimum, "maximum": field.maximum}
    match field.type:
        case "integer" if field.choices:
            return schema | {"enum": list(field.choices)}
        case "number" | "integer":
            return schema | bounds
        case "category":
            return schema | {"enum": list(field.choices)}
        case "text":
            return schema | {"maxLength": field.max_length}
        case "array":
            items = {"type": "number", **bounds}
            return schema | {"items": items, "minItems": field.length, "maxItems": field.length}
    return schema


def _check(field: Field) -> None:
    wanting = {
        "category": not field.choices or set(map(type, field.choices)) != {str},
        "integer": not set(map(type, field.choices)) <= {int},
        "text": field.max_length < 1,
        "array": field.length < 1 or field.nullable,
    }
    if wanting.get(field.type, False):
        raise ValueError(f"the field {field.name} is no complete {field.type}")
    if not field.minimum <= field.maximum:
        raise ValueError(f"the field {field.name} has a minimum over its maximum")
    if not field.required and field.default is None and not field.nullable:
        raise ValueError(f"the field {field.name} has null as default, and is not nullable")
