"""What AWS charges, in US dollars without tax, for the region us-east-2 (Ohio).

Looked up on 2026-11-23, in AWS's pages and price lists of 2026. A price that changes is changed
here, and nowhere else. Free tiers are left out unless a function says otherwise. A month
has 730 hours, as on AWS's own pages.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Architecture = Literal["x86_64", "arm64"]
Api = Literal["rest", "http", "none"]

REGION = "us-east-2"
LOOKED_UP = "2026-11-23"
HOURS_A_MONTH = 730
SECONDS_A_MONTH = HOURS_A_MONTH * 3600
_MILLION = 1e6
_BILLION = 1e9


@dataclass(frozen=True)
class TieredPrice:
    """A price for each unit that falls with the units used in a month.

    Attributes:
        tiers: the units up to which a price holds, and the price of one unit, in rising order.
        unit: what is counted.
        source: the page that says so.
    """

    tiers: tuple[tuple[float, float], ...]
    unit: str
    source: str

    @property
    def first(self) -> float:
        """The price of the first unit."""
        return self.tiers[0][1]

    def cost(self, units: float) -> float:
        """The price of a month's units: each tier's share at that tier's price."""
        if units < 0:
            raise ValueError(f"units are {units}, they cannot be negative")
        total, below = 0.0, 0.0
        for up_to, price in self.tiers:
            total += max(0.0, min(units, up_to) - below) * price
            below = up_to
        return total


def _flat(price: float, unit: str, source: str) -> TieredPrice:
    return TieredPrice(((math.inf, price),), unit, source)


_LAMBDA_PAGE = "https://aws.amazon.com/lambda/pricing/"
_API_PAGE = "https://aws.amazon.com/api-gateway/pricing/"
_SQS_PAGE = "https://aws.amazon.com/sqs/pricing/"
_EC2_PAGE = "https://aws.amazon.com/ec2/pricing/on-demand/"
_FARGATE_PAGE = "https://aws.amazon.com/fargate/pricing/"
_BALANCER_PAGE = "https://aws.amazon.com/elasticloadbalancing/pricing/"

LAMBDA_DURATION: Mapping[Architecture, TieredPrice] = {
    "x86_64": TieredPrice(
        ((6 * _BILLION, 0.0000166667), (15 * _BILLION, 0.000015), (math.inf, 0.0000133334)),
        "GB-second",
        _LAMBDA_PAGE,
    ),
    "arm64": TieredPrice(
        (
            (7.5 * _BILLION, 0.0000133334),
            (18.75 * _BILLION, 0.0000120001),
            (math.inf, 0.0000106667),
        ),
        "GB-second",
        _LAMBDA_PAGE,
    ),
}
LAMBDA_MEMORY_MB = range(128, 10_241)
LAMBDA_REQUEST = _flat(0.20 / _MILLION, "request", _LAMBDA_PAGE)
LAMBDA_FREE_REQUESTS = 1_000_000
LAMBDA_FREE_GB_SECONDS = 400_000

PROVISIONED_CONCURRENCY: Mapping[Architecture, TieredPrice] = {
    "x86_64": _flat(0.0000041667, "GB-second configured", _LAMBDA_PAGE),
    "arm64": _flat(0.0000033334, "GB-second configured", _LAMBDA_PAGE),
}
PROVISIONED_DURATION: Mapping[Architecture, TieredPrice] = {
    "x86_64": _flat(0.0000097222, "GB-second", _LAMBDA_PAGE),
    "arm64": _flat(0.0000077778, "GB-second", _LAMBDA_PAGE),
}
SNAPSTART_CACHE = _flat(0.0000015046, "GB-second a version is active", _LAMBDA_PAGE)
"""For Python (not for Java), at least three hours for each published version."""
SNAPSTART_RESTORE = _flat(0.0001397998, "GB restored", _LAMBDA_PAGE)
SNAPSTART_LEAST_HOURS = 3

API_GATEWAY: Mapping[Api, TieredPrice] = {
    "rest": TieredPrice(
        (
            (333 * _MILLION, 3.50 / _MILLION),
            (1 * _BILLION, 2.80 / _MILLION),
            (20 * _BILLION, 2.38 / _MILLION),
            (math.inf, 1.51 / _MILLION),
        ),
        "request",
        _API_PAGE,
    ),
    "http": TieredPrice(
        ((300 * _MILLION, 1.00 / _MILLION), (math.inf, 0.90 / _MILLION)), "request", _API_PAGE
    ),
    "none": _flat(
        0.0, "request", "https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html"
    ),
}
"""`none` is a function URL, or a caller inside AWS: it costs nothing beyond Lambda's own price."""

SQS_STANDARD = TieredPrice(
    (
        (100 * _BILLION, 0.40 / _MILLION),
        (200 * _BILLION, 0.30 / _MILLION),
        (math.inf, 0.24 / _MILLION),
    ),
    "request of up to 64 KB",
    _SQS_PAGE,
)
SQS_FIFO = TieredPrice(
    (
        (100 * _BILLION, 0.50 / _MILLION),
        (200 * _BILLION, 0.40 / _MILLION),
        (math.inf, 0.35 / _MILLION),
    ),
    "request of up to 64 KB",
    _SQS_PAGE,
)
DATA_OUT = TieredPrice(
    ((100, 0.0), (10_340, 0.09), (51_300, 0.085), (153_700, 0.07), (math.inf, 0.05)),
    "GB to the internet",
    _EC2_PAGE,
)


@dataclass(frozen=True)
class Instance:
    """A machine that is paid for every hour, busy or not.

    Attributes:
        name: AWS's name of the type, or of the Fargate task size.
        architecture: `x86_64` or `arm64`.
        vcpus: how many requests it computes at once.
        memory_gb: its memory in GB.
        hourly: US dollars an hour, Linux, on demand.
        source: the page that says so.
    """

    name: str
    architecture: Architecture
    vcpus: float
    memory_gb: float
    hourly: float
    source: str = _EC2_PAGE

    @property
    def monthly(self) -> float:
        """US dollars for a month of 730 hours."""
        return self.hourly * HOURS_A_MONTH


FARGATE_HOURLY: Mapping[Architecture, tuple[float, float]] = {
    "x86_64": (0.04048, 0.004445),
    "arm64": (0.03238, 0.00356),
}
"""US dollars for a vCPU-hour and for a GB-hour, Linux."""


def fargate(architecture: Architecture, vcpus: float, memory_gb: float) -> Instance:
    """A Fargate task of this size, always on."""
    per_vcpu, per_gb = FARGATE_HOURLY[architecture]
    name = f"Fargate {vcpus:g} vCPU, {memory_gb:g} GB, {architecture}"
    hourly = vcpus * per_vcpu + memory_gb * per_gb
    return Instance(name, architecture, vcpus, memory_gb, hourly, _FARGATE_PAGE)


INSTANCES: Mapping[str, Instance] = {
    instance.name: instance
    for instance in (
        Instance("t4g.small", "arm64", 2, 2, 0.0168),
        Instance("c7g.medium", "arm64", 1, 2, 0.0363),
        Instance("c7g.large", "arm64", 2, 4, 0.0725),
        Instance("c7i.large", "x86_64", 2, 4, 0.08925),
        Instance("c7i.xlarge", "x86_64", 4, 8, 0.1785),
    )
}
"""`t4g.small` is burstable: in the long run it computes a fifth of the time for this price."""

LOAD_BALANCER_HOUR = 0.0225
LOAD_BALANCER_UNIT_HOUR = 0.008
LOAD_BALANCER_UNIT_GB_AN_HOUR = 1.0
LOAD_BALANCER_UNIT_CONNECTIONS_A_SECOND = 25.0
LOAD_BALANCER_SOURCE = _BALANCER_PAGE


def load_balancer_month(gb_an_hour: float, connections_a_second: float = 0.0) -> float:
    """US dollars a month for an Application Load Balancer under a steady load.

    Args:
        gb_an_hour: bytes of requests and answers, in GB an hour.
        connections_a_second: new connections; kept-alive ones count once.
    """
    units = max(
        gb_an_hour / LOAD_BALANCER_UNIT_GB_AN_HOUR,
        connections_a_second / LOAD_BALANCER_UNIT_CONNECTIONS_A_SECOND,
    )
    return HOURS_A_MONTH * (LOAD_BALANCER_HOUR + units * LOAD_BALANCER_UNIT_HOUR)


@dataclass(frozen=True)
class LambdaUsage:
    """What a function did in a month.

    Attributes:
        requests: invocations.
        duration_ms: mean duration of an invocation; Lambda rounds each one up to a millisecond.
        memory_mb: configured memory, 128 to 10,240.
        architecture: `x86_64` or `arm64`.
        cold_starts: how many execution environments were initialised.
        init_ms: duration of an initialisation, billed as any other since August 2025.
        api: what is in front of the function.
    """

    requests: float
    duration_ms: float
    memory_mb: int = 1024
    architecture: Architecture = "x86_64"
    cold_starts: float = 0.0
    init_ms: float = 0.0
    api: Api = "none"

    def __post_init__(self) -> None:
        amounts = (self.requests, self.duration_ms, self.cold_starts, self.init_ms)
        if min(amounts) < 0 or self.memory_mb not in LAMBDA_MEMORY_MB:
            raise ValueError(f"this cannot be: {self}")

    @property
    def gb_seconds(self) -> float:
        """Billed time, in seconds, times the configured memory in GB."""
        milliseconds = self.requests * math.ceil(self.duration_ms)
        milliseconds += self.cold_starts * math.ceil(self.init_ms)
        return milliseconds / 1000 * self.memory_mb / 1024


@dataclass(frozen=True)
class Bill:
    """US dollars for a month, part by part."""

    requests: float
    duration: float
    api: float = 0.0
    provisioned: float = 0.0
    snapshots: float = 0.0

    @property
    def total(self) -> float:
        """US dollars altogether."""
        return self.requests + self.duration + self.api + self.provisioned + self.snapshots


def lambda_bill(usage: LambdaUsage, free_tier: bool = False) -> Bill:
    """The bill of a function that runs on demand.

    Args:
        usage: what it did in the month.
        free_tier: take off what Lambda gives every account each month, for ever.
    """
    requests = usage.requests - LAMBDA_FREE_REQUESTS * free_tier
    gb_seconds = usage.gb_seconds - LAMBDA_FREE_GB_SECONDS * free_tier
    return Bill(
        requests=LAMBDA_REQUEST.cost(max(0.0, requests)),
        duration=LAMBDA_DURATION[usage.architecture].cost(max(0.0, gb_seconds)),
        api=API_GATEWAY[usage.api].cost(usage.requests),
    )


def provisioned_bill(usage: LambdaUsage, environments: int, hours: float = HOURS_A_MONTH) -> Bill:
    """The bill of invocations that provisioned concurrency serves; it has no free tier.

    Args:
        usage: what those invocations did.
        environments: how many are kept initialised.
        hours: for how long.
    """
    configured = environments * hours * 3600 * usage.memory_mb / 1024
    return Bill(
        requests=LAMBDA_REQUEST.cost(usage.requests),
        duration=PROVISIONED_DURATION[usage.architecture].cost(usage.gb_seconds),
        api=API_GATEWAY[usage.api].cost(usage.requests),
        provisioned=PROVISIONED_CONCURRENCY[usage.architecture].cost(configured),
    )


def snapstart_bill(usage: LambdaUsage, versions: int = 1, hours: float = HOURS_A_MONTH) -> Bill:
    """The bill of a Python function that starts from a snapshot.

    Args:
        usage: what it did; its cold starts are restores, and `init_ms` is then not billed.
        versions: published versions that are kept.
        hours: for how long each is active.
    """
    gigabytes = usage.memory_mb / 1024
    cached = versions * max(hours, SNAPSTART_LEAST_HOURS) * 3600 * gigabytes
    snapshots = SNAPSTART_CACHE.cost(cached) + SNAPSTART_RESTORE.cost(usage.cold_starts * gigabytes)
    invoked = usage.requests * math.ceil(usage.duration_ms) / 1000 * gigabytes
    return Bill(
        requests=LAMBDA_REQUEST.cost(usage.requests),
        duration=LAMBDA_DURATION[usage.architecture].cost(invoked),
        api=API_GATEWAY[usage.api].cost(usage.requests),
        snapshots=snapshots,
    )
