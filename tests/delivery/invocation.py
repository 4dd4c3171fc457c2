"""The real handler between the calls that it makes to the outside.

A handler is a function of its event and of what it is told. So it can be stopped at any call: it is
run again from its start, given the replies to the calls before, and stopped at the first call
without one. No thread is needed, and what one pair of event and replies leads to is looked up the
second time.
"""

import base64
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from model_lambda.config import Settings
from model_lambda.event_sources.destinations import (
    Destination,
    QueueDestination,
    StreamDestination,
    TableDestination,
)
from model_lambda.lambda_function import Handler, create_handler
from model_lambda.model_manager import ModelManager
from tests.delivery.sent_messages import NamingModel, Sent

QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/results"
DESTINATIONS = ("fifo", "standard", "stream", "table")


class Put(NamedTuple):
    """A result as it arrives; without a key, nobody can tell that it was there before."""

    key: str | None
    message_id: str
    prediction: Any
    partition: str | None


class Told(NamedTuple):
    """What the handler is told of a call.

    Attributes:
        accepted: positions of what was taken; None: the call raises.
        is_late: from then on too little time is left.
        is_there: a conditional write finds the key taken.
    """

    accepted: tuple[int, ...] | None
    is_late: bool = False
    is_there: bool = False


class Sending(NamedTuple):
    """The handler calls the outside."""

    puts: tuple[Put, ...]


class Returned(NamedTuple):
    """The handler has returned, with what a JSON encoder makes of its reply."""

    reply: Any


class Failed(NamedTuple):
    """The handler has raised."""

    error: str


Progress = Sending | Returned | Failed
MakeHandler = Callable[[Destination], Handler]


class Stopped(BaseException):
    """Ends a handler at a call, past all that catches an Exception."""


class ConditionalCheckFailedError(Exception):
    """As boto3 raises it."""

    response: Mapping[str, Any] = {"Error": {"Code": "ConditionalCheckFailedException"}}


class RepeatingClient:
    """The clients of boto3 and the context of Lambda, with the replies that were decided on."""

    def __init__(self) -> None:
        self._replies: Sequence[Told] = ()
        self._calls = 0
        self.puts: tuple[Put, ...] = ()

    def begin(self, replies: Sequence[Told]) -> None:
        """Be told this, call by call."""
        self._replies, self._calls = replies, 0

    def get_remaining_time_in_millis(self) -> int:
        """Much, or almost nothing."""
        return 0 if any(one.is_late for one in self._replies[: self._calls]) else 60_000

    def send_message_batch(self, **request: Any) -> Mapping[str, Any]:
        """As SQS answers it."""
        entries = request["Entries"]
        told = self._next(_put_of_queue(entry) for entry in entries)
        named = [{"Id": entry["Id"]} for entry in entries]
        accepted = [named[position] for position in told.accepted or ()]
        return {"Successful": accepted, "Failed": [one for one in named if one not in accepted]}

    def put_records(self, **request: Any) -> Mapping[str, Any]:
        """As Kinesis answers it."""
        told = self._next(_put_of_stream(record) for record in request["Records"])
        refused, accepted = {"ErrorCode": "ProvisionedThroughput"}, {"SequenceNumber": "1"}
        count = len(request["Records"])
        taken = told.accepted or ()
        return {"Records": [accepted if one in taken else refused for one in range(count)]}

    def put_item(self, **request: Any) -> Mapping[str, Any]:
        """As DynamoDB answers it."""
        is_conditional = "attribute_not_exists(#key)" in request.get("ConditionExpression", "")
        item = request["Item"]
        key = item["key"]["S"] if is_conditional else None
        told = self._next([_put(key, item["result"]["S"], None)])
        if told.is_there:
            raise ConditionalCheckFailedError
        return {}

    def _next(self, puts: Any) -> Told:
        if self._calls == len(self._replies):
            self.puts = tuple(puts)
            raise Stopped
        told = self._replies[self._calls]
        self._calls += 1
        if told.accepted is None:
            raise TimeoutError("the call got no reply")
        return told


def _put(key: str | None, body: str, partition: str | None) -> Put:
    document = json.loads(body)
    return Put(key, document["message_id"], document["prediction"].get("species"), partition)


def _put_of_queue(entry: Mapping[str, Any]) -> Put:
    attribute = entry["MessageAttributes"].get("key", {}).get("StringValue")
    key = entry.get("MessageDeduplicationId", attribute)
    return _put(key, entry["MessageBody"], entry.get("MessageGroupId"))


def _put_of_stream(record: Mapping[str, Any]) -> Put:
    document = json.loads(record["Data"])
    return _put(document.get("key"), record["Data"].decode(), record["PartitionKey"])


def destination(kind: str, client: RepeatingClient) -> Destination:
    """One of `DESTINATIONS`, as it is deployed, around the client."""
    made: Mapping[str, Callable[[], Destination]] = {
        "fifo": lambda: QueueDestination(client, f"{QUEUE_URL}.fifo"),
        "standard": lambda: QueueDestination(client, QUEUE_URL),
        "stream": lambda: StreamDestination(client, "results"),
        "table": lambda: TableDestination(client, "results", 30, lambda: 0.0),
    }
    return made[kind]()


def real_handler(results: Destination) -> Handler:
    """The function's own handler, around a model of the tests."""
    return create_handler(Settings(), ModelManager([NamingModel()]), results)


def sqs_event(messages: Sequence[Sent], *, is_fifo: bool) -> dict[str, Any]:
    """Messages as the event source mapping of a queue gives them to the function."""
    name = "arn:aws:sqs:us-east-1:123456789012:flowers" + (".fifo" if is_fifo else "")
    records = [
        {
            "messageId": message_id(one),
            "receiptHandle": "handle",
            "body": one.body,
            "attributes": {"MessageGroupId": one.group} if is_fifo else {},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": name,
            "awsRegion": "us-east-1",
        }
        for one in messages
    ]
    return {"Records": records}


def kinesis_event(messages: Sequence[Sent]) -> dict[str, Any]:
    """Records as the event source mapping of a stream gives them to the function."""
    records = [
        {
            "kinesis": {
                "partitionKey": one.group,
                "sequenceNumber": sequence_number(one),
                "data": base64.b64encode(one.body.encode()).decode(),
            },
            "eventSource": "aws:kinesis",
            "eventID": message_id(one),
            "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/flowers",
        }
        for one in messages
    ]
    return {"Records": records}


def message_id(message: Sent) -> str:
    """What the source calls a message."""
    return f"id-{message.number}"


def sequence_number(message: Sent) -> str:
    """The place of a record in its shard."""
    return f"4954{message.number:010}"


class Invocations:
    """What the handler does with an event, once it is told so much."""

    def __init__(
        self, kind: str, make_handler: MakeHandler = real_handler, *, remembers: bool = True
    ) -> None:
        """Make the handler.

        Args:
            kind: of the destination.
            remembers: whether the same question is answered from memory.
        """
        self._client = RepeatingClient()
        self._handler = make_handler(destination(kind, self._client))
        self._remembers = remembers
        self._known: dict[Any, Progress] = {}
        self.runs = 0

    def progress(
        self,
        messages: Sequence[Sent],
        replies: tuple[Told, ...],
        event_of: Callable[[Sequence[Sent]], dict[str, Any]],
    ) -> Progress:
        """Run the handler up to its first call without a reply, or to its end."""
        if not self._remembers:
            return self._run(event_of(messages), replies)
        question = (tuple(one.number for one in messages), replies)
        if question not in self._known:
            self._known[question] = self._run(event_of(messages), replies)
        return self._known[question]

    def _run(self, event: dict[str, Any], replies: Collection[Told]) -> Progress:
        self.runs += 1
        self._client.begin(tuple(replies))
        try:
            reply = self._handler(event, self._client)
        except Stopped:
            return Sending(self._client.puts)
        except Exception as error:
            return Failed(type(error).__name__)
        return Returned(json.loads(json.dumps(reply)))
