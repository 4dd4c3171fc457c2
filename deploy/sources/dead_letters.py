"""Print the messages that died, each with the reason: `make dead-letters`.

The reason is the one that the function logged when it last refused the message, found by the
message's id. So it is why the message died, and not what another try would say today. Where the log
has no such line, the function did not get as far (out of time or memory), a batch had more than ten
refused messages, or the line's time is over; then there is no reason. The queue keeps them all.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any

from deploy.sources.command import deployed_stack, parser, queue_url, run
from deploy.sources.queue import Queue, Received
from deploy.sources.results import received
from deploy.stack import client, log_lines

NO_REASON = "the function's log says nothing of it"

Reason = Mapping[str, Any]


def reasons(lines: Iterable[str], message_ids: frozenset[str]) -> dict[str, Reason]:
    """Why messages were refused, the last time that the log tells of.

    Args:
        lines: of the function's log, in order; those that are not JSON are other programs'.
        message_ids: what is asked for.
    """
    found: dict[str, Reason] = {}
    for line in lines:
        # Most lines are of nothing that is asked for, and reading JSON is slow.
        if '"refused"' not in line:
            continue
        for refusal in _refusals(line):
            if refusal["message_id"] in message_ids:
                found[refusal.pop("message_id")] = refusal
    return found


def _refusals(line: str) -> list[dict[str, Any]]:
    try:
        record = json.loads(line)
    except ValueError:
        return []
    refused: list[dict[str, Any]] = record.get("refused", []) if isinstance(record, dict) else []
    return refused


def print_dead(dead: Sequence[Received], why: Mapping[str, Reason], out: IO[str]) -> None:
    """Print dead messages, the oldest first."""
    for one in sorted(dead, key=_sent_ms):
        sent = datetime.fromtimestamp(_sent_ms(one) / 1000, UTC)
        document = {
            "message_id": one.message_id,
            "sent": sent.isoformat(timespec="seconds"),
            **(why.get(one.message_id) or {"reason": NO_REASON}),
            "body": one.body,
        }
        print(json.dumps(document), file=out)


def _sent_ms(message: Received) -> int:
    return int(message.attributes["SentTimestamp"])


def _dead_letters() -> None:
    args = parser("deploy.sources.dead_letters", __doc__).parse_args()
    stack = deployed_stack(args)
    queue = Queue(client(stack.target, "sqs"), queue_url(stack, "dead-letters"))
    dead = [one for messages in received(queue, keep=True) for one in messages]
    why = reasons(_log_since(stack.target, dead), frozenset(one.message_id for one in dead))
    print_dead(dead, why, sys.stdout)
    print(
        f"{len(dead)} dead letters, of {len(dead) - len(why)} no reason is known", file=sys.stderr
    )


def _log_since(target: Any, dead: Sequence[Received]) -> Iterator[str]:
    """The log of the queue's function, since the first of the messages was sent."""
    if not dead:
        return iter(())
    group = f"/aws/lambda/{target.stack_name}-queue"
    return log_lines(target, group, min(map(_sent_ms, dead)))


def main() -> None:
    """Run the command."""
    run(_dead_letters)


if __name__ == "__main__":
    main()
