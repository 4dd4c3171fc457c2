"""Compares an answer of the function with the expected one.

Whole and exactly, but for the decimals in a body: probabilities may differ by rounding between
processors and between the two engines.
"""

import re
from collections.abc import Mapping
from typing import Any

TOLERANCE = 1e-5
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_INSTANCE = re.compile(r'"instance": "[^"]+"')
_LONGEST_SHOWN = 300


def difference(expected: Any, actual: Any) -> str | None:
    """Compare two return values of the handler.

    Returns:
        What differs, in one line; None if nothing does.
    """
    if not (isinstance(expected, Mapping) and isinstance(actual, Mapping)):
        return None if _same(expected, actual) else _unlike("the answer", expected, actual)
    if expected.keys() != actual.keys():
        return _unlike("the fields", sorted(expected), sorted(actual))
    for name, value in expected.items():
        same = same_body if name == "body" else _same
        if not same(value, actual[name]):
            return _unlike(name, value, actual[name])
    return None


def live_difference(
    expected: Mapping[str, Any], status: int, headers: Mapping[str, str], body: str
) -> str | None:
    """Compare an HTTP response with the return value expected of the handler.

    A gateway adds headers of its own and gives each request an id of its own.
    """
    if status != expected["statusCode"]:
        return _unlike("status", expected["statusCode"], status)
    received = {name.lower(): value for name, value in headers.items()}
    for name, value in expected["headers"].items():
        if received.get(name.lower()) != value:
            return _unlike(name, value, received.get(name.lower()))
    if not same_body(_without_instance(expected["body"]), _without_instance(body)):
        return _unlike("body", expected["body"], body)
    return None


def same_body(expected: Any, actual: Any) -> bool:
    """Whether two bodies are equal, text for text; decimals may differ by ``TOLERANCE``."""
    if expected == actual:
        return True
    if not (isinstance(expected, str) and isinstance(actual, str)):
        return False
    if _NUMBER.split(expected) != _NUMBER.split(actual):
        return False
    pairs = zip(_NUMBER.findall(expected), _NUMBER.findall(actual), strict=True)
    return all(_same_number(one, other) for one, other in pairs)


def _same_number(one: str, other: str) -> bool:
    if one == other:
        return True
    both_decimal = not (one.lstrip("-").isdigit() or other.lstrip("-").isdigit())
    return both_decimal and abs(float(one) - float(other)) <= TOLERANCE


def _same(one: Any, other: Any) -> bool:
    # repr tells 200 from 200.0 and True from 1, at any depth.
    return bool(one == other) and repr(_sorted(one)) == repr(_sorted(other))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return value


def _without_instance(body: str) -> str:
    return _INSTANCE.sub('"instance": "..."', body)


def _unlike(what: str, expected: Any, actual: Any) -> str:
    return f"{what}: expected {_short(expected)}, got {_short(actual)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}... ({len(text)})"
