"""Where results go: a queue, a stream or a table. What AWS calls them stops here.

A result has one effect for each key, and for how long depends on what takes it:

| destination | one effect |
|---|---|
| FIFO queue | within 5 minutes of the first, by `MessageDeduplicationId` |
| table | for `RESULTS_TTL_DAYS`, by a conditional write |
| standard queue, stream | as long as its reader remembers keys: attribute `key`; member `key` |

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/
FIFO-queues-exactly-once-processing.html
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from model_lambda.config import Settings
from model_lambda.digest import sha256_hex

_KIB = 1024
_SECONDS_A_DAY = 24 * 60 * 60


class Result(NamedTuple):
    """One result.

    Attributes:
        key: the same for every result of the same message; 64 hexadecimal digits.
        body: JSON in ASCII.
        message_id: what the source calls the message.
        partition: results of the same partition arrive in the order in which they are sent.
    """

    key: str
    body: str
    message_id: str
    partition: str | None = None

    @property
    def size(self) -> int:
        """Bytes that it takes of a call, at most."""
        return len(self.body) + len(self.partition or "") * 4 + 2 * _KIB


class Destination(Protocol):
    """Takes results.

    Attributes:
        most_results: of one call.
        most_bytes: of one call.
    """

    most_results: int
    most_bytes: int

    def send(self, results: Sequence[Result]) -> Collection[int]:
        """Send results in one call, at most one of a partition.

        Returns:
            The positions of those that are known to be accepted.

        Raises:
            Exception: whatever the client raises; then none is known to be accepted.
        """


class SqsClient(Protocol):
    """The part of boto3's client that is used."""

    def send_message_batch(self, **request: Any) -> Mapping[str, Any]:
        """Send up to ten messages."""


class KinesisClient(Protocol):
    """The part of boto3's client that is used."""

    def put_records(self, **request: Any) -> Mapping[str, Any]:
        """Put up to 500 records."""


class DynamoDbClient(Protocol):
    """The part of boto3's client that is used."""

    def put_item(self, **request: Any) -> Mapping[str, Any]:
        """Put one item."""


class QueueDestination:
    """A queue; a FIFO queue, if its name ends so."""

    most_results = 10
    # AWS takes 1 MiB a call, but a queue may have been set to the limit of former years.
    most_bytes = 256 * _KIB

    def __init__(self, client: SqsClient, url: str) -> None:
        self._client = client
        self._url = url
        self._is_fifo = url.endswith(".fifo")

    def send(self, results: Sequence[Result]) -> Collection[int]:
        """Send at most ten; see `Destination`."""
        entries = [self._entry(str(position), one) for position, one in enumerate(results)]
        reply = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        # What is named neither here nor among the failed is not known to be accepted.
        return {int(entry["Id"]) for entry in reply.get("Successful", ())}

    def _entry(self, entry_id: str, result: Result) -> dict[str, Any]:
        attributes = {"key": result.key, "message_id": result.message_id}
        entry = {
            "Id": entry_id,
            "MessageBody": result.body,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        }
        if self._is_fifo:
            entry["MessageGroupId"] = _group_id(result.partition or result.key)
            entry["MessageDeduplicationId"] = result.key
        return entry


def _group_id(partition: str) -> str:
    """A partition key may be longer, and of other characters, than a message group."""
    fits = len(partition) <= 128 and partition.isascii() and partition.isprintable()
    return partition if fits and " " not in partition else sha256_hex(partition.encode())


class StreamDestination:
    """A Kinesis stream."""

    most_results = 500
    most_bytes = 5 * _KIB * _KIB

    def __init__(self, client: KinesisClient, name: str) -> None:
        self._client = client
        self._name = name

    def send(self, results: Sequence[Result]) -> Collection[int]:
        """Put at most 500; see `Destination`."""
        records = [
            {"Data": one.body.encode("ascii"), "PartitionKey": one.partition or one.key}
            for one in results
        ]
        reply = self._client.put_records(StreamName=self._name, Records=records)
        # In the order of the request, those that failed with an error code.
        return {
            position
            for position, record in enumerate(reply["Records"][: len(results)])
            if record.get("SequenceNumber") and not record.get("ErrorCode")
        }


class TableDestination:
    """A DynamoDB table with the partition key `key`, and `expires_at` as its TTL attribute."""

    most_results = 1
    most_bytes = 400 * _KIB

    def __init__(
        self,
        client: DynamoDbClient,
        name: str,
        ttl_days: int,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._name = name
        self._ttl_seconds = ttl_days * _SECONDS_A_DAY
        self._now = now

    def send(self, results: Sequence[Result]) -> Collection[int]:
        """Put one, unless its key is there; see `Destination`."""
        (result,) = results
        item = {
            "key": {"S": result.key},
            "result": {"S": result.body},
            "message_id": {"S": result.message_id},
            "expires_at": {"N": str(int(self._now()) + self._ttl_seconds)},
        }
        try:
            self._client.put_item(
                TableName=self._name,
                Item=item,
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": "key"},
            )
        except Exception as error:
            if not _is_there_already(error):
                raise
        return {0}


def _is_there_already(error: Exception) -> bool:
    """Whether another delivery of the message was first, which is what the condition is for."""
    response = getattr(error, "response", {})
    return bool(response.get("Error", {}).get("Code") == "ConditionalCheckFailedException")


def connect(settings: Settings) -> Destination:
    """The destination that the settings name, with a client of boto3, which Lambda's runtime has.

    A call takes at most some six seconds. With a `DEADLINE_RESERVE_MS` of 6,500 none is begun that
    the end of the function's time could cut off; without, nothing is lost, but sent again.
    """
    import boto3
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": 2}
    config = Config(connect_timeout=1, read_timeout=2, retries=retries)
    if settings.results_queue_url:
        return QueueDestination(boto3.client("sqs", config=config), settings.results_queue_url)
    if settings.results_stream_name:
        client = boto3.client("kinesis", config=config)
        return StreamDestination(client, settings.results_stream_name)
    client = boto3.client("dynamodb", config=config)
    return TableDestination(client, settings.results_table, settings.results_ttl_days)
