"""What the results of a history amount to for whoever reads them; none may be wrong."""

from collections.abc import Hashable, Iterable, Sequence

from tests.delivery.invocation import Put, message_id
from tests.delivery.rules import is_duplicate
from tests.delivery.sent_messages import Sent


class ViolationError(AssertionError):
    """Something is lost, done twice, wrong or out of order; `number` is the message's."""

    def __init__(self, message: Sent, what: str) -> None:
        super().__init__(f"{message.name} {what}")
        self.number = message.number


class Results:
    """The destination, and its reader, who looks at the keys where the destination does not."""

    def __init__(self, kind: str, *, in_order: bool) -> None:
        """Begin with no results.

        Args:
            kind: of the destination.
            in_order: whether the results of a group have to arrive in the order of its messages.
        """
        self.kind = kind
        self._in_order = in_order
        # By key, when it was accepted first.
        self._accepted: dict[str, int] = {}
        self._done: set[int] = set()
        self._last_of_group: dict[str, int] = {}

    def copy(self) -> "Results":
        """Another that goes on from here."""
        twin = Results(self.kind, in_order=self._in_order)
        twin._accepted = self._accepted.copy()
        twin._done = self._done.copy()
        twin._last_of_group = self._last_of_group.copy()
        return twin

    def signature(self, now: int) -> Hashable:
        """Equal, if what comes from here on is."""
        accepted = frozenset(
            (key, now - moment if self.kind == "fifo" else 0)
            for key, moment in self._accepted.items()
            if self._knows(key, now)
        )
        return accepted, frozenset(self._done), frozenset(self._last_of_group.items())

    def is_done(self, message: Sent) -> bool:
        """Whether the message has had its effect."""
        return message.twin_of in self._done

    def take(self, puts: Iterable[Put], sent: Sequence[Sent], now: int) -> bool:
        """Let results arrive.

        Returns:
            Whether the key of the last was known.

        Raises:
            ViolationError: one is none that should be.
        """
        known = False
        for put in puts:
            known = put.key is not None and self._knows(put.key, now)
            if not known:
                self._have_effect(put, sent)
                if put.key is not None:
                    self._accepted[put.key] = now
        return known

    def _knows(self, key: str, now: int) -> bool:
        if self.kind != "fifo":
            return key in self._accepted
        return is_duplicate(now, self._accepted.get(key))

    def _have_effect(self, put: Put, sent: Sequence[Sent]) -> None:
        message = _message_of(put, sent)
        if message.prediction is None or put.prediction != message.prediction:
            raise ViolationError(message, f"has the result {put.prediction}")
        if message.twin_of in self._done:
            raise ViolationError(message, "has two effects")
        if self._in_order and self._last_of_group.get(message.group, -1) > message.number:
            raise ViolationError(message, "has its result out of order")
        self._done.add(message.twin_of)
        self._last_of_group[message.group] = message.number


def _message_of(put: Put, sent: Sequence[Sent]) -> Sent:
    number = int(put.message_id.removeprefix("id-"))
    assert message_id(sent[number]) == put.message_id
    return sent[number]
