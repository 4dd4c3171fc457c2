"""StartMessageMoveTask, ListMessageMoveTasks and CancelMessageMoveTask of SQS.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
A moved message is a new one, with an id and a time of its own
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/
sqs-configure-dead-letter-queue-redrive.html).
"""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

import json
import time
import uuid
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.services import sqs

_SOURCE = "DeadLetterQueueSourceArn"
_MOST_TASKS = 10
# By source queue, the newest last. Made and changed under the lock of the queues.
_tasks: dict[str, list[dict[str, Any]]] = {}


def apply() -> None:
    """Add the three actions."""
    sqs._HANDLERS["StartMessageMoveTask"] = _start
    sqs._HANDLERS["ListMessageMoveTasks"] = _list
    sqs._HANDLERS["CancelMessageMoveTask"] = _cancel


def _start(data: dict[str, Any], _url: str) -> dict[str, str]:
    arn, rate = data.get("SourceArn", ""), data.get("MaxNumberOfMessagesPerSecond")
    source = _queue(arn, "SourceArn")
    if data.get("DestinationArn"):
        _queue(data["DestinationArn"], "DestinationArn")
    if not any(_dead_letters_of(queue) == arn for queue in sqs._queues.values()):
        raise _invalid("Source queue must be configured as a Dead Letter Queue.")
    if rate is not None and not 1 <= int(rate) <= 500:
        raise _invalid(f"Value {rate} for parameter MaxNumberOfMessagesPerSecond is invalid.")
    with sqs._queues_lock:
        task = _new_task(data, len(source["messages"]))
    spawn_background(_move, source, task)
    return {"TaskHandle": task["TaskHandle"]}


def _new_task(data: dict[str, Any], messages: int) -> dict[str, Any]:
    tasks = _tasks.setdefault(data["SourceArn"], [])
    if any(task["Status"] == "RUNNING" for task in tasks):
        raise _invalid("There is already a task running for this source queue.")
    named = ("SourceArn", "DestinationArn", "MaxNumberOfMessagesPerSecond")
    task = {name: data[name] for name in named if data.get(name) is not None} | {
        "TaskHandle": str(uuid.uuid4()),
        "Status": "RUNNING",
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": messages,
        "StartedTimestamp": int(time.time() * 1000),
    }
    tasks.append(task)
    del tasks[:-_MOST_TASKS]
    return task


def _move(source: dict[str, Any], task: dict[str, Any]) -> None:
    """Move what can be received, message by message."""
    rate = int(task.get("MaxNumberOfMessagesPerSecond") or 0)
    while _move_one(source, task):
        if rate:
            time.sleep(1 / rate)


def _move_one(source: dict[str, Any], task: dict[str, Any]) -> bool:
    """Move the next message; False at the end, which the task then tells."""
    with sqs._queues_lock:
        if task["Status"] != "RUNNING":
            return False
        now = time.time()
        message = next((one for one in source["messages"] if one["visible_at"] <= now), None)
        if message is None:
            task["Status"] = "COMPLETED"
            return False
        arn = task.get("DestinationArn") or message["sys"].get(_SOURCE)
        destination = arn and sqs._queue_by_arn(arn)
        if not destination:
            task |= {"Status": "FAILED", "FailureReason": "CouldNotDetermineMessageSource"}
            return False
        source["messages"].remove(message)
        destination["messages"].append(_as_new(message, now + sqs.queue_delay(destination)))
        task["ApproximateNumberOfMessagesMoved"] += 1
    sqs.esm_wake.set()
    return True


def _as_new(message: dict[str, Any], visible_at: float) -> dict[str, Any]:
    now = time.time()
    kept = {name: value for name, value in message["sys"].items() if name != _SOURCE}
    return message | {
        "id": str(uuid.uuid4()),
        "receipt_handle": None,
        "sent_at": now,
        "visible_at": visible_at,
        "receive_count": 0,
        "first_receive_at": None,
        "sys": kept | {"SentTimestamp": str(int(now * 1000))},
    }


def _list(data: dict[str, Any], _url: str) -> dict[str, Any]:
    arn, most = data.get("SourceArn", ""), int(data.get("MaxResults") or 1)
    _queue(arn, "SourceArn")
    if not 1 <= most <= _MOST_TASKS:
        raise _invalid(f"Value {most} for parameter MaxResults is invalid.")
    with sqs._queues_lock:
        return {"Results": [_told(task) for task in reversed(_tasks.get(arn, [])[-most:])]}


def _told(task: dict[str, Any]) -> dict[str, Any]:
    """A task; only one that runs tells its handle."""
    return {
        name: value
        for name, value in task.items()
        if name != "TaskHandle" or task["Status"] == "RUNNING"
    }


def _cancel(data: dict[str, Any], _url: str) -> dict[str, int]:
    with sqs._queues_lock:
        found = [
            task
            for tasks in _tasks.values()
            for task in tasks
            if task["TaskHandle"] == data.get("TaskHandle")
        ]
        if not found:
            raise sqs._Err("ResourceNotFoundException", "Task does not exist.")
        if found[0]["Status"] != "RUNNING":
            raise sqs._Err("UnsupportedOperation", "Only a running task can be cancelled.")
        found[0]["Status"] = "CANCELLED"
        return {"ApproximateNumberOfMessagesMoved": found[0]["ApproximateNumberOfMessagesMoved"]}


def _queue(arn: str, parameter: str) -> dict[str, Any]:
    queue: dict[str, Any] | None = sqs._queue_by_arn(arn)
    if queue is None:
        message = f"The resource that you specified for the {parameter} parameter doesn't exist."
        raise sqs._Err("ResourceNotFoundException", message)
    return queue


def _dead_letters_of(queue: dict[str, Any]) -> str:
    policy = queue["attributes"].get("RedrivePolicy")
    read = json.loads(policy) if policy else {}
    return str(read.get("deadLetterTargetArn", ""))


def _invalid(message: str) -> Any:
    return sqs._Err("InvalidParameterValue", message)
