"""Good messages end as results, poison as dead letters or reports: over the deployed package."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local_cloud import LocalCloud
from deploy.service import deploy, remove
from deploy.stack import Stack, client
from deploy.target import local_target

FLOWER = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
GOOD = json.dumps({"qualified_name": "iris_model", "data": FLOWER})
POISON = [
    "not JSON",
    json.dumps({"qualified_name": "no_such_model", "data": FLOWER}),
    json.dumps({"qualified_name": "iris_model", "data": FLOWER | {"petal_width": "wide"}}),
]
PARAMETERS = {"queue": "on", "stream": "on", "stream-retries": "0", "auth": "none"}


@pytest.fixture(scope="module")
def messages(cloud: LocalCloud) -> Iterator[Stack]:
    """A stage with a queue and a stream, which is gone afterwards."""
    stage = local_target(cloud, "messages")
    yield deploy(stage, PARAMETERS)
    remove(stage)


def queue_of(stack: Stack, name: str) -> str:
    """The URL of a queue of the stage."""
    found = client(stack.target, "sqs").get_queue_url(QueueName=f"{stack.target.stack_name}-{name}")
    return str(found["QueueUrl"])


def hurry(sqs: Any, url: str) -> None:
    """Let failed messages come back at once, and only once: 65 s and 5 times are deployed."""
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    redrive = json.loads(policy["RedrivePolicy"]) | {"maxReceiveCount": 2}
    attributes = {"VisibilityTimeout": "5", "RedrivePolicy": json.dumps(redrive)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def take(sqs: Any, url: str, count: int) -> list[str]:
    """Wait for the bodies of different messages."""
    taken: dict[str, str] = {}
    while len(taken) < count:
        found = sqs.receive_message(
            QueueUrl=url, WaitTimeSeconds=20, MessageAttributeNames=["All"], MaxNumberOfMessages=10
        )
        assert found.get("Messages"), f"only {len(taken)} of {count} messages came"
        for message in found["Messages"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            key = message.get("MessageAttributes", {}).get("key", {}).get("StringValue")
            taken[key or message["MessageId"]] = message["Body"]
    return list(taken.values())


def results_of(kinesis: Any, name: str) -> list[dict[str, Any]]:
    """What a stream of one shard holds, one result for each key."""
    (shard,) = kinesis.list_shards(StreamName=name)["Shards"]
    iterator = kinesis.get_shard_iterator(
        StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    found = kinesis.get_records(ShardIterator=iterator)["Records"]
    results = [json.loads(record["Data"]) for record in found]
    return list({result["key"]: result for result in results}.values())


def test_good_messages_have_results_and_poison_alone_is_dead(messages: Stack) -> None:
    sqs = client(messages.target, "sqs")
    queue = queue_of(messages, "queue")
    hurry(sqs, queue)
    for body in (*[GOOD] * 6, *POISON, *[GOOD] * 6):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    results = take(sqs, queue_of(messages, "results"), 12)
    assert all("setosa" in result for result in results)
    assert sorted(take(sqs, queue_of(messages, "dead-letters"), 3)) == sorted(POISON)


def test_good_records_have_results_and_poison_alone_is_reported(messages: Stack) -> None:
    kinesis, sqs = client(messages.target, "kinesis"), client(messages.target, "sqs")
    bodies = [GOOD, POISON[0], GOOD, GOOD, POISON[1], POISON[2]]
    put = kinesis.put_records(
        StreamName=f"{messages.target.stack_name}-records",
        Records=[{"Data": body, "PartitionKey": "one"} for body in bodies],
    )
    bad = [put["Records"][number]["SequenceNumber"] for number in (1, 4, 5)]
    reports = take(sqs, queue_of(messages, "stream-failures"), 3)
    told = [json.loads(report)["KinesisBatchInfo"] for report in reports]
    assert sorted(one["startSequenceNumber"] for one in told) == sorted(bad)
    assert [one["batchSize"] for one in told] == [1, 1, 1]
    results = results_of(kinesis, f"{messages.target.stack_name}-results")
    assert ["setosa" in json.dumps(result) for result in results] == [True] * 3
