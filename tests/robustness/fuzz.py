"""Sends mutated events to the function: ``python -m tests.robustness.fuzz --count 1000000``.

Each event has to be answered by the rules of ``reply_rules``, never with a 5xx, and has to leave
nothing behind: the next good request gets its 200. An event that is no HTTP request has to raise
UnsupportedEventError. All of it with Lambda's own JSON log at work.
"""

import argparse
import io
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from random import Random
from typing import Any

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_log_utils import LogFormat

from events.stored import read_event, read_response
from model_lambda.config import Settings
from model_lambda.errors import UnsupportedEventError
from model_lambda.lambda_function import create_handler
from model_lambda.ml_model import Row
from model_lambda.model_manager import ModelManager
from model_lambda.models.iris.iris_model import IrisModel
from tests.contract.lambda_context import LambdaContext
from tests.contract.reply_rules import broken_rules
from tests.robustness.mutated_events import mutated_event

CHUNK = 5_000
LARGEST_EVENT = 6_000_000  # bytes; Lambda takes no larger one
LEAST_SHARE = 0.3
_CONTEXT = LambdaContext()
_GOOD_EVENT, _GOOD_REPLY = read_event("predict_setosa"), read_response("predict_setosa")


class FuzzError(AssertionError):
    """An event was not answered as it has to be."""


class CountingModel(IrisModel):
    """The iris model, counting how often it is asked."""

    count = 0

    def predict_batch(
        self, rows: Sequence[Row], *, probabilities: bool = False
    ) -> list[dict[str, Any]]:
        self.count += 1
        return super().predict_batch(rows, probabilities=probabilities)


MODEL = CountingModel()
lambda_handler = create_handler(Settings(), ModelManager([MODEL]))


class DiscardingSink:
    """Takes a log line as Lambda does: by its UTF-8 encoding."""

    def log(self, message: str, frame_type: bytes | None = None) -> None:
        message.encode("utf-8")


@contextmanager
def lambda_log() -> Iterator[None]:
    """Lambda's JSON log, of all that the function has to say."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    bootstrap._setup_logging(LogFormat.JSON, "INFO", DiscardingSink())  # noqa: SLF001 - AWS's
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def is_http(event: Any) -> bool:
    """Whether an event is a request of one of the three sources, by AWS's description of them."""
    if not isinstance(event, dict):
        return False
    if isinstance(event.get("httpMethod"), str) and isinstance(event.get("path"), str):
        return True
    try:
        texts = event["version"], event["rawPath"], event["requestContext"]["http"]["method"]
    except (KeyError, TypeError):
        return False
    return texts[0] == "2.0" and all(isinstance(text, str) for text in texts)


def check_event(event: Any) -> str:
    """Send one event and see that it is answered as it has to be.

    Returns:
        What became of it: ``unsupported``, ``warm-up``, or a status, ``200 by the model`` if the
        model was asked.

    Raises:
        FuzzError: it was not.
    """
    before = MODEL.count
    outcome = _outcome(event)
    if MODEL.count != before:
        if outcome != "200":
            raise FuzzError(f"the model was asked, and the answer is {outcome}")
        outcome = "200 by the model"
    if lambda_handler(_GOOD_EVENT, _CONTEXT) != _GOOD_REPLY:
        raise FuzzError("the next good request is not answered")
    return outcome


def _outcome(event: Any) -> str:
    try:
        reply = lambda_handler(event, _CONTEXT)
    except UnsupportedEventError as error:
        if is_http(event):
            raise FuzzError("an HTTP request is not supported") from error
        return "unsupported"
    return _outcome_of_request(reply) if is_http(event) else _outcome_of_other(event, reply)


def _outcome_of_request(reply: Any) -> str:
    if broken := broken_rules(reply):
        raise FuzzError("; ".join(broken))
    if reply["statusCode"] >= 500:
        raise FuzzError(f"answered with {reply}")
    return str(reply["statusCode"])


def _outcome_of_other(event: Any, reply: Any) -> str:
    if reply is not None or not isinstance(event, dict) or event.get("warmup") is not True:
        raise FuzzError("what is no HTTP request is answered")
    return "warm-up"


def fuzz_chunk(seed: int, count: int) -> Counter[str]:
    """Send ``count`` events drawn from a seed.

    Raises:
        FuzzError: names the event.
    """
    outcomes: Counter[str] = Counter()
    random = Random(seed)
    with lambda_log():
        for number in range(count):
            event = mutated_event(random)
            try:
                outcomes[check_event(event)] += 1
            except Exception as error:
                message = f"{error!r}\nevent {number} of seed {seed}: {event!r}"
                raise FuzzError(message) from error
    return outcomes


def shares(outcomes: Counter[str]) -> tuple[float, float]:
    """The part of the events that reached the model, and the part that was refused."""
    refused = sum(count for outcome, count in outcomes.items() if outcome.startswith("4"))
    refused += outcomes["unsupported"]
    return outcomes["200 by the model"] / outcomes.total(), refused / outcomes.total()


def fuzz(count: int, seed: int, processes: int) -> Counter[str]:
    """Send many events, in chunks over processes; the same seed sends the same events."""
    sizes = [min(CHUNK, count - start) for start in range(0, count, CHUNK)]
    seeds = range(seed, seed + len(sizes))
    outcomes: Counter[str] = Counter()
    started = time.monotonic()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for done in pool.map(fuzz_chunk, seeds, sizes):
            outcomes.update(done)
            _show_progress(outcomes.total(), count, time.monotonic() - started)
    return outcomes


def _show_progress(done: int, count: int, seconds: float) -> None:
    end = "\n" if done == count or not sys.stderr.isatty() else "\r"
    if sys.stderr.isatty() or done == count or done % (20 * CHUNK) == 0:
        print(
            f"{done:,} of {count:,} events, {done / seconds:,.0f} a second",
            end=end,
            file=sys.stderr,
        )


def refusal_ms(size: int = LARGEST_EVENT) -> float:
    """The longest of 50 refusals of a body of ``size`` bytes, in milliseconds.

    Raises:
        FuzzError: it was not refused.
    """
    event, times = {**_GOOD_EVENT, "body": "[" * size}, []
    with lambda_log():
        for _ in range(50):
            started = time.perf_counter()
            outcome = _outcome(event)
            times.append(1000 * (time.perf_counter() - started))
            if outcome != "413":
                raise FuzzError(f"a body of {size} bytes is answered {outcome}")
    return max(times)


def report(outcomes: Counter[str]) -> str:
    """The outcomes as a table."""
    table = io.StringIO()
    for outcome, count in outcomes.most_common():
        print(f"{outcome:<20} {count:>12,} {count / outcomes.total():>8.2%}", file=table)
    reached, refused = shares(outcomes)
    print(f"{outcomes.total():,} events: {reached:.1%} reached the model, ", end="", file=table)
    print(f"{refused:.1%} were refused, none was left unhandled, no 5xx", end="", file=table)
    return table.getvalue()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.robustness.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="events to send")
    parser.add_argument("--seed", type=int, default=1, help="another seed sends other events")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    outcomes = fuzz(options.count, options.seed, options.processes)
    print(report(outcomes))
    print(f"a body of {LARGEST_EVENT:,} bytes was refused in at most {refusal_ms():.1f} ms")
    if min(shares(outcomes)) < LEAST_SHARE:
        sys.exit(f"error: fewer than {LEAST_SHARE:.0%} reached the model, or were refused")


if __name__ == "__main__":
    main()
