"""The context object of Lambda's runtime, for tests."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LambdaContext:
    """The part of the context that the function reads."""

    remaining_ms: int = 10_000
    aws_request_id: str = "8d3b6c1e-52f4-4a87-b0c9-16e7d4f2a935"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms
