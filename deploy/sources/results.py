"""Print the results of messages as JSON Lines: `make results`, `make results ARGS=--follow`.

A result leaves the queue when it is printed, and not before; `--keep` leaves all of them. A result
that comes twice is printed once. In a table results stay until their time is over: another delivery
of the message would bring one back that was deleted.
"""

import sys
from collections.abc import Iterator
from typing import IO, Any

from deploy.commands import DeployError
from deploy.sources.command import deployed_stack, parser, queue_url_or_none, run, without
from deploy.sources.queue import Queue, Received
from deploy.stack import Stack, client

# Long enough to print ten; of what is kept, to read the whole queue.
_HIDDEN_SECONDS = 60
_KEPT_HIDDEN_SECONDS = 900
_WAIT_SECONDS = 2
_FOLLOW_SECONDS = 20


def received(queue: Queue, *, keep: bool, follow: bool = False) -> Iterator[list[Received]]:
    """What a queue holds, in lists; deleted when the next list is asked for, unless it is kept.

    What was not asked beyond, or is kept, is for others to see when this ends.
    """
    held: list[Received] = []
    seen = set[str]()
    wait = _FOLLOW_SECONDS if follow else _WAIT_SECONDS
    hidden = _KEPT_HIDDEN_SECONDS if keep else _HIDDEN_SECONDS
    try:
        while messages := _receive(queue, wait, hidden, follow=follow):
            held += messages
            new = [one for one in messages if one.message_id not in seen]
            if not new and not follow:  # all of the queue was read, and the first are seen again
                return
            yield new
            if keep:
                seen.update(one.message_id for one in messages)
            else:
                queue.delete(messages)
                held.clear()
    finally:
        queue.release(held)


def _receive(queue: Queue, wait: int, hidden: int, *, follow: bool) -> list[Received]:
    while True:
        messages = queue.receive(wait_seconds=wait, hidden_seconds=hidden)
        if messages or not follow:
            return messages


def print_results(queue: Queue, out: IO[str], *, keep: bool, follow: bool) -> tuple[int, int]:
    """Print results.

    Returns:
        How many were printed, and how many were known by their key.
    """
    keys = set[str]()
    known = 0
    for messages in received(queue, keep=keep, follow=follow):
        for one in messages:
            key = one.attributes.get("key", one.message_id)
            if key in keys:
                known += 1
            else:
                keys.add(key)
                print(one.body, file=out)
        # Only what has left this program may be deleted.
        out.flush()
    return len(keys), known


def print_table(table: Any, name: str, out: IO[str]) -> int:
    """Print the results that a table holds, in no order."""
    count = 0
    for page in table.get_paginator("scan").paginate(TableName=name):
        for item in page["Items"]:
            print(item["result"]["S"], file=out)
            count += 1
    return count


def _results() -> None:
    args = _arguments()
    stack = deployed_stack(args)
    known = 0
    if url := queue_url_or_none(stack, "results"):
        queue = Queue(client(stack.target, "sqs"), url)
        printed, known = print_results(queue, sys.stdout, keep=args.keep, follow=args.follow)
    elif table := _named(stack, "AWS::DynamoDB::Table"):
        if args.follow:
            raise DeployError(f"{table} is a table, which cannot be followed: leave --follow out")
        printed = print_table(client(stack.target, "dynamodb"), table, sys.stdout)
    elif stream := _named(stack, "AWS::Kinesis::Stream"):
        raise DeployError(f"results go to the stream {stream}; read it as any stream of Kinesis")
    else:
        raise without(stack, "queue")
    print(f"{printed} results, {known} more were known by their key", file=sys.stderr)


def _named(stack: Stack, kind: str) -> str | None:
    name = f"{stack.target.stack_name}-results"
    return name if stack.resources.get(name) == kind else None


def _arguments() -> Any:
    options = parser("deploy.sources.results", __doc__)
    options.add_argument("--follow", action="store_true", help="wait for more, until Ctrl-C")
    options.add_argument("--keep", action="store_true", help="leave all results in the queue")
    return options.parse_args()


def main() -> None:
    """Run the command."""
    run(_results)


if __name__ == "__main__":
    main()
