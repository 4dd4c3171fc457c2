"""Source of a function that answers batches as their records ask; deployed as text."""

import base64
import json
from typing import Any

_seen: set[str] = set()


def handler(event: dict[str, Any], _context: Any) -> Any:
    """Print the wishes of a batch, and do the first that is not to be done in silence."""
    records = event["Records"]
    wishes = [_wish(record) for record in records]
    print("batch", json.dumps([wish["name"] for wish in wishes]))
    for record, wish in zip(records, wishes, strict=True):
        if "raise" in wish:
            raise ValueError(wish["raise"])
        if "reply" in wish:
            return wish["reply"]
        if "fail_once" in wish and wish["name"] not in _seen:
            _seen.add(wish["name"])
            return {"batchItemFailures": [{"itemIdentifier": _identifier(record)}]}
    return {"batchItemFailures": []}


def _wish(record: dict[str, Any]) -> dict[str, Any]:
    text = base64.b64decode(record["kinesis"]["data"]) if "kinesis" in record else record["body"]
    wish: dict[str, Any] = json.loads(text)
    return wish


def _identifier(record: dict[str, Any]) -> str:
    return str(record["kinesis"]["sequenceNumber"] if "kinesis" in record else record["messageId"])
