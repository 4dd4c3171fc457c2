"""What AWS refuses of an event source mapping and of a redrive policy, in its words.

The rules are in https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html,
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html and
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html;
the words are those that users of AWS report (aws-lambda-dotnet pull request 1758, chalice issue
1778, pulumi-aws-serverless issue 20, aws-solutions-constructs issue 342).
"""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

import json
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc, sqs
from ministack.services.cloudformation import provisioners


def apply() -> None:
    """Check mappings and redrive policies, whether CloudFormation makes them or somebody else."""
    handlers = provisioners._RESOURCE_HANDLERS
    lambda_svc._create_esm = _checked(lambda_svc._create_esm)
    lambda_svc._update_esm = _checked_update(lambda_svc._update_esm)
    mappings = handlers["AWS::Lambda::EventSourceMapping"]
    mappings["create"] = _refusing(mappings["create"], _mapping_problem, "Invalid request provided")
    queues = handlers["AWS::SQS::Queue"]
    queues["create"] = _refusing(queues["create"], _queue_problem, "Invalid request provided")
    for action in ("CreateQueue", "SetQueueAttributes"):
        sqs._HANDLERS[action] = _checked_queue(sqs._HANDLERS[action])


def _checked(stock: Callable[..., Any]) -> Callable[..., Any]:
    def create(data: dict[str, Any]) -> Any:
        return _refusal(data) or stock(data)

    return create


def _checked_update(stock: Callable[..., Any]) -> Callable[..., Any]:
    def update(mapping_id: str, data: dict[str, Any]) -> Any:
        known = lambda_svc._esms.get(mapping_id) or {}
        return _refusal({**known, **data}) or stock(mapping_id, data)

    return update


def _refusal(mapping: dict[str, Any]) -> Any:
    problem = _mapping_problem(mapping)
    return problem and error_response_json("InvalidParameterValueException", problem, 400)


def _refusing(
    stock: Callable[..., Any], problem_of: Callable[[dict[str, Any]], str | None], prefix: str
) -> Callable[..., Any]:
    """A CloudFormation handler that makes nothing of which there is a problem."""

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        if problem := problem_of(properties):
            raise ValueError(f"{prefix}: {problem}")
        return stock(logical_id, properties, stack)

    return create


def _mapping_problem(mapping: dict[str, Any]) -> str | None:
    """What is wrong with a mapping of a queue; None if nothing is, or it has another source."""
    queue = sqs._queue_by_arn(mapping.get("EventSourceArn", ""))
    function, config, _ = lambda_svc._get_func_record_for_ref(mapping.get("FunctionName", ""))
    if queue is None or function is None:
        return None
    size = int(mapping.get("BatchSize") or 10)
    window = int(mapping.get("MaximumBatchingWindowInSeconds") or 0)
    visibility = int(queue["attributes"].get("VisibilityTimeout", 30))
    timeout = int((config or {}).get("Timeout", 3))
    if queue["is_fifo"] and window:
        return "Batching window is not supported for FIFO queues"
    if queue["is_fifo"] and size > 10:
        return "Maximum batch size must be between 1 and 10 inclusive"
    if size > 10 and not window:
        return (
            "Maximum batch window in seconds must be greater than 0"
            " if maximum batch size is greater than 10"
        )
    if visibility < timeout:
        return (
            f"Queue visibility timeout: {visibility} seconds"
            f" is less than Function timeout: {timeout} seconds"
        )
    return None


def _queue_problem(properties: dict[str, Any]) -> str | None:
    policy = properties.get("RedrivePolicy")
    is_fifo = str(properties.get("FifoQueue", False)).lower() == "true"
    return None if policy is None else _redrive_problem(policy, is_fifo=is_fifo)


def _checked_queue(stock: Callable[..., Any]) -> Callable[..., Any]:
    """CreateQueue or SetQueueAttributes; what else is wrong with a policy, the emulator says."""

    def act(data: dict[str, Any], url: str) -> Any:
        name = str(data.get("QueueName") or data.get("QueueUrl") or url)
        policy = (data.get("Attributes") or {}).get("RedrivePolicy")
        if policy and (problem := _redrive_problem(policy, is_fifo=name.endswith(".fifo"))):
            raise sqs._Err("InvalidParameterValue", problem)
        return stock(data, url)

    return act


def _redrive_problem(policy: Any, *, is_fifo: bool) -> str | None:
    try:
        read = json.loads(policy) if isinstance(policy, str) else policy
        target = sqs._queue_by_arn(read["deadLetterTargetArn"])
    except (ValueError, TypeError, KeyError):
        return None
    if target is None or target["is_fifo"] == is_fifo:
        return None
    told = policy if isinstance(policy, str) else json.dumps(policy)
    return (
        f"Value {told} for parameter RedrivePolicy is invalid."
        " Reason: Dead-letter queue must be same type of queue as the source."
    )
