"""Every history from a beginning, by a depth-first search over all choices.

Two moments with the same signature have the same future, for a handler is a function of its event
and of what it is told. So the second is not followed again; its histories are counted all the same.
"""

from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import Any, NamedTuple

from tests.delivery.choices import RecordedChoices
from tests.delivery.results import ViolationError
from tests.delivery.world import World


class Explored(NamedTuple):
    """How much there was: ways from the beginning to an end, moments, steps between them."""

    histories: int
    moments: int
    steps: int


def explore(world: World, *, merges: bool = True) -> Explored:
    """Follow every history to its end.

    Args:
        merges: whether a moment that is known is not followed again.

    Raises:
        ViolationError: one goes wrong; with its story.
    """
    known: dict[Hashable, int] = {}
    steps = 0

    def histories_from(moment: World) -> int:
        nonlocal steps
        if moment.is_over:
            with_story(moment, moment.check_end)
            return 1
        signature = moment.signature()
        if merges and signature in known:
            return known[signature]
        count = 0
        for following in next_moments(moment):
            steps += 1
            count += histories_from(following)
        known[signature] = count
        return count

    histories = histories_from(world)
    return Explored(histories, len(known), steps)


def next_moments(world: World) -> Iterator[World]:
    """Every moment to which one step can lead."""
    beginning: list[int] | None = []
    while beginning is not None:
        choices, following = RecordedChoices(beginning), world.copy()
        with_story(following, partial(following.step, choices))
        yield following
        beginning = choices.next_beginning()


def with_story(world: World, act: Callable[[], None]) -> None:
    """Act, and tell how it came to a violation, if it is one."""
    try:
        act()
    except ViolationError as error:
        error.args = (f"{error}\n{story_of(world)}",)
        raise


def story_of(world: World) -> str:
    """The history as people read it."""
    lines: list[str] = []
    chapter = world.story
    while chapter is not None:
        chapter, template, what = chapter
        lines.append("  " + template % tuple(map(_readable, what)))
    return "\n".join(reversed(lines))


def _readable(what: Any) -> Any:
    if isinstance(what, tuple):
        return ", ".join(map(str, what)) or "nothing"
    return what
