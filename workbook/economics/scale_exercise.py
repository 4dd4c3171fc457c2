"""The exercise of the notebook on scale: how much concurrency to reserve."""

from workbook.economics.erlang import erlang_b, servers_for_loss

RATE = 40.0
SERVICE = 0.25
ALLOWED = 0.001


def check_reserved(answer: int) -> str:
    """Tell whether an answer is the least that suffices, and give a hint where it is not.

    Args:
        answer: executions reserved for a function that gets 40 requests a second of 250 ms each
            and may throttle one in a thousand.
    """
    offered = RATE * SERVICE
    least = servers_for_loss(offered, ALLOWED)
    if answer == least:
        return f"Right: {least} suffice, and {least - 1} would not."
    if answer == offered:
        return "That is the mean. Whenever more than the mean are in work, the rest is throttled."
    if answer == RATE:
        return "That is the number of requests in a second, but each takes a quarter of one."
    if answer < least:
        return f"Too few: {erlang_b(answer, offered):.1%} would be throttled."
    return "More than needed: what you reserve is taken away from the other functions."
