"""A Lambda function as the simulations see it: two durations and the limits AWS documents."""

from dataclasses import dataclass

REQUESTS_A_SECOND_PER_CONCURRENCY = 10
"""https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""


@dataclass(frozen=True)
class FunctionModel:
    """How long a function takes and how far it may scale.

    Attributes:
        service: seconds of a warm invocation, the mean.
        init: seconds an execution environment takes to start, before its first invocation.
        idle: seconds after which Lambda ends an environment that has nothing to do. AWS does not
            document it; observations lie between five minutes and an hour.
        account: requests that all functions of the account may have in work at once; 1,000 unless
            raised, less in a new account.
        reserved: requests that this function may have in work at once, if it has a limit of its
            own (reserved concurrency).
        burst: environments that may be started at once.
        refill: environments that may be started in each second after that; 1,000 in ten seconds,
            given back continuously and never more than `burst` in hand.
            https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
        provisioned: environments that are started beforehand and kept.
    """

    service: float
    init: float = 0.0
    idle: float = 600.0
    account: int = 1000
    reserved: int | None = None
    burst: int = 1000
    refill: float = 100.0
    provisioned: int = 0

    def __post_init__(self) -> None:
        if self.service <= 0 or min(self.init, self.idle, self.provisioned) < 0:
            raise ValueError(f"durations and numbers cannot be negative: {self}")
        if not self.provisioned <= self.concurrency <= self.account:
            raise ValueError(f"provisioned <= reserved <= account does not hold: {self}")

    @property
    def concurrency(self) -> int:
        """How many requests may be in work at once."""
        return self.account if self.reserved is None else self.reserved

    @property
    def requests_a_second(self) -> int:
        """The quota of requests a second, however short they are."""
        return REQUESTS_A_SECOND_PER_CONCURRENCY * self.account
