"""The rules say what AWS's pages say."""

from typing import Any

import pytest

from tests.delivery.rules import (
    Batch,
    Mapped,
    after_error,
    deleted_by,
    is_dead,
    is_discarded,
    is_duplicate,
    left_of,
)

RECEIVED = ["1", "2", "3"]


def reply(*identifiers: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers]}


@pytest.mark.parametrize(
    "of_all",
    [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, {"statusCode": 200}],
)
def test_a_reply_that_names_nothing_says_that_all_is_well(of_all: Any) -> None:
    assert deleted_by(of_all, RECEIVED, Mapped()) == {"1", "2", "3"}
    assert left_of(Batch(0, 3), of_all, RECEIVED, Mapped()) == []


@pytest.mark.parametrize(
    "malformed",
    [
        reply(""),
        reply(None),
        reply("2", None),
        reply("4"),
        {"batchItemFailures": [{"messageId": "2"}]},
        {"batchItemFailures": ["2"]},
        ["2"],
        "2",
    ],
)
def test_a_malformed_reply_returns_the_whole_batch(malformed: Any) -> None:
    assert deleted_by(malformed, RECEIVED, Mapped()) == ()
    assert left_of(Batch(0, 3), malformed, RECEIVED, Mapped(bisects=False)) == [Batch(0, 3, 1)]


def test_all_but_the_named_messages_are_deleted() -> None:
    assert deleted_by(reply("2"), RECEIVED, Mapped()) == {"1", "3"}


def test_replies_are_not_looked_at_unless_the_mapping_says_so() -> None:
    assert deleted_by(reply("2"), RECEIVED, Mapped(reports=False)) == {"1", "2", "3"}
    assert left_of(Batch(0, 3), reply("2"), RECEIVED, Mapped(reports=False)) == []


def test_a_stream_goes_on_from_the_lowest_named_record() -> None:
    assert left_of(Batch(5, 8, 1), reply("3", "2"), RECEIVED, Mapped()) == [Batch(6, 8, 1)]


def test_naming_the_first_record_is_a_retry_of_the_same_batch() -> None:
    assert left_of(Batch(5, 8), reply("1"), RECEIVED, Mapped()) == [Batch(5, 8, 1)]


def test_splitting_a_batch_is_no_retry_of_it() -> None:
    assert after_error(Batch(0, 5, 2), Mapped()) == [Batch(0, 2, 2), Batch(2, 5, 2)]
    assert after_error(Batch(0, 1, 2), Mapped()) == [Batch(0, 1, 3)]
    assert after_error(Batch(0, 5, 2), Mapped(bisects=False)) == [Batch(0, 5, 3)]


def test_a_batch_is_discarded_after_its_retries_or_when_it_is_too_old() -> None:
    mapped = Mapped(max_retries=2, max_age=60)
    assert not is_discarded(Batch(0, 1, 2), 60, mapped)
    assert is_discarded(Batch(0, 1, 3), 0, mapped)
    assert is_discarded(Batch(0, 1, 0), 61, mapped)


def test_a_message_is_dead_once_it_has_been_received_often_enough() -> None:
    assert [is_dead(receives, Mapped(max_receives=2)) for receives in (1, 2)] == [False, True]
    assert not is_dead(99, Mapped(max_receives=None))


def test_a_fifo_queue_remembers_for_five_minutes() -> None:
    assert [is_duplicate(now, 10) for now in (10, 309, 310)] == [True, True, False]
    assert not is_duplicate(10, None)
