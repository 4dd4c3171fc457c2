"""Beyond the small histories: long random ones, and ones that Hypothesis makes up and shortens."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from model_lambda.event_sources import batches
from tests.delivery.choices import RecordedChoices
from tests.delivery.exploration import with_story
from tests.delivery.faults import HISTORIES, follow, run
from tests.delivery.results import ViolationError
from tests.delivery.rules import Mapped
from tests.delivery.scenarios import ONE_BY_ONE, Scenario
from tests.delivery.sent_messages import POISONS, good, poison
from tests.delivery.world import World


@pytest.mark.parametrize("name", HISTORIES)
def test_a_long_history_loses_nothing_and_does_nothing_twice(name: str) -> None:
    finished = run(name, 1_000, 100, seed=1)
    assert finished.faults == 100
    assert finished.steps == run(name, 1_000, 100, seed=1).steps


def test_a_seed_tells_the_story_of_the_message_that_it_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches.Batches, "_unsent", lambda *_arguments: {})
    with pytest.raises(ViolationError, match="is lost") as caught:
        run("queue", 100, 10, seed=1)
    told = str(caught.value).splitlines()[1:]
    assert told
    assert all("worker" in line or "seen again" in line for line in told)


class DrawnChoices:
    """Decides as Hypothesis draws."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def pick(self, ways: int, usual: int | None = None, *, is_rare: bool = False) -> int:
        """Draw; the first way is the simplest."""
        return self._data.draw(st.integers(0, ways - 1)) if ways > 1 else 0


class Deliveries(RuleBasedStateMachine):
    """Producers send while workers work; in the end everything has become what it should."""

    scenarios = (
        Scenario("queue", "standard", (), 3, Mapped(batch=3, max_receives=4)),
        Scenario("queue", "table", (), 3, Mapped(batch=10, max_receives=4)),
        Scenario("fifo", "table", (), 3, ONE_BY_ONE._replace(max_receives=4)),
        Scenario("stream", "stream", (), 3, Mapped(batch=5, max_retries=4)),
    )

    @initialize(scenario=st.sampled_from(scenarios))
    def begin(self, scenario: Scenario) -> None:
        """An empty source."""
        self.world: World = scenario.world()

    @rule(group=st.sampled_from("ab"))
    def send_good(self, group: str) -> None:
        """One that the model answers."""
        self.world.send(good(len(self.world.sent), group))

    @rule(group=st.sampled_from("ab"), kind=st.sampled_from(POISONS))
    def send_poison(self, group: str, kind: str) -> None:
        """One that nothing answers."""
        self.world.send(poison(len(self.world.sent), group, kind))

    @precondition(lambda self: not self.world.is_over)
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """Whatever may happen."""
        with_story(self.world, lambda: self.world.step(DrawnChoices(data)))

    def teardown(self) -> None:
        """Faults stop."""
        if hasattr(self, "world"):
            self.world.faults = 0
            follow(self.world, RecordedChoices())


TestDeliveries: Any = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=60, stateful_step_count=40)
