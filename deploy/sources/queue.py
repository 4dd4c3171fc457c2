"""One SQS queue, as its sender and its reader use it."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

# Of one call of SQS, whether it sends, receives or deletes.
MOST_ENTRIES = 10


class Sent(NamedTuple):
    """What became of the entries of a call, by their positions.

    Attributes:
        accepted: those that are in the queue.
        refused: those that it will never take, with the reason.
    """

    accepted: frozenset[int]
    refused: dict[int, str]


class Received(NamedTuple):
    """A message that is hidden from other readers for a while.

    Attributes:
        attributes: its own and those of SQS, such as `SentTimestamp`.
    """

    message_id: str
    receipt: str
    body: str
    attributes: dict[str, str]


class Queue:
    """A queue; a FIFO queue, if its name ends so."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self.url = url

    @property
    def name(self) -> str:
        """Its name."""
        return self.url.rpartition("/")[2]

    @property
    def is_fifo(self) -> bool:
        """Whether messages have a group and are sent once in 5 minutes."""
        return self.url.endswith(".fifo")

    def send(self, entries: Sequence[dict[str, Any]]) -> Sent:
        """Send up to ten messages, whose `Id` is their position."""
        reply = self._client.send_message_batch(QueueUrl=self.url, Entries=list(entries))
        # What is named in neither list is not known to be accepted.
        accepted = frozenset(int(one["Id"]) for one in reply.get("Successful", ()))
        failed = [one for one in reply.get("Failed", ()) if one["SenderFault"]]
        refused = {int(one["Id"]): str(one.get("Message") or one["Code"]) for one in failed}
        return Sent(accepted, refused)

    def receive(self, *, wait_seconds: int, hidden_seconds: int) -> list[Received]:
        """Up to ten messages; none if there are none. Waiting asks all of SQS's servers."""
        reply = self._client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=MOST_ENTRIES,
            WaitTimeSeconds=wait_seconds,
            VisibilityTimeout=hidden_seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [_received(message) for message in reply.get("Messages", ())]

    def delete(self, messages: Sequence[Received]) -> None:
        """Delete messages; one that stays comes again."""
        for entries in self._entries(messages):
            self._client.delete_message_batch(QueueUrl=self.url, Entries=entries)

    def release(self, messages: Sequence[Received]) -> None:
        """Let others see messages at once."""
        for entries in self._entries(messages):
            seen = [{**entry, "VisibilityTimeout": 0} for entry in entries]
            self._client.change_message_visibility_batch(QueueUrl=self.url, Entries=seen)

    def attributes(self, *names: str) -> dict[str, str]:
        """Attributes of the queue."""
        asked = self._client.get_queue_attributes(QueueUrl=self.url, AttributeNames=list(names))
        found: dict[str, str] = asked.get("Attributes", {})
        return found

    def _entries(self, messages: Sequence[Received]) -> Iterator[list[dict[str, Any]]]:
        for start in range(0, len(messages), MOST_ENTRIES):
            yield [
                {"Id": str(position), "ReceiptHandle": one.receipt}
                for position, one in enumerate(messages[start : start + MOST_ENTRIES])
            ]


def _received(message: dict[str, Any]) -> Received:
    own = message.get("MessageAttributes", {})
    texts = {name: str(one["StringValue"]) for name, one in own.items() if "StringValue" in one}
    return Received(
        message["MessageId"],
        message["ReceiptHandle"],
        message["Body"],
        {**texts, **message.get("Attributes", {})},
    )


def pause(attempt: int, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait before another attempt, longer each time."""
    sleep(min(0.1 * 2**attempt, 5.0))
