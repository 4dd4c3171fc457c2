"""What SQS and Kinesis give the function, and what the function gives back."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_lambda.config import Settings
from model_lambda.errors import FirstRecordError, UnsupportedEventError
from model_lambda.lambda_function import Handler, create_handler, lambda_handler
from tests.contract.lambda_context import LambdaContext
from tests.unit.flower_rows import SETOSA, ScriptedModel, manager_of
from tests.unit.test_batches import ListDestination

QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:flowers"
GOOD = json.dumps({"qualified_name": "scripted_model", "data": SETOSA})
BAD = "{"
MEMBERS = ("qualified_name", "data", "version", "probabilities", "id")


def handler_of(destination: ListDestination | None = None) -> Handler:
    return create_handler(Settings(), manager_of(ScriptedModel()), destination or ListDestination())


def sqs_record(number: int, body: str = GOOD, arn: str = QUEUE_ARN, **more: Any) -> dict[str, Any]:
    return {
        "messageId": f"m{number}",
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", **more},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
    }


def kinesis_record(number: int, body: str = GOOD, partition: str = "a") -> dict[str, Any]:
    data = base64.b64encode(body.encode()).decode()
    record = {"partitionKey": partition, "sequenceNumber": f"49{number}", "data": data}
    return {"eventSource": "aws:kinesis", "eventID": f"shardId-0:49{number}", "kinesis": record}


def failed(*identifiers: str) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers]}


def ask(handler: Handler, *records: Any) -> Any:
    return handler({"Records": list(records)}, LambdaContext())


def test_a_queue_is_told_the_ids_of_the_bad_messages_and_no_other() -> None:
    destination = ListDestination()
    reply = ask(handler_of(destination), sqs_record(1), sqs_record(2, BAD), sqs_record(3))
    assert reply == failed("m2")
    assert destination.calls == [["m1", "m3"]]


def test_in_a_fifo_queue_nothing_overtakes_a_failed_message_of_its_group() -> None:
    destination = ListDestination()
    groups = "aabab"
    records = [
        sqs_record(at, BAD if at == 1 else GOOD, f"{QUEUE_ARN}.fifo", MessageGroupId=group)
        for at, group in enumerate(groups)
    ]
    assert ask(handler_of(destination), *records) == failed("m1", "m3")
    assert destination.calls == [["m0", "m2"], ["m4"]]
    assert [one.partition for one in destination.results] == ["a", "b", "b"]


def test_a_standard_queue_promises_no_order_though_its_messages_have_groups() -> None:
    destination = ListDestination()
    records = [sqs_record(at, BAD if at == 0 else GOOD, MessageGroupId="a") for at in range(3)]
    assert ask(handler_of(destination), *records) == failed("m0")
    assert destination.calls == [["m1", "m2"]]


def test_a_stream_is_told_its_first_failed_record_and_nothing_behind_it_is_sent() -> None:
    destination = ListDestination()
    records = [kinesis_record(at, BAD if at in (2, 3) else GOOD, "abaab"[at]) for at in range(5)]
    assert ask(handler_of(destination), *records) == failed("492")
    assert destination.calls == [["shardId-0:490", "shardId-0:491"]]


def test_results_of_a_stream_keep_the_order_of_a_partition_key() -> None:
    destination = ListDestination()
    records = [kinesis_record(at, partition="abab"[at]) for at in range(4)]
    assert ask(handler_of(destination), *records) == failed()
    assert [len(call) for call in destination.calls] == [2, 2]


def test_a_bad_first_record_of_several_raises_so_that_the_batch_is_split() -> None:
    destination = ListDestination()
    with pytest.raises(FirstRecordError):
        ask(handler_of(destination), kinesis_record(0, BAD), kinesis_record(1))
    assert destination.calls == []


def test_a_bad_record_that_is_alone_is_named() -> None:
    assert ask(handler_of(), kinesis_record(0, BAD)) == failed("490")


@pytest.mark.parametrize("data", [None, 3, "%%%", "/w=="])
def test_data_that_cannot_be_decoded_are_a_bad_record(data: Any) -> None:
    record = kinesis_record(1)
    record["kinesis"]["data"] = data
    assert ask(handler_of(), record) == failed("491")


def test_a_body_that_is_no_text_is_a_bad_message() -> None:
    assert ask(handler_of(), {**sqs_record(1), "body": None}) == failed("m1")


@pytest.mark.parametrize(
    "records",
    [
        None,
        [],
        {},
        "records",
        [None],
        [{}],
        [{"eventSource": "aws:s3"}],
        [sqs_record(1), kinesis_record(1)],
        [sqs_record(1), None],
        [sqs_record(1), {**sqs_record(2), "eventSource": "aws:ses"}],
        [sqs_record(1) | {"messageId": None}],
        [sqs_record(1) | {"messageId": ""}],
        [sqs_record(1) | {"messageId": "\ud800"}],
        [sqs_record(1) | {"eventSourceARN": None}],
        [sqs_record(1, arn=f"{QUEUE_ARN}.fifo")],
        [kinesis_record(1) | {"kinesis": None}],
        [kinesis_record(1) | {"eventID": None}],
    ],
)
def test_what_is_no_batch_raises_so_that_all_of_it_returns(records: Any) -> None:
    destination = ListDestination()
    with pytest.raises(UnsupportedEventError):
        handler_of(destination)({"Records": records}, LambdaContext())
    assert destination.calls == []


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*MEMBERS, "x"]), inner),
    max_leaves=8,
)
BODIES = st.just(GOOD) | st.text() | JSON_VALUES.map(json.dumps)


@given(bodies=st.lists(BODIES, min_size=1, max_size=10))
def test_whatever_is_sent_the_good_messages_have_results_and_the_others_fail(
    bodies: list[str],
) -> None:
    destination = ListDestination()
    records = [sqs_record(number, body) for number, body in enumerate(bodies)]
    bad = [f"m{number}" for number, body in enumerate(bodies) if body != GOOD]
    assert ask(handler_of(destination), *records) == failed(*bad)
    assert len(destination.results) == len(bodies) - len(bad)


@pytest.mark.parametrize("record", [sqs_record(1), kinesis_record(1)])
def test_without_a_destination_messages_are_no_events_of_the_function(record: Any) -> None:
    with pytest.raises(UnsupportedEventError):
        ask(lambda_handler, record)


def test_a_function_with_a_destination_answers_requests_too() -> None:
    event = {"httpMethod": "GET", "path": "/api/models"}
    assert handler_of()(event, LambdaContext())["statusCode"] == 200
