import base64
import decimal
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_lambda.errors import (
    MalformedJsonError,
    PayloadTooLargeError,
    UnsupportedMediaTypeError,
)
from model_lambda.web_api.json_body import parse_json, read_json, write_json
from model_lambda.web_api.messages import Request

CAP = 64
JSON = {"content-type": "application/json"}

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def _read(body: Any, headers: dict[str, str] | None = None, *, flag: bool = False) -> Any:
    headers = JSON if headers is None else headers
    return read_json(Request("POST", "/", headers, body=body, body_is_base64=flag), CAP)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


@given(documents.filter(lambda document: "Infinity" not in json.dumps(document)))
def test_json_is_read_as_it_was_written(document: Any) -> None:
    assert parse_json(json.dumps(document)) == document
    assert parse_json(json.dumps(document, ensure_ascii=False)) == document


@given(documents)
def test_what_is_written_is_ascii_that_reads_back(document: Any) -> None:
    try:
        text = write_json(document)
    except ValueError:
        assert "Infinity" in json.dumps(document)
        return
    assert text.isascii()
    assert json.loads(text) == document


@given(st.text())
def test_any_text_is_json_or_refused(text: str) -> None:
    try:
        parse_json(text)
    except MalformedJsonError:
        return
    json.loads(text)


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("around", ["{}", "[{}]", '{{"a": {}}}', "[1, {}]"])
def test_constants_that_are_not_json_are_refused(name: str, around: str) -> None:
    with pytest.raises(MalformedJsonError):
        parse_json(around.format(name))


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 1}', '{"a": 1, "\\u0061": 2}', '[{"b": {"": 1, "": 2}}]']
)
def test_a_name_that_stands_twice_in_an_object_is_refused(text: str) -> None:
    with pytest.raises(MalformedJsonError):
        parse_json(text)


def test_a_name_may_stand_in_several_objects() -> None:
    assert parse_json('{"a": {"a": 1}, "b": [{"a": 2}]}') == {"a": {"a": 1}, "b": [{"a": 2}]}


NUMBERS = {
    "an integer": "1{}",
    "a negative integer": "-1{}",
    "a fraction": "1.{}",
    "an exponent": "1e{}",
    "an integer in a list": "[1, 1{}]",
    "an integer behind a long text": '["' + "a" * 700 + '", 1{}]',
    "an integer in an object": '{{"a": 1{}}}',
}


@pytest.mark.parametrize("pattern", NUMBERS.values(), ids=NUMBERS.keys())
@pytest.mark.parametrize("count", [1000, 1499, 5000, 200_000])
def test_a_number_of_more_than_a_thousand_digits_is_refused(pattern: str, count: int) -> None:
    with pytest.raises(MalformedJsonError):
        parse_json(pattern.format("0" * count))


@pytest.mark.parametrize("offset", range(0, 1001, 50))
def test_a_long_number_is_found_wherever_it_begins(offset: int) -> None:
    with pytest.raises(MalformedJsonError):
        parse_json(" " * offset + "1" * 1001)


def test_a_number_may_have_a_thousand_digits() -> None:
    assert parse_json("1" * 1000) == int("1" * 1000)
    assert parse_json(" " * 500 + "[" + "1" * 1000 + "]") == [int("1" * 1000)]
    assert parse_json("0." + "1" * 998) == pytest.approx(1 / 9)


def test_digits_in_a_text_are_no_number() -> None:
    digits = "1" * 5000
    assert parse_json(f'"{digits}"') == digits


@pytest.mark.parametrize("member", ['"b": NaN', '"a": 1', '"b": Infinity', '"b": 01'])
def test_a_document_with_many_digits_is_read_as_strictly(member: str) -> None:
    digits = "1" * 5000
    with pytest.raises(MalformedJsonError):
        parse_json(f'{{"a": "{digits}", {member}}}')


def test_after_a_screened_document_numbers_keep_their_types() -> None:
    screened = parse_json('["' + "1" * 2000 + '", 1, 1.5]')
    assert [type(one) for one in screened[1:]] == [int, float]


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("closed", [True, False])
def test_nesting_of_a_hundred_thousand_is_refused(opening: str, closed: bool) -> None:
    closing = "".join({"[": "]", "{": "}"}.get(one, "") for one in reversed(opening))
    text = opening * 100_000 + "1" + (closing * 100_000 if closed else "")
    with pytest.raises(MalformedJsonError):
        parse_json(text)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"]":', "}]")])
def test_nesting_is_read_up_to_five_hundred_on_every_python(opening: str, closing: str) -> None:
    levels = len(closing)
    parse_json(opening * (500 // levels) + "1" + closing * (500 // levels))
    with pytest.raises(MalformedJsonError):
        parse_json(opening * (502 // levels) + "1" + closing * (502 // levels))


def test_brackets_in_strings_and_side_by_side_are_no_nesting() -> None:
    beside: list[Any] = [{"a": [[]]}] * 600
    assert parse_json(json.dumps(beside)) == beside
    assert parse_json(json.dumps(['[{\\"' * 600])) == ['[{\\"' * 600]


def test_nesting_of_a_hundred_is_read() -> None:
    assert parse_json("[" * 100 + "]" * 100)


@pytest.mark.parametrize("body", [None])
@pytest.mark.parametrize("flag", [False, True])
def test_no_body_is_refused(body: None, flag: bool) -> None:
    with pytest.raises(MalformedJsonError, match="there is no body"):
        _read(body, flag=flag)


@pytest.mark.parametrize(
    "body", ["", " ", "\n\t", "\ufeff{}", "{}x", "{} {}", "\u00a0{}", "{'a': 1}"]
)
@pytest.mark.parametrize("flag", [False, True])
def test_a_body_that_is_not_one_json_document_is_refused(body: str, flag: bool) -> None:
    with pytest.raises(MalformedJsonError, match="the body is not a JSON document"):
        _read(_base64(body.encode()) if flag else body, flag=flag)


def test_a_refusal_keeps_the_body_out_of_its_message() -> None:
    with pytest.raises(MalformedJsonError) as raised:
        _read("secret")
    assert "secret" not in str(raised.value)


def test_a_base64_body_is_decoded() -> None:
    assert _read(_base64('{"a": "\u82b1"}'.encode()), flag=True) == {"a": "\u82b1"}


@pytest.mark.parametrize("body", ["*", "e30", "e30=\n", " e30=", "e3=0", "\u82b1", "e30-", "e30_"])
def test_what_is_not_base64_is_refused(body: str) -> None:
    with pytest.raises(MalformedJsonError, match="the body is not base64"):
        _read(body, flag=True)


@pytest.mark.parametrize(
    "content", [b"\xff", b'"\xed\xa0\x80"', b'"\xc0\xaf"', "{}".encode("utf-16")]
)
def test_bytes_that_are_not_utf_8_are_refused(content: bytes) -> None:
    with pytest.raises(MalformedJsonError, match="the body is not UTF-8"):
        _read(_base64(content), flag=True)


def test_text_that_has_no_utf_8_is_refused() -> None:
    with pytest.raises(MalformedJsonError, match="the body is not UTF-8"):
        _read('"\ud800"')


# Two characters of three bytes each, or spaces, up to the size that is wanted.
def _padded(size: int) -> str:
    return '"\u82b1\u82b1"' + " " * (size - 8)


@pytest.mark.parametrize("make", ["1".ljust, _padded])
@pytest.mark.parametrize("flag", [False, True])
def test_the_cap_counts_bytes(make: Any, flag: bool) -> None:
    def body(size: int) -> str:
        text: str = make(size)
        assert len(text.encode()) == size
        return _base64(text.encode()) if flag else text

    assert _read(body(CAP), flag=flag)
    for size in (CAP + 1, CAP + 2, CAP + 3, 10 * CAP):
        with pytest.raises(PayloadTooLargeError, match=f"the body is larger than {CAP} bytes"):
            _read(body(size), flag=flag)


def test_a_body_far_over_the_cap_is_refused_by_its_length_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """6 MB are neither decoded, nor encoded, nor parsed."""
    done: list[str] = []

    class WatchedText(str):
        __slots__ = ()

        def encode(self, *_: Any) -> bytes:
            done.append("encode")
            return b""

    monkeypatch.setattr(base64, "b64decode", lambda *_, **__: done.append("b64decode"))
    monkeypatch.setattr(json.JSONDecoder, "decode", lambda *_: done.append("decode"))
    for text in ("[" * 6_000_000, "\u82b1" * 6_000_000):
        for flag in (False, True):
            with pytest.raises(PayloadTooLargeError):
                _read(WatchedText(text), flag=flag)
    assert done == []


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json; charset=utf8",
        "APPLICATION/JSON",
        " application/json ",
        "application/json; profile=x; charset=utf-8",
        "application/problem+json",
        "application/vnd.flower.v1+json; charset=utf-8",
    ],
)
def test_json_may_be_declared_in_several_ways(content_type: str) -> None:
    assert _read("{}", {"content-type": content_type}) == {}


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "json",
        "text/json",
        "text/plain",
        "application/xml",
        "application/jsonx",
        "application/json-seq",
        "image/svg+json",
        "xapplication/json",
        "application/json, application/json",
        "application/json; charset=latin-1",
        "application/json; charset=",
        "application/json; charset=utf-8; charset=utf-16",
        "multipart/form-data; boundary=application/json",
    ],
)
def test_other_media_types_are_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaTypeError, match="declared as something other than JSON"):
        _read("{}", {"content-type": content_type})


def test_a_missing_content_type_is_json() -> None:
    assert _read("{}", {}) == {}


@pytest.mark.parametrize("encoding", ["identity", "", "IDENTITY", " identity "])
def test_an_encoding_that_changes_nothing_is_taken(encoding: str) -> None:
    assert _read("{}", {**JSON, "content-encoding": encoding}) == {}


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "deflate", "identity, gzip", "x"])
def test_a_compressed_body_is_refused(encoding: str) -> None:
    with pytest.raises(UnsupportedMediaTypeError, match="a compressed body is not read"):
        _read("{}", {**JSON, "content-encoding": encoding})


def test_headers_are_checked_before_the_size_and_the_size_before_the_content() -> None:
    large = "[" * (CAP + 1)
    with pytest.raises(UnsupportedMediaTypeError):
        _read(large, {"content-type": "text/plain"})
    with pytest.raises(PayloadTooLargeError):
        _read(large)


def test_numpy_numbers_and_arrays_are_written_as_plain_ones() -> None:
    document = {"a": np.float32(0.5), "b": np.int64(1), "c": np.bool_(False), "d": np.arange(2)}
    assert write_json(document) == '{"a": 0.5, "b": 1, "c": false, "d": [0, 1]}'


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), np.float64("nan"), np.float32("inf"), np.array([np.nan])]
)
def test_a_number_that_is_none_is_not_written(value: Any) -> None:
    with pytest.raises(ValueError, match="Out of range float values"):
        write_json([value])


@pytest.mark.parametrize("value", [b"a", {1}, object(), decimal.Decimal(1), {(1, 2): 3}])
def test_what_has_no_json_form_is_not_written(value: Any) -> None:
    with pytest.raises(TypeError):
        write_json([value])
