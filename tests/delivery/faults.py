"""Long random histories: ``make faults ARGS="--messages 100000 --faults 10000 --seed 1"``.

A queue, a FIFO queue and a shard of a stream each deliver so many messages, one in a hundred of
them bad, while so many faults happen. The same seed makes the same histories. When something is
lost or done twice, the history is run again, and told as far as that message was part of it.
"""

import argparse
import logging
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

from tqdm import tqdm

from tests.delivery.choices import Choices, RandomChoices
from tests.delivery.exploration import explore, with_story
from tests.delivery.results import ViolationError
from tests.delivery.rules import Mapped
from tests.delivery.scenarios import LARGE_SCENARIOS, ONE_BY_ONE, Scenario
from tests.delivery.sent_messages import Sent, good, poison
from tests.delivery.world import World

GROUPS = 50
POISON_SHARE = 100
DEPLOYED = Mapped(batch=10, max_receives=5)
HISTORIES: dict[str, Scenario] = {
    "queue": Scenario("queue", "standard", (), mapped=DEPLOYED),
    "FIFO queue": Scenario("fifo", "fifo", (), mapped=ONE_BY_ONE._replace(max_receives=5)),
    "stream": Scenario("stream", "stream", (), mapped=Mapped(batch=100, max_retries=5)),
}


# How many faults there could be for each message; few of a batch's calls and ends.
FAULTS_OF_A_MESSAGE = {"queue": 0.25, "FIFO queue": 1.2, "stream": 0.2}


class Finished(NamedTuple):
    """What there was in a history."""

    steps: int
    faults: int
    seconds: float


def messages(count: int) -> Iterator[Sent]:
    """So many messages in groups, every hundredth of them bad."""
    for number in range(count):
        group = str(number % GROUPS)
        is_bad = number % POISON_SHARE == POISON_SHARE // 2
        yield poison(number, group) if is_bad else good(number, group)


def begin(name: str, count: int, faults: int) -> World:
    """The first moment of a history."""
    scenario = HISTORIES[name]._replace(messages=tuple(messages(count)), faults=faults)
    world = scenario.world(remembers=False)
    mapped = scenario.mapped
    most = mapped.max_retries if scenario.source == "stream" else (mapped.max_receives or 0) - 1
    world.tolerated = most or 0
    world.about = None
    return world


def choices_of(name: str, count: int, faults: int, seed: int) -> Choices:
    """Faults so often that they are spread over the history."""
    return RandomChoices(seed, min(0.5, faults / (count * FAULTS_OF_A_MESSAGE[name])))


def follow(world: World, choices: Choices, progress: "tqdm[None] | None" = None) -> int:
    """Follow one history to its end; returns the number of its steps.

    Raises:
        ViolationError: it goes wrong; with its story.
    """
    steps = 0
    while not world.is_over:
        with_story(world, lambda: world.step(choices))
        steps += 1
        if progress is not None and steps % 1000 == 0:
            progress.update(world.settled - progress.n)
    with_story(world, world.check_end)
    return steps


def run(name: str, count: int, faults: int, seed: int, *, shows: bool = False) -> Finished:
    """Follow one long history.

    Raises:
        ViolationError: it goes wrong; told is what happened to the message.
    """
    started = time.monotonic()
    world = begin(name, count, faults)
    with tqdm(total=count, desc=name, unit=" messages", disable=not shows) as progress:
        try:
            steps = follow(world, choices_of(name, count, faults, seed), progress)
        except ViolationError as error:
            again = begin(name, count, faults)
            again.about = error.number
            follow(again, choices_of(name, count, faults, seed))
            raise
    return Finished(steps, faults - world.faults, time.monotonic() - started)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.delivery.faults", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--faults", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other histories")
    parser.add_argument("--every", action="store_true", help="all small histories, two faults each")
    options = parser.parse_args()
    logging.getLogger("model_lambda").setLevel(logging.CRITICAL)
    try:
        for name in HISTORIES:
            found = run(name, options.messages, options.faults, options.seed, shows=True)
            print(
                f"{name}: {options.messages:,} messages, {found.faults:,} faults, "
                f"{found.steps:,} steps, {found.seconds:.0f} s: nothing lost, nothing done twice"
            )
        if options.every:
            for name, scenario in LARGE_SCENARIOS.items():
                explored = explore(scenario.world())
                print(f"{name}: {explored.histories:,} histories, {explored.moments:,} moments")
    except ViolationError as error:
        sys.exit(f"seed {options.seed}: {error}")


if __name__ == "__main__":
    main()
