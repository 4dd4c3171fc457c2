"""A queue in memory that is as strict as SQS is about parameters, entries and receipts."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore.session import get_session
from botocore.validate import ParamValidator

URL = "http://127.0.0.1/000000000000/flowers"
_MOST_BYTES = 1024 * 1024


@cache
def _shape(operation: str) -> Any:
    return get_session().get_service_model("sqs").operation_model(operation).input_shape


def _checked(method: str, request: Mapping[str, Any]) -> None:
    operation = "".join(part.title() for part in method.split("_"))
    report = ParamValidator().validate(request, _shape(operation))
    assert not report.has_errors(), report.generate_report()
    entries = request.get("Entries")
    if entries is not None:
        assert 1 <= len(entries) <= 10
        assert len({entry["Id"] for entry in entries}) == len(entries)


class FakeSqs:
    """The client of one queue.

    Attributes:
        messages: what the queue holds, in order, as SQS hands it over.
        hidden: ids of the messages that somebody received.
        now: a message that was received before is seen again when `pass_time` was called.
        failing: says for an entry why it fails, and whether the sender is to blame.
        tasks: of moves, the newest first, each as often as it is listed.
    """

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.hidden: set[str] = set()
        self.calls: list[str] = []
        self.failing: Callable[[dict[str, Any]], tuple[str, bool] | None] = lambda entry: None
        self.tasks: list[dict[str, Any]] = []
        self.moves: list[dict[str, Any]] = []
        self._count = 0

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        answer = getattr(type(self), f"answer_{method}")

        def call(**request: Any) -> dict[str, Any]:
            _checked(method, request)
            self.calls.append(method)
            reply: dict[str, Any] = answer(self, **request)
            return reply

        return call

    def put(self, body: str, **attributes: str) -> str:
        """Put a message there, with attributes of its own, and say its id."""
        self._count += 1
        message_id = f"message-{self._count}"
        self.messages.append(
            {
                "MessageId": message_id,
                "Body": body,
                "Attributes": {"SentTimestamp": str(1_000_000 * self._count)},
                "MessageAttributes": {
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in attributes.items()
                },
            }
        )
        return message_id

    @property
    def bodies(self) -> list[str]:
        return [message["Body"] for message in self.messages]

    def answer_send_message_batch(
        self,
        QueueUrl: str,  # noqa: N803
        Entries: list[dict[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        assert sum(len(entry["MessageBody"].encode()) for entry in Entries) <= _MOST_BYTES
        is_fifo = QueueUrl.endswith(".fifo")
        reply: dict[str, list[dict[str, Any]]] = {}
        for entry in Entries:
            assert ("MessageGroupId" in entry) == is_fifo
            if why := self.failing(entry):
                failed = {"Id": entry["Id"], "Code": why[0], "SenderFault": why[1]}
                reply.setdefault("Failed", []).append(failed)
            else:
                self.put(entry["MessageBody"])
                reply.setdefault("Successful", []).append({"Id": entry["Id"]})
        return reply

    def answer_receive_message(self, MaxNumberOfMessages: int, **_request: Any) -> dict[str, Any]:  # noqa: N803
        seen = [one for one in self.messages if one["MessageId"] not in self.hidden]
        given = seen[: min(MaxNumberOfMessages, 10)]
        self.hidden |= {one["MessageId"] for one in given}
        found = [{**one, "ReceiptHandle": f"receipt-{one['MessageId']}"} for one in given]
        return {"Messages": found} if found else {}

    def answer_delete_message_batch(
        self,
        QueueUrl: str,  # noqa: N803
        Entries: list[dict[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        for message_id in self._ids(Entries):
            self.messages = [one for one in self.messages if one["MessageId"] != message_id]
        return {"Successful": Entries}

    def answer_change_message_visibility_batch(
        self,
        QueueUrl: str,  # noqa: N803
        Entries: list[dict[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        self.hidden.difference_update(self._ids(Entries))
        return {"Successful": Entries}

    def answer_get_queue_attributes(
        self,
        QueueUrl: str,  # noqa: N803
        AttributeNames: list[str],  # noqa: N803
    ) -> dict[str, Any]:
        hidden = len([one for one in self.messages if one["MessageId"] in self.hidden])
        known = {
            "QueueArn": "arn:aws:sqs:us-east-2:000000000000:flowers",
            "ApproximateNumberOfMessages": str(len(self.messages) - hidden),
            "ApproximateNumberOfMessagesNotVisible": str(hidden),
        }
        return {"Attributes": {name: known[name] for name in AttributeNames}}

    def answer_start_message_move_task(self, **request: Any) -> dict[str, Any]:
        self.moves.append(request)
        return {"TaskHandle": "handle"}

    def answer_list_message_move_tasks(self, SourceArn: str) -> dict[str, Any]:  # noqa: N803
        return {"Results": [self.tasks.pop(0)]}

    def answer_cancel_message_move_task(self, TaskHandle: str) -> dict[str, Any]:  # noqa: N803
        return {"ApproximateNumberOfMessagesMoved": 3}

    def _ids(self, entries: list[dict[str, Any]]) -> list[str]:
        ids = [entry["ReceiptHandle"].removeprefix("receipt-") for entry in entries]
        assert set(ids) <= self.hidden, "a receipt of a message that nobody received"
        return ids
