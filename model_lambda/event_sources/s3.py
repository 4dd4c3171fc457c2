"""Objects of an S3 bucket that are to be scored: one that was created, or all that wait.

S3 invokes the function asynchronously: what raises is tried again, and then goes to the on-failure
destination. It may tell of an object twice, and of two in another order than they were written.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html

The event `{"batch": true}`, of EventBridge Scheduler, is for what has no result yet: files that
were there before the function was, or came while it failed. The smallest come first, so that one
which takes too long keeps nothing else waiting.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

from model_lambda.config import FILES_PREFIX
from model_lambda.errors import DeadlineError, UnsupportedEventError
from model_lambda.event_sources import Reply, records_of, remaining_ms, request_id_of, text_of
from model_lambda.event_sources.files import Files
from model_lambda.event_sources.object_storage import Listed


def reply_to(event: Any, context: Any, files: Files) -> Reply | None:
    """Score what an event names; None if the event is of another source.

    Returns:
        How many files ended which way.

    Raises:
        UnsupportedEventError: an object of another bucket, or not under `in/`.
        Exception: of the first file that failed, after all others were tried.
    """
    if isinstance(event, dict) and event.get("batch") is True:
        return (_score_all(_waiting(files), files, context, may_stop=True),)
    records = records_of(event, "aws:s3")
    if records is None:
        return None
    created = [_created(record, files.storage.bucket) for record in records]
    return (_score_all(created, files, context, may_stop=False),)


def _score_all(
    created: Iterable[Listed], files: Files, context: Any, *, may_stop: bool
) -> dict[str, int]:
    outcomes: Counter[str] = Counter()
    failures: list[Exception] = []
    for one in created:
        if one.key.endswith("/"):  # a folder, as consoles make them
            continue
        try:
            outcomes[files.score(one, lambda: remaining_ms(context), request_id_of(context))] += 1
        except Exception as error:
            if may_stop and isinstance(error, DeadlineError) and outcomes["scored"]:
                break  # the next time, it begins earlier
            failures.append(error)
    if failures:
        raise failures[0]
    return dict(outcomes)


def _waiting(files: Files) -> list[Listed]:
    """Everything under `in/`, the smallest first."""
    return sorted(files.storage.listed(FILES_PREFIX), key=lambda one: (one.size, one.key))


def _created(record: dict[str, Any], bucket: str) -> Listed:
    s3 = record.get("s3")
    place, found = (s3.get("bucket"), s3.get("object")) if isinstance(s3, dict) else (None, None)
    if not str(record.get("eventName")).startswith("ObjectCreated:"):
        raise UnsupportedEventError("the record is not of an object that was created")
    if text_of(place, "name") != bucket:
        raise UnsupportedEventError("the object lies in another bucket")
    key = unquote_plus(text_of(found, "key"))
    if not key.startswith(FILES_PREFIX):
        raise UnsupportedEventError(f"the object does not lie under {FILES_PREFIX}")
    return Listed(key, text_of(found, "eTag"))
