"""Delivered at least once, effective exactly once: in every history of the small beginnings.

Counted are the ways from a beginning to an end: over every order of deliveries, every interleaving
of two workers, and every outcome of each call to the outside.
"""

import pytest

from tests.delivery.exploration import explore
from tests.delivery.results import ViolationError
from tests.delivery.scenarios import ONE_BY_ONE, SCENARIOS, Scenario
from tests.delivery.sent_messages import POISONS, good, poison

# None is left out unnoticed. Another handler, or another rule, has others.
HISTORIES = {
    "a queue, results to a standard queue": 4_625_244,
    "a queue, results to a FIFO queue": 234_488,
    "a queue, results to a table": 4_709_094,
    "a queue in batches of three": 4_874_898,
    "a message that its producer sent twice": 90_348,
    "two messages with the same body": 50_782,
    "a FIFO queue": 225_867_600,
    "a FIFO queue, three faults": 32_782_579_200,
    "a FIFO queue in batches of three": 363_275,
    "a FIFO queue, results to a table": 780_373,
    "a queue that shows failed messages at once": 457_576_204,
    "a FIFO queue that shows failed messages at once": 666_195,
    "a FIFO queue, one by one, that shows failed messages at once": 495_168_088,
    "a stream": 18_124,
    "a stream, results to a table": 7_432,
    **{f"a queue with {kind}": 57_052 for kind in POISONS},
}
SMALL = [
    Scenario("queue", "standard", (good(0),), 2),
    Scenario("queue", "fifo", (good(0), good(1)), mapped=ONE_BY_ONE),
    Scenario("fifo", "table", (good(0), good(1)), 2),
    Scenario("stream", "stream", (good(0), poison(1), good(2)), 2),
]


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_good_message_has_one_effect_and_every_bad_one_is_a_dead_letter(name: str) -> None:
    assert explore(SCENARIOS[name].world()).histories == HISTORIES[name]


@pytest.mark.parametrize("scenario", SMALL)
def test_following_no_moment_twice_leaves_no_history_out(scenario: Scenario) -> None:
    merged = explore(scenario.world())
    every = explore(scenario.world(), merges=False)
    assert every.histories == merged.histories
    assert every.steps > merged.steps


@pytest.mark.parametrize("scenario", SMALL)
def test_a_handler_is_a_function_of_its_event_and_of_what_it_is_told(scenario: Scenario) -> None:
    assert explore(scenario.world(remembers=False)) == explore(scenario.world())


def test_a_violation_tells_how_it_came_about() -> None:
    scenario = Scenario("queue", "standard", (poison(0),), 0)
    with pytest.raises(ViolationError) as caught:
        explore(scenario._replace(mapped=scenario.mapped._replace(reports=False)).world())
    assert str(caught.value).splitlines() == [
        "poison 0 is lost: it is not among the dead letters",
        "  0 s: worker 0 is given 0 (receive 1)",
        "  worker 0 returns, deleted: id-0",
    ]
