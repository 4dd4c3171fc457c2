"""Where results go: the requests are ones that boto3's own description of the service takes."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from model_lambda.config import Settings
from model_lambda.digest import sha256_hex
from model_lambda.event_sources.destinations import (
    QueueDestination,
    Result,
    StreamDestination,
    TableDestination,
    connect,
)

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/results"
KEYS = ["0" * 64, "1" * 64]
RESULTS = [Result(key, json.dumps({"key": key}), f"m{at}") for at, key in enumerate(KEYS)]
IN_GROUP = Result(KEYS[0], "{}", "m0", "group-1")


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")


@pytest.fixture
def stub(request: pytest.FixtureRequest) -> Iterator[Stubber]:
    with Stubber(boto3.client(request.param)) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def attributes(result: Result) -> dict[str, Any]:
    return {
        "key": {"DataType": "String", "StringValue": result.key},
        "message_id": {"DataType": "String", "StringValue": result.message_id},
    }


@pytest.mark.parametrize("stub", ["sqs"], indirect=True)
def test_a_standard_queue_gets_the_key_as_an_attribute(stub: Stubber) -> None:
    entries = [
        {"Id": str(at), "MessageBody": one.body, "MessageAttributes": attributes(one)}
        for at, one in enumerate(RESULTS)
    ]
    accepted = {"Id": "1", "MessageId": "x", "MD5OfMessageBody": "x"}
    refused = {"Id": "0", "SenderFault": False, "Code": "InternalError"}
    reply = {"Successful": [accepted], "Failed": [refused]}
    stub.add_response("send_message_batch", reply, {"QueueUrl": URL, "Entries": entries})
    assert QueueDestination(stub.client, URL).send(RESULTS) == {1}


@pytest.mark.parametrize("stub", ["sqs"], indirect=True)
def test_a_fifo_queue_deduplicates_by_the_key_and_keeps_the_order_of_the_group(
    stub: Stubber,
) -> None:
    entries = [
        {
            "Id": "0",
            "MessageBody": one.body,
            "MessageAttributes": attributes(one),
            "MessageGroupId": group,
            "MessageDeduplicationId": one.key,
        }
        for one, group in ((IN_GROUP, "group-1"), (RESULTS[1], KEYS[1]))
    ]
    nothing: dict[str, Any] = {"Successful": [], "Failed": []}
    for entry in entries:
        request = {"QueueUrl": f"{URL}.fifo", "Entries": [entry]}
        stub.add_response("send_message_batch", nothing, request)
    destination = QueueDestination(stub.client, f"{URL}.fifo")
    # What a reply does not name is not known to be accepted.
    assert destination.send([IN_GROUP]) == set()
    assert destination.send([RESULTS[1]]) == set()


@pytest.mark.parametrize(
    ("partition", "group"),
    [
        ("a" * 128, "a" * 128),
        ("a" * 129, sha256_hex(b"a" * 129)),
        ("Z\xfcrich", sha256_hex("Z\xfcrich".encode())),
        ("a b", sha256_hex(b"a b")),
    ],
)
def test_a_partition_key_that_is_no_group_of_a_queue_becomes_one(
    partition: str, group: str
) -> None:
    class Client:
        def send_message_batch(self, **request: Any) -> dict[str, Any]:
            self.groups = [one["MessageGroupId"] for one in request["Entries"]]
            return {}

    client = Client()
    QueueDestination(client, f"{URL}.fifo").send([IN_GROUP._replace(partition=partition)])
    assert client.groups == [group]


@pytest.mark.parametrize("stub", ["kinesis"], indirect=True)
def test_a_stream_keeps_the_order_of_the_partition_key(stub: Stubber) -> None:
    records = [
        {"Data": b"{}", "PartitionKey": "group-1"},
        {"Data": RESULTS[1].body.encode(), "PartitionKey": KEYS[1]},
    ]
    refused = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow"}
    accepted = {"SequenceNumber": "1", "ShardId": "shardId-0"}
    reply = {"FailedRecordCount": 1, "Records": [refused, accepted]}
    stub.add_response("put_records", reply, {"StreamName": "results", "Records": records})
    assert StreamDestination(stub.client, "results").send([IN_GROUP, RESULTS[1]]) == {1}


def put_request() -> dict[str, Any]:
    item = {
        "key": {"S": KEYS[0]},
        "result": {"S": RESULTS[0].body},
        "message_id": {"S": "m0"},
        "expires_at": {"N": str(1000 + 2 * 86_400)},
    }
    return {
        "TableName": "results",
        "Item": item,
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": "key"},
    }


@pytest.mark.parametrize("stub", ["dynamodb"], indirect=True)
def test_a_table_takes_a_key_once_and_who_is_second_is_no_error(stub: Stubber) -> None:
    stub.add_response("put_item", {}, put_request())
    taken = "ConditionalCheckFailedException"
    stub.add_client_error("put_item", taken, expected_params=put_request())
    destination = TableDestination(stub.client, "results", 2, lambda: 1000.9)
    assert destination.send(RESULTS[:1]) == destination.send(RESULTS[:1]) == {0}


@pytest.mark.parametrize("stub", ["dynamodb"], indirect=True)
def test_any_other_error_of_a_table_is_one(stub: Stubber) -> None:
    stub.add_client_error("put_item", "ProvisionedThroughputExceededException")
    with pytest.raises(stub.client.exceptions.ProvisionedThroughputExceededException):
        TableDestination(stub.client, "results", 2).send(RESULTS[:1])


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (Settings(results_queue_url=URL), QueueDestination),
        (Settings(results_stream_name="results"), StreamDestination),
        (Settings(results_table="results"), TableDestination),
    ],
)
def test_the_destination_is_the_one_that_the_settings_name(settings: Settings, kind: type) -> None:
    assert settings.has_destination
    assert type(connect(settings)) is kind
