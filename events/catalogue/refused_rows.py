"""JSON that the schema refuses: 400 schema-error, with a pointer to each bad field."""

import json
from typing import Any

from events.catalogue.answers import (
    NOT_A_LIST,
    NOT_A_NUMBER,
    NOT_AN_OBJECT,
    NOT_FINITE,
    NULL,
    OUT_OF_RANGE,
    REQUIRED,
    TOO_LARGE,
    UNKNOWN,
    row_error,
    schema_error,
)
from events.catalogue.cases import PREDICT, PREDICTIONS, Case, post
from events.catalogue.good_requests import SETOSA, SETOSA_JSON, VIRGINICA
from model_lambda.prediction import MOST_ROWS_LISTED

FIELDS = tuple(SETOSA)
UNREADABLE = schema_error("The body is not valid.", ("", NOT_AN_OBJECT))

NOT_OBJECTS = {
    "a_list": "[5.1, 3.5, 1.4, 0.2]",
    "a_list_of_rows": f"[{SETOSA_JSON}]",
    "a_string": '"setosa"',
    "a_row_in_a_string": json.dumps(SETOSA_JSON),
    "a_number": "5.1",
    "true": "true",
    "null": "null",
}
# What stands in place of a number, and the reason for the refusal.
VALUES = {
    "string": ('"5.1"', NOT_A_NUMBER),
    "string_empty": ('""', NOT_A_NUMBER),
    "string_with_lone_surrogate": (r'"\ud800"', NOT_A_NUMBER),
    "true": ("true", NOT_A_NUMBER),
    "false": ("false", NOT_A_NUMBER),
    "null": ("null", NULL),
    "list": ("[5.1]", NOT_A_NUMBER),
    "object": ('{"value": 5.1}', NOT_A_NUMBER),
    "nested_a_hundred_deep": ("[" * 100 + "]" * 100, NOT_A_NUMBER),
    "1e400": ("1e400", NOT_FINITE),
    "minus_1e400": ("-1e400", NOT_FINITE),
    "of_four_hundred_digits": ("9" * 400, TOO_LARGE),
    "zero": ("0", OUT_OF_RANGE),
    "minus_zero": ("-0.0", OUT_OF_RANGE),
    "below_the_range": ("0.0999999", OUT_OF_RANGE),
    "above_the_range": ("15.000001", OUT_OF_RANGE),
    "integer_above_the_range": ("16", OUT_OF_RANGE),
    "negative": ("-5.1", OUT_OF_RANGE),
    "in_millimetres": ("51", OUT_OF_RANGE),
    "tiny": ("1e-400", OUT_OF_RANGE),
    "huge": ("1e300", OUT_OF_RANGE),
}


def _without(*names: str) -> str:
    return json.dumps({name: value for name, value in SETOSA.items() if name not in names})


def _row(name: str, body: str, *errors: tuple[str, str]) -> Case:
    return Case(name, post(PREDICT, body), row_error(*errors))


ONE_ROW = [
    *(_row(f"row_is_{name}", body, ("", NOT_AN_OBJECT)) for name, body in NOT_OBJECTS.items()),
    *(_row(f"missing_{name}", _without(name), (f"/{name}", REQUIRED)) for name in FIELDS),
    _row("missing_two", _without(*FIELDS[1:3]), *((f"/{one}", REQUIRED) for one in FIELDS[1:3])),
    _row("row_empty", "{}", *((f"/{name}", REQUIRED) for name in FIELDS)),
    *(
        _row(f"number_is_{name}", SETOSA_JSON.replace("5.1", literal), ("/sepal_length", reason))
        for name, (literal, reason) in VALUES.items()
    ),
    *(
        _row(f"out_of_range_{name}", json.dumps(SETOSA | {name: 15.1}), (f"/{name}", OUT_OF_RANGE))
        for name in FIELDS
    ),
    _row(
        "every_field_wrong",
        '{"sepal_length": "a", "sepal_width": null, "petal_length": 99, "petal_width": 1e999}',
        ("/sepal_length", NOT_A_NUMBER),
        ("/sepal_width", NULL),
        ("/petal_length", OUT_OF_RANGE),
        ("/petal_width", NOT_FINITE),
    ),
    _row("unknown_field", json.dumps({**SETOSA, "colour": "blue"}), ("", UNKNOWN)),
    _row("unknown_field_with_empty_name", json.dumps({**SETOSA, "": 1}), ("", UNKNOWN)),
    _row("unknown_field_of_the_language", json.dumps({**SETOSA, "__class__": 1}), ("", UNKNOWN)),
    _row("unknown_field_with_lone_surrogate", SETOSA_JSON[:-1] + r', "\ud800": 1}', ("", UNKNOWN)),
    _row(
        "a_thousand_unknown_fields",
        json.dumps({**SETOSA, **{f"field_{number}": 1 for number in range(1000)}}),
        ("", UNKNOWN),
    ),
    _row(
        "misspelt_field",
        SETOSA_JSON.replace("petal_width", "petal_witdh"),
        ("/petal_width", REQUIRED),
        ("", UNKNOWN),
    ),
    _row(
        "field_name_in_capitals",
        SETOSA_JSON.replace("petal_width", "PETAL_WIDTH"),
        ("/petal_width", REQUIRED),
        ("", UNKNOWN),
    ),
    _row(
        "field_name_with_space",
        SETOSA_JSON.replace("petal_width", "petal_width "),
        ("/petal_width", REQUIRED),
        ("", UNKNOWN),
    ),
]


def _listed_from(first: int) -> list[tuple[str, str]]:
    rows = range(first, first + MOST_ROWS_LISTED)
    return [(f"/rows/{number}/sepal_width", OUT_OF_RANGE) for number in rows]


def _batch(name: str, document: Any, detail: str, *errors: tuple[str, str]) -> Case:
    return Case(name, post(PREDICTIONS, json.dumps(document)), schema_error(detail, *errors))


def _body(name: str, document: Any, *errors: tuple[str, str]) -> Case:
    return _batch(name, document, "The body is not valid.", *errors)


BAD = SETOSA | {"sepal_width": -1}
MANY_ROWS = [
    *(
        Case(f"predictions_body_is_{name}", post(PREDICTIONS, body), UNREADABLE)
        for name, body in NOT_OBJECTS.items()
    ),
    _body("predictions_without_rows", {}, ("/rows", REQUIRED)),
    _body("predictions_rows_null", {"rows": None}, ("/rows", NOT_A_LIST)),
    _body("predictions_rows_an_object", {"rows": SETOSA}, ("/rows", NOT_A_LIST)),
    _body("predictions_rows_a_string", {"rows": "all"}, ("/rows", NOT_A_LIST)),
    _body("predictions_with_unknown_member", {"rows": [], "limit": 1}, ("", UNKNOWN)),
    _body("predictions_misspelt", {"row": []}, ("/rows", REQUIRED), ("", UNKNOWN)),
    _batch(
        "predictions_one_bad_row_refuses_all",
        {"rows": [SETOSA, BAD, VIRGINICA]},
        "1 of 3 rows are not valid.",
        ("/rows/1/sepal_width", OUT_OF_RANGE),
    ),
    _batch(
        "predictions_every_bad_row_is_named",
        {"rows": [BAD, SETOSA, None, {}, {**SETOSA, "colour": 1}, []]},
        "5 of 6 rows are not valid.",
        ("/rows/0/sepal_width", OUT_OF_RANGE),
        ("/rows/2", NOT_AN_OBJECT),
        ("/rows/3/sepal_length", REQUIRED),
        ("/rows/4", UNKNOWN),
        ("/rows/5", NOT_AN_OBJECT),
    ),
    _batch(
        "predictions_ten_bad_rows_are_listed",
        {"rows": [SETOSA, *[BAD] * 25]},
        f"More than {MOST_ROWS_LISTED} of 26 rows are not valid.",
        *(
            (f"/rows/{number}/sepal_width", OUT_OF_RANGE)
            for number in range(1, MOST_ROWS_LISTED + 1)
        ),
    ),
    _batch(
        "predictions_with_just_ten_bad_rows",
        {"rows": [SETOSA, *[BAD] * MOST_ROWS_LISTED]},
        f"{MOST_ROWS_LISTED} of {MOST_ROWS_LISTED + 1} rows are not valid.",
        *(
            (f"/rows/{number}/sepal_width", OUT_OF_RANGE)
            for number in range(1, MOST_ROWS_LISTED + 1)
        ),
    ),
    _batch(
        "predictions_of_thousands_of_bad_rows",
        {"rows": [0] * 50_000},
        f"More than {MOST_ROWS_LISTED} of 50000 rows are not valid.",
        *((f"/rows/{number}", NOT_AN_OBJECT) for number in range(MOST_ROWS_LISTED)),
    ),
]
CASES = [*ONE_ROW, *MANY_ROWS]
