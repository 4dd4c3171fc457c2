"""The permissions that requests need, where they are not called as the requests are.

Whoever may send, delete or hide a message may do so with a batch of them
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/
sqs-api-permissions-reference.html).
"""

from typing import Any

from ministack.core import iam_actions


def apply() -> None:
    """Ask for the permission of one message where a batch is meant."""
    stock = iam_actions.extract_iam_action

    def action(service: str, *request: Any, **more: Any) -> Any:
        found = stock(service, *request, **more)
        if service == "sqs" and isinstance(found, str) and found.startswith("sqs:"):
            return found.removesuffix("Batch")
        return found

    iam_actions.extract_iam_action = action
