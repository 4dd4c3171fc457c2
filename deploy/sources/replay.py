"""Move the dead letters back to their queue: `make replay` counts them, `ARGS=--yes` moves them.

Mend first what killed them (`make dead-letters`): those that still cannot be answered die again. A
moved message has a new id; what it has one effect by is the `id` in its body, if it has one.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

from tqdm import tqdm

from deploy.commands import DeployError, DeployInterrupt
from deploy.sources.command import deployed_stack, parser, queue_url, run
from deploy.sources.queue import Queue
from deploy.stack import client

_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
_MOST_PER_SECOND = 500


def waiting(queue: Queue) -> int:
    """About how many messages a queue holds, those that somebody reads just now included."""
    return sum(map(int, queue.attributes(*_COUNTS).values()))


def move_back(
    sqs: Any,
    dead: Queue,
    per_second: int | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Move dead letters back to where they came from.

    Args:
        per_second: at most so many; None leaves it to SQS.

    Returns:
        How many were moved.

    Raises:
        DeployError: SQS gave up.
        DeployInterrupt: it was stopped; what was moved stays moved.
    """
    arn = dead.attributes("QueueArn")["QueueArn"]
    rate = {} if per_second is None else {"MaxNumberOfMessagesPerSecond": per_second}
    handle = sqs.start_message_move_task(SourceArn=arn, **rate)["TaskHandle"]
    try:
        task = _end_of_task(sqs, arn, sleep)
    except KeyboardInterrupt:
        moved = sqs.cancel_message_move_task(TaskHandle=handle)
        count = moved.get("ApproximateNumberOfMessagesMoved", 0)
        raise DeployInterrupt(f"about {count} messages are moved, the rest stays") from None
    moved_in_all = int(task.get("ApproximateNumberOfMessagesMoved", 0))
    if task["Status"] != "COMPLETED":
        reason = task.get("FailureReason", task["Status"])
        raise DeployError(f"SQS gave up after about {moved_in_all} messages: {reason}")
    return moved_in_all


def _end_of_task(sqs: Any, arn: str, sleep: Callable[[float], None]) -> dict[str, Any]:
    """The newest task of a queue, when it has ended."""
    with tqdm(desc="moved", unit=" messages", disable=None) as progress:
        while True:
            task: dict[str, Any] = sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]
            progress.total = task.get("ApproximateNumberOfMessagesToMove")
            progress.update(task.get("ApproximateNumberOfMessagesMoved", 0) - progress.n)
            if task["Status"] not in ("RUNNING", "CANCELLING"):
                return task
            sleep(0.5)


def _replay() -> None:
    args = _arguments()
    stack = deployed_stack(args)
    sqs = client(stack.target, "sqs")
    dead = Queue(sqs, queue_url(stack, "dead-letters"))
    home = Queue(sqs, queue_url(stack, "queue"))
    if args.yes:
        print(f"{move_back(sqs, dead, args.per_second)} messages moved to {home.name}")
        return
    count = waiting(dead)
    print(f"about {count} messages of {dead.name} would move to {home.name}")
    if count:
        print("nothing is moved; make replay ARGS=--yes moves them", file=sys.stderr)


def _per_second(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_PER_SECOND):
        raise ValueError(text)
    return int(text)


def _arguments() -> Any:
    options = parser("deploy.sources.replay", __doc__)
    options.add_argument("--yes", action="store_true", help="move them")
    options.add_argument(
        "--per-second", type=_per_second, help=f"at most so many, 1 to {_MOST_PER_SECOND}"
    )
    return options.parse_args()


def main() -> None:
    """Run the command."""
    run(_replay)


if __name__ == "__main__":
    main()
