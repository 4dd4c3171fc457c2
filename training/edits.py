"""The file in which a person describes the fields of a model, and what the next export keeps of it.

`fields.json` lies beside the versions of a model. It holds every field, as it was inferred and
edited; `inferred` beside it tells which attributes a person changed.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.atomic_write import write_atomically
from model_lambda.columns import Field, read_field, write_field
from training.errors import ExportError
from training.fields import Edits, differences

FILE = "fields.json"
_HINT = "Edit `fields` (bounds, units, descriptions, defaults, choices), then run make model again."


def read_edits(folder: Path) -> Edits:
    """What a person changed in a model's file; nothing if there is none.

    Raises:
        ExportError: the file is not what this module wrote, or what JSON is.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        fields = [read_field(one) for one in document["fields"]]
        inferred = [read_field(one) for one in document["inferred"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ExportError(f"{path.parent.name}/{FILE} cannot be used: {error}") from error
    return differences(inferred, fields)


def write_fields(folder: Path, inferred: Sequence[Field], fields: Sequence[Field]) -> Path:
    """Write the file: all fields, and what was inferred of them."""
    document: Mapping[str, Any] = {
        "hint": _HINT,
        "fields": [write_field(field) for field in fields],
        "inferred": [write_field(field) for field in inferred],
    }
    return write_atomically(folder / FILE, (json.dumps(document, indent=1) + "\n").encode())
