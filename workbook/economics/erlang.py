"""Queueing theory: what formulas know about servers under random traffic.

`offered` is the traffic in erlangs: arrivals a second times seconds of service, which is also the
mean number of requests in service where nothing limits it. With a limit c and nobody waiting, the
share lost is Erlang B (M/G/c/c, whatever the distribution of the service times); with a queue in
front, the share that waits is Erlang C (M/M/c).
"""

import math


def erlang_b(servers: int, offered: float) -> float:
    """The share of requests that find every server busy, where these are turned away."""
    inverse = 1.0
    for busy in range(1, servers + 1):
        inverse = 1.0 + inverse * busy / offered if offered > 0 else math.inf
    return 1.0 / inverse


def erlang_c(servers: int, offered: float) -> float:
    """The share of requests that find every server busy, where these wait their turn."""
    if offered >= servers:
        return 1.0
    lost = erlang_b(servers, offered)
    return lost / (1.0 - offered / servers * (1.0 - lost))


def mean_wait(servers: int, offered: float, service: float) -> float:
    """The mean wait in the queue, in the unit of `service`; infinite where the queue grows."""
    if offered >= servers:
        return math.inf
    return erlang_c(servers, offered) * service / (servers - offered)


def waits_longer(servers: int, offered: float, service: float, than: float) -> float:
    """The share of requests that wait longer than this, in the unit of `service`."""
    if offered >= servers:
        return 1.0
    return erlang_c(servers, offered) * math.exp(-(servers - offered) * than / service)


def servers_for_loss(offered: float, share: float) -> int:
    """The fewest servers that turn away no more than this share."""
    servers = 0
    while erlang_b(servers, offered) > share:
        servers += 1
    return servers


def servers_for_wait(offered: float, service: float, within: float, share: float) -> int:
    """The fewest servers with which at most this share waits longer than `within`."""
    servers = math.floor(offered) + 1
    while waits_longer(servers, offered, service, within) > share:
        servers += 1
    return servers
