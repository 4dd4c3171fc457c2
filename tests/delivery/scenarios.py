"""Small beginnings of which every history is followed."""

from typing import NamedTuple

from tests.delivery.invocation import Invocations, MakeHandler, real_handler
from tests.delivery.queue_world import QueueWorld
from tests.delivery.results import Results
from tests.delivery.rules import Mapped
from tests.delivery.sent_messages import POISONS, Sent, good, poison
from tests.delivery.stream_world import StreamWorld
from tests.delivery.world import World

# Of a FIFO queue one message at a time: the messages behind a bad one of their group come back with
# it, are received as often as it is, and would go to the dead letters with it.
ONE_BY_ONE = Mapped(batch=1)


class Scenario(NamedTuple):
    """A beginning.

    Attributes:
        source: `queue`, `fifo` or `stream`.
        destination: one of `invocation.DESTINATIONS`.
        faults: the most faults of a history; below what the mapping allows a message.
    """

    source: str
    destination: str
    messages: tuple[Sent, ...]
    faults: int = 1
    mapped: Mapped = Mapped()

    def world(self, make_handler: MakeHandler = real_handler, *, remembers: bool = True) -> World:
        """The first moment."""
        invocations = Invocations(self.destination, make_handler, remembers=remembers)
        results = Results(self.destination, in_order=self.source != "queue")
        world: World
        if self.source == "stream":
            world = StreamWorld(invocations, results, self.mapped, faults=self.faults)
        else:
            world = QueueWorld(
                invocations,
                results,
                self.mapped,
                is_fifo=self.source == "fifo",
                faults=self.faults,
            )
        for message in self.messages:
            world.send(message)
        return world


MIXED = (good(0), good(1), poison(2))
TWO_GROUPS = (good(0), poison(1), good(2), good(3, "b"), poison(4, "b"), good(5, "b"))
IN_A_ROW = (good(0), good(1), good(2, "b"))
SHARD = (poison(0), good(1), good(2, "b"), good(3), poison(4, "b"), good(5))
SENT_TWICE = (good(0, id="order 7"), good(1, like=0, id="order 7"), good(2))
ALIKE = (good(0), good(1, like=0))

SCENARIOS: dict[str, Scenario] = {
    "a queue, results to a standard queue": Scenario("queue", "standard", MIXED),
    "a queue, results to a FIFO queue": Scenario("queue", "fifo", MIXED),
    "a queue, results to a table": Scenario("queue", "table", MIXED),
    "a queue in batches of three": Scenario("queue", "standard", MIXED, mapped=Mapped(batch=3)),
    "a message that its producer sent twice": Scenario("queue", "table", SENT_TWICE),
    "two messages with the same body": Scenario("queue", "fifo", ALIKE, 2),
    "a FIFO queue": Scenario("fifo", "fifo", TWO_GROUPS, 2, ONE_BY_ONE),
    "a FIFO queue, three faults": Scenario(
        "fifo", "fifo", TWO_GROUPS, 3, Mapped(batch=1, max_receives=4)
    ),
    "a FIFO queue in batches of three": Scenario("fifo", "fifo", IN_A_ROW, 2, Mapped(batch=3)),
    "a FIFO queue, results to a table": Scenario("fifo", "table", IN_A_ROW, 2, Mapped(batch=3)),
    "a queue that shows failed messages at once": Scenario(
        "queue", "standard", MIXED, mapped=Mapped(returns_at_once=True)
    ),
    "a FIFO queue that shows failed messages at once": Scenario(
        "fifo", "fifo", IN_A_ROW, 2, Mapped(batch=3, returns_at_once=True)
    ),
    "a FIFO queue, one by one, that shows failed messages at once": Scenario(
        "fifo", "fifo", TWO_GROUPS, 1, ONE_BY_ONE._replace(returns_at_once=True)
    ),
    "a stream": Scenario("stream", "stream", SHARD, 2, Mapped(batch=4)),
    "a stream, results to a table": Scenario("stream", "table", MIXED, 3, Mapped(batch=3)),
    **{
        f"a queue with {kind}": Scenario("queue", "standard", (good(0), poison(1, kind=kind)))
        for kind in POISONS
    },
}
# Two faults take a minute: `make faults` follows them.
LARGE_SCENARIOS: dict[str, Scenario] = {
    "a queue, two faults": Scenario("queue", "standard", MIXED, 2),
    "a stream, three faults": Scenario(
        "stream", "stream", SHARD, 3, Mapped(batch=4, max_retries=4)
    ),
}
