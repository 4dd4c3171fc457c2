"""Reads a request body as strict JSON (RFC 8259) and writes JSON that every client reads.

Python's parser is laxer than the standard: it takes NaN, and of two equal names the last.
"""

import base64
import json
import re
from itertools import accumulate
from typing import Any, NoReturn

from model_lambda.errors import MalformedJsonError, PayloadTooLargeError, UnsupportedMediaTypeError
from model_lambda.web_api.messages import Request

# No measurement needs as many digits. Python's own limit is not enough: it is for integers alone,
# and 256 KiB of integers of 4,300 digits, which it takes, cost 12 ms; refused here, 0.1 ms.
MOST_DIGITS = 1000
_BLOCK = MOST_DIGITS // 2
# Python 3.14 parses as deep as its stack allows, older ones about a thousand deep: an own limit
# makes the answer the same on each.
DEEPEST_NESTING = 500
# What opens and closes too deep, or has a digit too many, is longer.
_SHORT = min(MOST_DIGITS, 2 * DEEPEST_NESTING)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def read_json(request: Request, max_bytes: int) -> Any:
    """Check the headers and the size, then decode and parse the body.

    Raises:
        UnsupportedMediaTypeError: declared as other than JSON in UTF-8, or compressed.
        PayloadTooLargeError: more than ``max_bytes`` bytes.
        MalformedJsonError: absent, undecodable, or not one strict JSON document.
    """
    _check_media_type(request)
    return parse_json(_text(request, max_bytes))


def parse_json(text: str) -> Any:
    """Parse one strict JSON document.

    Raises:
        MalformedJsonError: it is not one, or not one that is worth reading.
    """
    try:
        if len(text) <= _SHORT:
            return _DECODER.decode(text)
        _refuse_deep_nesting(text)
        decoder = _SCREENING_DECODER if _may_hold_long_number(text) else _DECODER
        return decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise MalformedJsonError("the body is not a JSON document") from error


def _check_media_type(request: Request) -> None:
    headers = request.headers
    encoding = headers.get("content-encoding")
    if encoding and encoding.strip().lower() not in ("identity", ""):
        raise UnsupportedMediaTypeError("a compressed body is not read")
    content_type = headers.get("content-type", "application/json")
    if content_type != "application/json" and not _is_json(content_type):
        raise UnsupportedMediaTypeError("the body is declared as something other than JSON")


def _is_json(content_type: str) -> bool:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        return False
    charsets = [one.partition("=")[2].strip('"') for one in parameters if one.startswith("charset")]
    return all(charset in ("utf-8", "utf8") for charset in charsets)


def _text(request: Request, max_bytes: int) -> str:
    body = request.body
    if body is None:
        raise MalformedJsonError("there is no body")
    if request.body_is_base64:
        return _decoded_base64(body, max_bytes)
    if len(body) > max_bytes or (not body.isascii() and len(_encoded(body)) > max_bytes):
        raise PayloadTooLargeError(f"the body is larger than {max_bytes} bytes")
    return body


def _decoded_base64(body: str, max_bytes: int) -> str:
    # Four characters carry three bytes, so this refuses before decoding.
    if len(body) > (max_bytes + 2) // 3 * 4:
        raise PayloadTooLargeError(f"the body is larger than {max_bytes} bytes")
    try:
        content = base64.b64decode(body, validate=True)
    except ValueError as error:
        raise MalformedJsonError("the body is not base64") from error
    if len(content) > max_bytes:
        raise PayloadTooLargeError(f"the body is larger than {max_bytes} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJsonError("the body is not UTF-8") from error


def _encoded(body: str) -> bytes:
    try:
        return body.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedJsonError("the body is not UTF-8") from error


def _may_hold_long_number(text: str) -> bool:
    # A run of twice a block's digits covers one aligned block whole, so few places need a look.
    return any(text[start : start + _BLOCK].isdigit() for start in range(0, len(text), _BLOCK))


def _refuse_deep_nesting(text: str) -> None:
    if _may_be_too_deep(text) and _depth(_STRING.sub("", text)) > DEEPEST_NESTING:
        raise ValueError("nested too deep")


def _may_be_too_deep(text: str) -> bool:
    """False tells that it is not: of a batch's rows, no bracket is left once pairs are gone."""
    if text.count("[") + text.count("{") <= DEEPEST_NESTING:
        return False
    left = _brackets(text).replace(b"{}", b"").replace(b"[]", b"")
    return left.count(b"[") + left.count(b"{") >= DEEPEST_NESTING


def _depth(text: str) -> int:
    return max(accumulate(map(_STEPS.__getitem__, _brackets(text))), default=0)


def _brackets(text: str) -> bytes:
    return text.encode("utf-8", "replace").translate(None, _NO_BRACKETS)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return members


def _short_int(digits: str) -> int:
    return int(_short(digits))


def _short_float(digits: str) -> float:
    return float(_short(digits))


def _short(digits: str) -> str:
    if len(digits) > MOST_DIGITS:
        raise ValueError("a number of too many digits")
    return digits


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
_SCREENING_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_refuse_constant,
    parse_int=_short_int,
    parse_float=_short_float,
)


def _plain_number(value: Any) -> Any:
    """NumPy's scalars and arrays as Python's, by the method they share."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no JSON form")


# ASCII only: the runtime client of python3.12 and later ends on a lone surrogate written as is.
_encoder = json.JSONEncoder(allow_nan=False, default=_plain_number)


def write_json(document: Any) -> str:
    """Write JSON in pure ASCII; NumPy numbers become plain ones.

    Raises:
        ValueError: a number is NaN or infinite.
        TypeError: something has no JSON form.
    """
    return _encoder.encode(document)
