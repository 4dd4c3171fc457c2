"""Bodies that are no strict JSON: 400 malformed-json."""

import json
from typing import Any

from events.catalogue.answers import CAP, Answer, malformed
from events.catalogue.cases import PREDICT, PREDICTIONS, Case, Removed, post
from events.catalogue.good_requests import SETOSA_JSON
from model_lambda.web_api.json_body import MOST_DIGITS

MANY_DIGITS = 5_000
DEEP = 100_000
NO_BODY = malformed("There is no body.")
NOT_UTF_8 = malformed("The body is not UTF-8.")
NOT_BASE64 = malformed("The body is not base64.")


def _with_number(literal: str) -> str:
    return SETOSA_JSON.replace("5.1", literal)


BODIES: dict[str, str] = {
    "body_empty": "",
    "body_blank": " \n\t ",
    "body_not_json": "five point one",
    "body_truncated_object": SETOSA_JSON[:-1],
    "body_truncated_string": '{"sepal_len',
    "body_truncated_number": '{"sepal_length": 5.',
    "body_one_brace": "{",
    "trailing_bytes": SETOSA_JSON + "x",
    "trailing_second_document": SETOSA_JSON * 2,
    "trailing_nul": SETOSA_JSON + "\0",
    "byte_order_mark": "\ufeff" + SETOSA_JSON,
    "literal_nan": _with_number("NaN"),
    "literal_infinity": _with_number("Infinity"),
    "literal_minus_infinity": _with_number("-Infinity"),
    "literal_nan_alone": "NaN",
    "literal_undefined": _with_number("undefined"),
    "literal_capitalised": _with_number("True"),
    "duplicate_name": SETOSA_JSON[:-1] + ', "petal_width": 0.2}',
    "duplicate_name_escaped": SETOSA_JSON[:-1] + r', "petal\u005fwidth": 0.2}',
    "duplicate_name_nested": '{"a": {"b": 1, "b": 1}}',
    "number_of_thousands_of_digits": _with_number("1" * MANY_DIGITS),
    "negative_number_of_thousands_of_digits": _with_number("-" + "1" * MANY_DIGITS),
    "fraction_of_thousands_of_digits": _with_number("5." + "1" * MANY_DIGITS),
    "number_of_one_digit_too_many": _with_number("1" * (MOST_DIGITS + 1)),
    "number_that_fills_the_body": "1" * CAP,
    "number_with_leading_zero": _with_number("05.1"),
    "number_with_plus": _with_number("+5.1"),
    "number_without_integer_part": _with_number(".5"),
    "number_without_fraction": _with_number("5."),
    "number_hexadecimal": _with_number("0x5"),
    "number_with_underscore": _with_number("5_1"),
    "number_with_comma": _with_number("5,1"),
    "number_in_other_digits": _with_number("\u0665"),
    "nesting_of_arrays": "[" * DEEP + "]" * DEEP,
    "nesting_of_objects": '{"a":' * (DEEP // 4) + "1" + "}" * (DEEP // 4),
    "nesting_never_closed": "[" * DEEP,
    "nesting_in_a_field": _with_number("[" * DEEP + "]" * DEEP),
    "single_quotes": SETOSA_JSON.replace('"', "'"),
    "trailing_comma": SETOSA_JSON[:-1] + ",}",
    "missing_comma": SETOSA_JSON.replace(",", "", 1),
    "missing_colon": SETOSA_JSON.replace(":", "", 1),
    "name_without_quotes": SETOSA_JSON.replace('"sepal_length"', "sepal_length"),
    "comment": "/* a flower */" + SETOSA_JSON,
    "line_break_in_string": '{"sepal\nlength": 5.1}',
    "control_character_in_string": '{"sepal\x01length": 5.1}',
    "unknown_escape": r'{"sepal\xlength": 5.1}',
    "no_break_space_around": "\u00a0" + SETOSA_JSON,
    "xml": "<flower><sepal_length>5.1</sepal_length></flower>",
    "form_fields": "sepal_length=5.1&sepal_width=3.5&petal_length=1.4&petal_width=0.2",
    "yaml": "sepal_length: 5.1\nsepal_width: 3.5\n",
    "csv": "5.1,3.5,1.4,0.2",
    "markup_in_text": "<script>alert(1)</script>",
    "text_beyond_ascii": "\u82b1 \U0001f33c",
}
BYTES: dict[str, tuple[bytes, Answer]] = {
    "base64_of_nothing": (b"", malformed()),
    "base64_of_utf_8_with_byte_order_mark": (b"\xef\xbb\xbf" + SETOSA_JSON.encode(), malformed()),
    "base64_of_latin_1": ('{"größe": 5.1}'.encode("latin-1"), NOT_UTF_8),
    "base64_of_utf_16": (SETOSA_JSON.encode("utf-16"), NOT_UTF_8),
    "base64_of_a_truncated_character": (b'"\xe8\x8a', NOT_UTF_8),
    "base64_of_an_encoded_surrogate": (b'"\xed\xa0\x80"', NOT_UTF_8),
    "base64_of_an_overlong_character": (b'"\xc0\xaf"', NOT_UTF_8),
    "base64_of_a_zip": (b"PK\x03\x04\x14\x00\x00\x00\x08\x00\xff\xfe", NOT_UTF_8),
    "base64_of_truncated_json": (SETOSA_JSON[:-1].encode(), malformed()),
}
EVENTS: dict[str, tuple[dict[str, Any], Answer]] = {
    "body_null": ({"body": None}, NO_BODY),
    "body_absent": ({"body": Removed}, NO_BODY),
    "body_an_object": ({"body": json.loads(SETOSA_JSON)}, NO_BODY),
    "body_a_number": ({"body": 5}, NO_BODY),
    "body_false": ({"body": False}, NO_BODY),
    "body_a_list": ({"body": [SETOSA_JSON]}, NO_BODY),
    "bad_base64": ({"body": "*** no base64 ***", "isBase64Encoded": True}, NOT_BASE64),
    "bad_base64_padding": ({"body": "eyJhIjoxfQ", "isBase64Encoded": True}, NOT_BASE64),
    "bad_base64_beyond_ascii": ({"body": "\u82b1\u82b1", "isBase64Encoded": True}, NOT_BASE64),
    "base64_flag_on_plain_json": ({"isBase64Encoded": True}, NOT_BASE64),
    "base64_without_the_flag": ({"body": "eyJhIjoxfQ=="}, malformed()),
    "base64_flag_that_is_text": ({"body": "eyJhIjoxfQ==", "isBase64Encoded": "true"}, malformed()),
    "body_null_with_the_flag": ({"body": None, "isBase64Encoded": True}, NO_BODY),
    "body_with_lone_surrogate": ({"body": "\ud800"}, NOT_UTF_8),
}
CASES = [
    *(Case(name, post(PREDICT, body), malformed()) for name, body in BODIES.items()),
    *(Case(name, post(PREDICT, body), expected) for name, (body, expected) in BYTES.items()),
    *(
        Case(name, post(PREDICT, SETOSA_JSON), expected, changes=changes)
        for name, (changes, expected) in EVENTS.items()
    ),
    Case("predictions_truncated", post(PREDICTIONS, '{"rows": ['), malformed()),
    Case("predictions_with_nan", post(PREDICTIONS, '{"rows": [NaN]}'), malformed()),
    Case("predictions_with_rows_twice", post(PREDICTIONS, '{"rows": [], "rows": []}'), malformed()),
]
