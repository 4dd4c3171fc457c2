"""Good messages and files end as results, bad ones as dead letters, reports or refusals."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.commands import DeployError
from deploy.local_cloud import LocalCloud
from deploy.publish_model import put_into_service, upload
from deploy.service import deploy, remove
from deploy.stack import Stack, call, client
from deploy.target import Target, local_target
from tests.unit.model_folders import REFERENCE

FLOWER = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
GOOD = json.dumps({"qualified_name": "iris_model", "data": FLOWER})
POISON = [
    "not JSON",
    json.dumps({"qualified_name": "no_such_model", "data": FLOWER}),
    json.dumps({"qualified_name": "iris_model", "data": FLOWER | {"petal_width": "wide"}}),
]
PARAMETERS = {"queue": "on", "stream": "on", "files": "on", "stream-retries": "0", "auth": "none"}
MODELS = "published-models"
HEADER = "sepal_length,sepal_width,petal_length,petal_width"
LINES = f"{HEADER}\n5.1,3.5,1.4,0.2\n5.1,3.5,wide,0.2\n6.3,3.3,6.0,2.5\n"
SCORED = (
    f"{HEADER},species,error\n5.1,3.5,1.4,0.2,setosa,\n"
    "5.1,3.5,wide,0.2,,/petal_length: Not a valid number.\n6.3,3.3,6.0,2.5,virginica,\n"
)


@pytest.fixture(scope="module")
def messages(cloud: LocalCloud) -> Iterator[Stack]:
    """A stage with a queue, a stream and a bucket, which is gone afterwards."""
    bare = local_target(cloud, "messages")
    stage = Target(bare.name, {**bare.environment, "MODEL_BUCKET": MODELS})
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


@pytest.mark.iris_model
def test_good_messages_have_results_and_poison_alone_is_dead(messages: Stack) -> None:
    sqs = client(messages.target, "sqs")
    queue = queue_of(messages, "queue")
    hurry(sqs, queue)
    for body in (*[GOOD] * 6, *POISON, *[GOOD] * 6):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    results = take(sqs, queue_of(messages, "results"), 12)
    assert all("setosa" in result for result in results)
    assert sorted(take(sqs, queue_of(messages, "dead-letters"), 3)) == sorted(POISON)


@pytest.mark.iris_model
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


def result(s3: Any, bucket: str, key: str) -> str:
    """Wait for an object, and read it."""
    s3.get_waiter("object_exists").wait(Bucket=bucket, Key=key, WaiterConfig={"Delay": 1})
    body = bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return (gzip.decompress(body) if key.endswith(".gz") else body).decode()


def written(s3: Any, bucket: str) -> dict[str, Any]:
    """When each result was written."""
    found = s3.list_objects_v2(Bucket=bucket, Prefix="out/")["Contents"]
    return {one["Key"]: one["LastModified"] for one in found}


def created(bucket: str, key: str, etag: str) -> bytes:
    """What S3 tells of an object."""
    s3 = {"bucket": {"name": bucket}, "object": {"key": key, "eTag": etag}}
    record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}
    return json.dumps({"Records": [record]}).encode()


@pytest.mark.iris_model
def test_files_have_one_result_each_and_no_file_triggers_itself(messages: Stack) -> None:
    s3, functions = client(messages.target, "s3"), client(messages.target, "lambda")
    bucket = f"{messages.target.stack_name}-files-000000000000"
    name = f"{messages.target.stack_name}-files"
    etag = s3.put_object(Bucket=bucket, Key="in/iris_model/a.csv", Body=LINES)["ETag"].strip('"')
    s3.put_object(Bucket=bucket, Key="in/iris_model/b.csv.gz", Body=gzip.compress(LINES.encode()))
    s3.put_object(Bucket=bucket, Key="in/no_such_model/c.csv", Body=LINES)
    assert result(s3, bucket, "out/iris_model/a.csv") == SCORED
    assert result(s3, bucket, "out/iris_model/b.csv.gz") == SCORED
    refusal = json.loads(result(s3, bucket, "out/no_such_model/c.csv.error.json"))
    assert refusal == {"error": "no model has this qualified name", "rows_read": 0}
    before = written(s3, bucket)
    for event, outcome in (
        (created(bucket, "in/iris_model/a.csv", etag), {"known": 1}),
        (b'{"batch": true}', {"known": 3}),
    ):
        reply = functions.invoke(FunctionName=name, Payload=event)
        assert json.load(reply["Payload"]) == outcome
    assert written(s3, bucket) == before
    assert len(before) == 3
    # A result that triggered the function would have been reported before this one.
    stray = created(bucket, "out/iris_model/a.csv", etag)
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=stray)
    (report,) = take(client(messages.target, "sqs"), queue_of(messages, "file-failures"), 1)
    assert json.loads(report)["requestPayload"] == json.loads(stray)


@pytest.mark.iris_model
def test_a_file_that_is_mended_has_a_result_instead_of_a_refusal(messages: Stack) -> None:
    s3, bucket = client(messages.target, "s3"), f"{messages.target.stack_name}-files-000000000000"
    s3.put_object(Bucket=bucket, Key="in/iris_model/d.csv", Body="length,width\n1,2\n")
    refusal = "out/iris_model/d.csv.error.json"
    assert "length" in json.loads(result(s3, bucket, refusal))["error"]
    s3.put_object(Bucket=bucket, Key="in/iris_model/d.csv", Body=LINES)
    assert result(s3, bucket, "out/iris_model/d.csv") == SCORED
    quickly = {"Delay": 1}
    s3.get_waiter("object_not_exists").wait(Bucket=bucket, Key=refusal, WaiterConfig=quickly)


def test_a_published_model_is_served_and_no_deployment_drops_it(messages: Stack) -> None:
    s3, region = client(messages.target, "s3"), messages.target.environment["AWS_REGION"]
    s3.create_bucket(Bucket=MODELS, CreateBucketConfiguration={"LocationConstraint": region})
    pin = upload(s3, REFERENCE, MODELS)
    put_into_service(client(messages.target, "lambda"), messages.target.function_name, pin)
    assert call(messages, "GET", "/api/models/penguins/metadata").status == 200
    kept = f"MODEL_BUCKET={MODELS} MODEL_URI=s3://{MODELS}/models/penguins/{pin.sha256}/"
    with pytest.raises(DeployError, match=kept):
        deploy(messages.target, PARAMETERS)
