"""What a function's reply says of the items of a batch.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html (success
and failure conditions)
"""

import json
from collections.abc import Collection
from typing import Any


def failed_items(
    mapping: dict[str, Any], result: dict[str, Any], identifiers: Collection[str]
) -> list[str] | None:
    """The items that a function names as failed.

    Args:
        mapping: Its event source mapping; without `ReportBatchItemFailures` no reply is read.
        result: Of the invocation.
        identifiers: Of the batch.

    Returns:
        Their identifiers; None when all failed: by an error, or by a reply that is malformed.
    """
    if result.get("error"):
        return None
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or ()):
        return []
    try:
        named = _named(_parsed(result.get("body")))
    except (ValueError, TypeError, AttributeError, KeyError):
        return None
    return named if set(named) <= set(identifiers) else None


def _parsed(body: Any) -> Any:
    """The reply; the emulator hands some replies on as text."""
    return json.loads(body) if isinstance(body, str | bytes) else body


def _named(reply: Any) -> list[str]:
    """The identifiers; none when the reply, or its list, is null or empty."""
    if reply is None:
        return []
    items = reply.get("batchItemFailures") or []
    if not isinstance(items, list):
        raise TypeError("no list")
    named = [item["itemIdentifier"] for item in items]
    if not all(isinstance(one, str) and one for one in named):
        raise ValueError("no identifier")
    return named
