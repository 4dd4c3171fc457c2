"""Send the messages of a file to the queue: `make send FILE=messages.jsonl`.

A line is `{"qualified_name": "iris_model", "data": {...}}`; with an `id` it has one effect, however
often it is sent. All lines are judged before the first is sent. What was not sent, for whatever
reason, is written to a file that can be sent.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from tqdm import tqdm

from deploy.atomic_write import whole_file
from deploy.commands import DeployError, DeployInterrupt
from deploy.sources.command import deployed_stack, parser, queue_url, run
from deploy.sources.messages_file import Line, deployed_metadata, read_messages
from deploy.sources.queue import MOST_ENTRIES, Queue, pause
from deploy.stack import client
from model_lambda.digest import sha256_hex

_ATTEMPTS = 8
# AWS takes 1 MiB a call, but a queue may have been set to the limit of former years.
_MOST_BYTES = 256 * 1024


class Outbox:
    """Sends messages in calls of ten.

    Attributes:
        waiting: what is not known to be in the queue, of the call that was begun last.
        sent: how many messages are in the queue.
    """

    def __init__(
        self, queue: Queue, group: str | None = None, wait: Callable[[int], None] = pause
    ) -> None:
        self._queue = queue
        self._group = group
        self._wait = wait
        # Of a call some may be taken and others not: what has to stay in order goes one by one.
        self.most_entries = 1 if queue.is_fifo and group is not None else MOST_ENTRIES
        self.waiting: list[Line] = []
        self.sent = 0

    def send(self, batch: Sequence[Line]) -> None:
        """Send messages, those that failed again.

        Raises:
            DeployError: the queue refuses one, or does not take it after many attempts.
        """
        self.waiting = list(batch)
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._wait(attempt)
            reasons = self._send_waiting()
            if not self.waiting:
                return
            if reasons:
                number, reason = min(reasons.items())
                raise DeployError(f"the queue refuses line {number}: {reason}")
        raise DeployError(f"the queue did not take line {self.waiting[0].number}")

    def _send_waiting(self) -> dict[int, str]:
        """Send what waits, and say why lines of it will never be taken."""
        entries = [self._entry(str(position), one) for position, one in enumerate(self.waiting)]
        accepted, refused = self._queue.send(entries)
        reasons = {self.waiting[position].number: why for position, why in refused.items()}
        self.waiting = [one for i, one in enumerate(self.waiting) if i not in accepted]
        self.sent += len(accepted)
        return reasons

    def _entry(self, entry_id: str, line: Line) -> dict[str, Any]:
        entry = {"Id": entry_id, "MessageBody": line.body}
        if self._queue.is_fifo:
            # The same line of the same file is the same message, so it can be sent again.
            seed = line.body if line.id is not None else f"{line.number}\n{line.body}"
            entry["MessageDeduplicationId"] = sha256_hex(seed.encode())
            entry["MessageGroupId"] = self._group or entry["MessageDeduplicationId"]
        return entry


def batches(lines: Iterable[Line], most_entries: int) -> Iterator[list[Line]]:
    """Cut messages into calls that SQS takes."""
    batch: list[Line] = []
    size = 0
    for line in lines:
        bytes_of_it = len(line.body.encode())
        if batch and (len(batch) == most_entries or size + bytes_of_it > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += bytes_of_it
    if batch:
        yield batch


def send_all(outbox: Outbox, lines: Iterable[Line], unsent: Path, total: int | None = None) -> None:
    """Send messages; when that ends early, write the rest to a file.

    Raises:
        DeployError: a message is not taken; the rest is in the file.
        DeployInterrupt: likewise.
    """
    calls = batches(lines, outbox.most_entries)
    with tqdm(total=total, desc="sent", unit=" messages", disable=None) as progress:
        try:
            for batch in calls:
                outbox.send(batch)
                progress.update(len(batch))
        except BaseException as error:
            told = _write(unsent, chain(outbox.waiting, chain.from_iterable(calls)))
            summary = f"{outbox.sent} messages are sent; {told} are in {unsent}"
            if isinstance(error, KeyboardInterrupt):
                raise DeployInterrupt(f"{summary}, of which {MOST_ENTRIES} may be sent") from None
            raise DeployError(f"{error}; {summary}") from error


def _write(path: Path, lines: Iterable[Line]) -> int:
    with whole_file(path) as file:
        return sum(bool(file.write(line.body.encode() + b"\n")) for line in lines)


def _send() -> None:
    args = _arguments()
    stack = deployed_stack(args)
    queue = Queue(client(stack.target, "sqs"), queue_url(stack, "queue"))
    if args.group is not None and not queue.is_fifo:
        raise DeployError(f"{queue.name} is no FIFO queue: it has no groups")
    metadata = deployed_metadata(stack)
    count = sum(1 for _ in read_messages(args.file, metadata))
    outbox = Outbox(queue, args.group)
    unsent = args.file.with_name(f"{args.file.name}.unsent")
    send_all(outbox, read_messages(args.file, metadata), unsent, count)
    print(json.dumps({"sent": outbox.sent, "queue": queue.name}), file=sys.stdout)


def _arguments() -> Any:
    options = parser("deploy.sources.send", __doc__)
    options.add_argument("file", type=Path, help="messages, one JSON object a line")
    options.add_argument(
        "--group", help="of a FIFO queue: keeps the file's order, a message a call"
    )
    return options.parse_args()


def main() -> None:
    """Run the command."""
    run(_send)


if __name__ == "__main__":
    main()
