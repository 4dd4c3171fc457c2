"""Queues, streams and their mappings behave as AWS documents: one test a point that is restored."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deploy.stack import client
from deploy.target import Target
from tests.local_cloud.probe import Probe, create_function

SOURCE = Path(__file__).with_name("batch_function.py").read_text(encoding="utf-8")
FUNCTION = "batches"
REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
LARGE_BATCH = (
    "Maximum batch window in seconds must be greater than 0"
    " if maximum batch size is greater than 10"
)
MALFORMED = {
    "unknown id": {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
    "empty id": {"batchItemFailures": [{"itemIdentifier": ""}]},
    "null id": {"batchItemFailures": [{"itemIdentifier": None}]},
    "wrong key": {"batchItemFailures": [{"id": "x"}]},
    "no list": {"batchItemFailures": "x"},
    "a text": "x",
    "a list": [1],
}
ALL_WELL: dict[str, Any] = {
    "empty list": {"batchItemFailures": []},
    "null list": {"batchItemFailures": None},
    "empty reply": {},
    "null reply": None,
}


@pytest.fixture(scope="module")
def function(target: Target) -> Probe:
    """A function for all batches."""
    create_function(target, FUNCTION, SOURCE, Timeout=4)
    return Probe(target, FUNCTION, api_id="none")


def batches_of(function: Probe, *names: str) -> list[list[str]]:
    """The batches that held one of these records, in order."""
    said = [event["message"] for event in function.log()]
    batches = [json.loads(line[6:]) for line in said if line.startswith("batch ")]
    return [batch for batch in batches if set(batch) & set(names)]


@dataclass(frozen=True)
class Queue:
    """A queue of the local cloud."""

    sqs: Any
    url: str

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:sqs:us-east-2:000000000000:{self.url.rpartition('/')[2]}"

    def send(self, *wishes: Mapping[str, Any]) -> None:
        """Send messages."""
        for wish in wishes:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(wish))

    def take(self, count: int) -> list[dict[str, Any]]:
        """Wait for messages, and take them."""
        taken: list[dict[str, Any]] = []
        while len(taken) < count:
            found = self.sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=20)
            assert found.get("Messages"), f"only {len(taken)} of {count} messages came"
            for message in found["Messages"]:
                handle = message["ReceiptHandle"]
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=handle)
                taken.append(json.loads(message["Body"]))
        return taken


def make_queue(target: Target, name: str, dead: Queue | None = None, **attributes: str) -> Queue:
    """Make a queue whose messages go to the dead letters when they come back."""
    sqs = client(target, "sqs")
    if dead is not None:
        redrive = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1}
        attributes |= {"RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": "4"}
    if name.endswith(".fifo"):
        attributes["FifoQueue"] = "true"
    return Queue(sqs, sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def map_source(function: Probe, arn: str, **settings: Any) -> None:
    """Have the function called with the batches of a queue or a stream."""
    client(function.target, "lambda").create_event_source_mapping(
        FunctionName=function.name, EventSourceArn=arn, **settings
    )


def test_a_malformed_reply_fails_and_an_empty_one_does_not(function: Probe, target: Target) -> None:
    dead = make_queue(target, "malformed-dead")
    queue = make_queue(target, "malformed", dead)
    map_source(function, queue.arn, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2}, **REPORTS)
    replies = ALL_WELL | MALFORMED
    queue.send(*[{"name": name, "reply": reply} for name, reply in replies.items()])
    assert {wish["name"] for wish in dead.take(len(MALFORMED))} == set(MALFORMED)


def test_a_batch_is_waited_for_and_returns_as_a_whole(function: Probe, target: Target) -> None:
    dead = make_queue(target, "window-dead")
    queue = make_queue(target, "window", dead)
    map_source(function, queue.arn, MaximumBatchingWindowInSeconds=1, BatchSize=20, **REPORTS)
    names = [f"window-{number}" for number in range(12)]
    queue.send(*[{"name": name, "reply": MALFORMED["unknown id"]} for name in names])
    assert sorted(wish["name"] for wish in dead.take(12)) == sorted(names)
    assert [sorted(batch) for batch in batches_of(function, *names)] == [sorted(names)]


@pytest.mark.parametrize(
    ("queue", "attributes", "settings", "message"),
    [
        (
            "short",
            {"VisibilityTimeout": "0"},
            {},
            "Queue visibility timeout: 0 seconds is less than Function timeout: 4 seconds",
        ),
        (
            "large",
            {},
            {"BatchSize": 11},
            LARGE_BATCH,
        ),
        (
            "large.fifo",
            {},
            {"BatchSize": 11},
            "Maximum batch size must be between 1 and 10 inclusive",
        ),
        (
            "window.fifo",
            {},
            {"MaximumBatchingWindowInSeconds": 1},
            "Batching window is not supported for FIFO queues",
        ),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(
    function: Probe,
    target: Target,
    queue: str,
    attributes: dict[str, str],
    settings: dict[str, Any],
    message: str,
) -> None:
    made = make_queue(target, queue, None, **attributes)
    with pytest.raises(ClientError) as refused:
        map_source(function, made.arn, **settings)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidParameterValueException", message)


@pytest.mark.parametrize(("name", "dead"), [("a.fifo", "standard"), ("a-standard", "b.fifo")])
@pytest.mark.usefixtures("cloud")
def test_dead_letters_of_another_type_of_queue_are_refused(
    target: Target, name: str, dead: str
) -> None:
    with pytest.raises(ClientError, match="must be same type of queue as the source"):
        make_queue(target, name, make_queue(target, dead))


@pytest.mark.usefixtures("cloud")
def test_dead_letters_are_moved_back(target: Target) -> None:
    dead = make_queue(target, "moved-dead")
    queue = make_queue(target, "moved", dead)
    sqs = client(target, "sqs")
    queue.send({"name": "moved"})
    assert sqs.receive_message(QueueUrl=queue.url)["Messages"]
    while not (found := sqs.receive_message(QueueUrl=dead.url, VisibilityTimeout=0)).get(
        "Messages"
    ):
        sqs.receive_message(QueueUrl=queue.url, WaitTimeSeconds=1)
    before = found["Messages"][0]["MessageId"]
    handle = sqs.start_message_move_task(SourceArn=dead.arn)["TaskHandle"]
    found = sqs.receive_message(QueueUrl=queue.url, WaitTimeSeconds=20, AttributeNames=["All"])
    (message,) = found["Messages"]
    assert message["MessageId"] != before
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    (task,) = sqs.list_message_move_tasks(SourceArn=dead.arn)["Results"]
    assert task["ApproximateNumberOfMessagesMoved"] == 1
    with pytest.raises(ClientError):
        sqs.cancel_message_move_task(TaskHandle=handle)


@pytest.mark.usefixtures("cloud")
def test_a_move_is_cancelled_and_what_it_has_moved_stays(target: Target) -> None:
    dead = make_queue(target, "cancelled-dead")
    queue = make_queue(target, "cancelled", dead)
    sqs = client(target, "sqs")
    dead.send({"name": "first"}, {"name": "second"})
    slow = {"DestinationArn": queue.arn, "MaxNumberOfMessagesPerSecond": 1}
    handle = sqs.start_message_move_task(SourceArn=dead.arn, **slow)["TaskHandle"]
    with pytest.raises(ClientError, match="already a task running"):
        sqs.start_message_move_task(SourceArn=dead.arn)
    assert queue.take(1) == [{"name": "first"}]
    assert sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] == 1
    (task,) = sqs.list_message_move_tasks(SourceArn=dead.arn)["Results"]
    assert (task["Status"], task.get("TaskHandle")) == ("CANCELLED", None)
    assert dead.take(1) == [{"name": "second"}]


@pytest.mark.usefixtures("cloud")
def test_only_dead_letters_are_moved(target: Target) -> None:
    queue = make_queue(target, "nobodys-dead-letters")
    sqs = client(target, "sqs")
    with pytest.raises(ClientError, match="must be configured as a Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=queue.arn)
    with pytest.raises(ClientError, match="SourceArn parameter doesn't exist"):
        sqs.start_message_move_task(SourceArn=queue.arn + "-gone")


@pytest.mark.usefixtures("cloud")
def test_a_policy_that_wants_tls_lets_the_local_cloud_in(target: Target) -> None:
    insecure = {"Bool": {"aws:SecureTransport": False}}
    refused = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [refused | {"Condition": insecure}]}
    queue = make_queue(target, "tls-only", Policy=json.dumps(policy))
    queue.send({"name": "let in"})
    assert queue.take(1) == [{"name": "let in"}]


@dataclass(frozen=True)
class Stream:
    """A stream of one shard, and what is reported of its records."""

    kinesis: Any
    name: str
    failures: Queue

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:kinesis:us-east-2:000000000000:stream/{self.name}"

    def put(self, *wishes: Mapping[str, Any]) -> list[str]:
        """Put records of one partition at once; their sequence numbers."""
        records = [{"Data": json.dumps(wish), "PartitionKey": "one"} for wish in wishes]
        reply = self.kinesis.put_records(StreamName=self.name, Records=records)
        return [record["SequenceNumber"] for record in reply["Records"]]


MakeStream = Callable[..., Stream]


@pytest.fixture
def mapped(function: Probe, target: Target) -> MakeStream:
    """Makes a stream that is mapped so; failures go to a queue unless another place is named."""

    def make(name: str, **settings: Any) -> Stream:
        kinesis = client(target, "kinesis")
        kinesis.create_stream(StreamName=name, ShardCount=1)
        kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
        stream = Stream(kinesis, name, make_queue(target, f"{name}-failures"))
        defaults = {
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": 100,
            "DestinationConfig": {"OnFailure": {"Destination": stream.failures.arn}},
        }
        map_source(function, stream.arn, **REPORTS, **(defaults | settings))
        return stream

    return make


def named(*names: str, **wish: Any) -> list[dict[str, Any]]:
    """Wishes with these names."""
    return [{"name": name, **wish} for name in names]


def test_a_bad_record_is_split_off_retried_and_reported_and_the_shard_goes_on(
    function: Probe, mapped: MakeStream
) -> None:
    stream = mapped("split", BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
    names = ["s1", "s2", "s-bad", "s4"]
    wishes = [{"name": name} | ({"raise": "x"} if name == "s-bad" else {}) for name in names]
    numbers = stream.put(*wishes)
    (report,) = stream.failures.take(1)
    assert report["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert report["requestContext"]["approximateInvokeCount"] == 2
    info = report["KinesisBatchInfo"]
    assert (info["startSequenceNumber"], info["endSequenceNumber"]) == (numbers[2], numbers[2])
    assert (info["batchSize"], info["streamArn"]) == (1, stream.arn)
    stream.put(*named("s5", **{"raise": "x"}))
    stream.failures.take(1)
    tried = batches_of(function, *names, "s5")
    assert tried[-2:] == [["s5"], ["s5"]]
    assert tried[1:-2] == [["s1", "s2"], ["s-bad", "s4"], ["s-bad"], ["s-bad"], ["s4"]]


def test_what_was_done_before_the_lowest_failure_is_not_done_again(
    function: Probe, mapped: MakeStream
) -> None:
    stream = mapped("partial", MaximumRetryAttempts=0)
    stream.put({"name": "p1"}, {"name": "p2", "fail_once": True}, {"name": "p3"})
    stream.put(*named("p4", **{"raise": "x"}))
    stream.failures.take(1)
    done = batches_of(function, "p1", "p2", "p3", "p4")
    assert done[0][:2] == ["p1", "p2"]
    assert done[1][:2] == ["p2", "p3"]


def test_a_record_that_is_too_old_is_reported(mapped: MakeStream) -> None:
    stream = mapped("old", MaximumRecordAgeInSeconds=1)
    numbers = stream.put(*named("o1", **{"raise": "x"}))
    (report,) = stream.failures.take(1)
    assert report["KinesisBatchInfo"]["startSequenceNumber"] == numbers[0]


def test_a_bucket_is_told_the_records_themselves(
    function: Probe, mapped: MakeStream, target: Target
) -> None:
    s3 = client(target, "s3")
    s3.create_bucket(
        Bucket="failed-records", CreateBucketConfiguration={"LocationConstraint": "us-east-2"}
    )
    bucket = {"OnFailure": {"Destination": "arn:aws:s3:::failed-records"}}
    stream = mapped("to-bucket", MaximumRetryAttempts=0, DestinationConfig=bucket)
    map_source(
        function,
        stream.arn,
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": stream.failures.arn}},
    )
    stream.put(*named("b1", **{"raise": "x"}))
    stream.failures.take(1)  # which comes after the bucket's, for it is tried once more
    (found,) = s3.list_objects_v2(Bucket="failed-records")["Contents"]
    assert found["Key"].startswith("aws/lambda/")
    record = json.load(s3.get_object(Bucket="failed-records", Key=found["Key"])["Body"])
    (event,) = json.loads(record["payload"])["Records"]
    assert json.loads(base64.b64decode(event["kinesis"]["data"])) == {"name": "b1", "raise": "x"}


def test_the_records_of_a_partition_stay_in_order_in_parallel(
    function: Probe, mapped: MakeStream
) -> None:
    stream = mapped("parallel", ParallelizationFactor=4, BatchSize=1, MaximumRetryAttempts=0)
    names = [f"l{number}" for number in range(6)]
    stream.put(*named(*names), *named("l-last", **{"raise": "x"}))
    stream.failures.take(1)
    assert batches_of(function, *names) == [[name] for name in names]


@pytest.mark.usefixtures("cloud")
def test_cloudformation_deletes_no_bucket_that_holds_something(target: Target) -> None:
    cloudformation = client(target, "cloudformation")
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "held"}}
    cloudformation.create_stack(
        StackName="held", TemplateBody=json.dumps({"Resources": {"Bucket": bucket}})
    )
    quick = {"Delay": 1}
    cloudformation.get_waiter("stack_create_complete").wait(StackName="held", WaiterConfig=quick)
    client(target, "s3").put_object(Bucket="held", Key="a", Body=b"")
    cloudformation.delete_stack(StackName="held")
    with pytest.raises(Exception, match="DELETE_FAILED"):
        cloudformation.get_waiter("stack_delete_complete").wait(
            StackName="held", WaiterConfig=quick
        )
    client(target, "s3").delete_object(Bucket="held", Key="a")
    cloudformation.delete_stack(StackName="held")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="held", WaiterConfig=quick)
