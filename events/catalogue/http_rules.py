"""Methods, paths, media types, sizes and time: 204, 404, 405, 413, 415 and 503."""

import json

from events.catalogue.answers import (
    CAP,
    IRIS,
    METADATA,
    Answer,
    compressed,
    invalid_parameter,
    method_not_allowed,
    model_not_found,
    not_found,
    not_json,
    ok,
    out_of_time,
    preflight,
    species,
    too_large,
    without_body,
)
from events.catalogue.cases import (
    FORMAT_2,
    JSON,
    PREDICT,
    PREDICTIONS,
    REST_API,
    Case,
    get,
    post,
)
from events.catalogue.good_requests import SETOSA_JSON
from events.limits import INVOCATION_BYTES
from events.proxy_events import HttpRequest, Pairs
from model_lambda.config import Settings

MODELS = "/api/models"
METADATA_PATH = f"{MODELS}/iris_model/metadata"
READ, WRITE = "GET, HEAD, OPTIONS", "POST, OPTIONS"
PATHS = {
    "models": (MODELS, READ),
    "metadata": (METADATA_PATH, READ),
    "predict": (PREDICT, WRITE),
    "predictions": (PREDICTIONS, WRITE),
}
RESERVE_MS = Settings().deadline_reserve_ms


def _method(name: str, method: str, path: str, expected: Answer) -> Case:
    return Case(name, HttpRequest(method, path), expected)


METHODS = [
    *(_method(f"options_{n}", "OPTIONS", path, preflight(m)) for n, (path, m) in PATHS.items()),
    _method("options_unknown_path", "OPTIONS", "/api/flowers", not_found()),
    _method("head_models", "HEAD", MODELS, without_body(ok({"models": [IRIS]}))),
    _method("head_metadata", "HEAD", METADATA_PATH, without_body(ok(METADATA))),
    _method("head_predict", "HEAD", PREDICT, without_body(method_not_allowed(WRITE))),
    _method("head_unknown_path", "HEAD", "/api/flowers", without_body(not_found())),
    _method(
        "head_unknown_model",
        "HEAD",
        f"{MODELS}/rose_model/metadata",
        without_body(model_not_found()),
    ),
    *(
        _method(f"{method.lower()}_{name}", method, path, method_not_allowed(allowed))
        for name, (path, allowed) in PATHS.items()
        for method in ("DELETE", "PUT", "PATCH", "TRACE", "BREW")
    ),
    _method("post_models", "POST", MODELS, method_not_allowed(READ)),
    _method("post_metadata", "POST", METADATA_PATH, method_not_allowed(READ)),
    _method("get_predict", "GET", PREDICT, method_not_allowed(WRITE)),
    _method("get_predictions", "GET", PREDICTIONS, method_not_allowed(WRITE)),
    _method("method_empty", "", MODELS, method_not_allowed(READ)),
    _method("method_beyond_ascii", "G\u00c9T", MODELS, method_not_allowed(READ)),
]
UNKNOWN_PATHS = {
    "root": "/",
    "empty": "",
    "api": "/api",
    "trailing_slash": "/api/models/",
    "model_alone": "/api/models/iris_model",
    "in_capitals": "/API/MODELS",
    "without_leading_slash": "api/models",
    "with_more_behind": f"{PREDICT}/now",
    "predict_with_trailing_slash": f"{PREDICT}/",
    "without_model_name": "/api/models//predict",
    "double_slash": "//api/models",
    "traversal": "/api/models/../../etc/passwd",
    "traversal_encoded": "/api/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "line_break_behind": "/api/models\n",
    "line_break_encoded": "/api/models%0A",
    "beyond_ascii": "/\u82b1",
    "not_utf_8": "/%ff%fe",
    "very_long": "/" + "a" * 8_000,
    "markup": "/<script>alert(1)</script>",
    "another_site": "https://example.com/api/models",
}
UNKNOWN_MODELS = {
    "other": "rose_model",
    "in_capitals": "IRIS_MODEL",
    "with_space": "iris_model%20",
    "with_nul": "iris_model%00",
    "of_the_language": "__class__",
    "beyond_ascii": "\u82b1",
    "beyond_ascii_encoded": "%E8%8A%B1",
    "very_long": "m" * 5_000,
    "markup": "<b>",
    "braces": "{qualified_name}",
}
NOT_FOUND = [
    *(Case(f"unknown_path_{n}", get(path), not_found()) for n, path in UNKNOWN_PATHS.items()),
    *(
        Case(
            f"unknown_model_{name}",
            post(f"{MODELS}/{model}/predict", SETOSA_JSON),
            model_not_found(),
        )
        for name, model in UNKNOWN_MODELS.items()
    ),
    Case("unknown_model_metadata", get(f"{MODELS}/rose_model/metadata"), model_not_found()),
    Case(
        "unknown_model_predictions",
        post(f"{MODELS}/rose_model/predictions", '{"rows": []}'),
        model_not_found(),
    ),
    Case(
        "unknown_model_with_bad_body",
        post(f"{MODELS}/rose_model/predict", "{"),
        model_not_found(),
    ),
    Case(
        "unknown_model_with_large_body",
        post(f"{MODELS}/rose_model/predict", " " * (CAP + 1)),
        model_not_found(),
    ),
    Case(
        "unknown_model_with_other_media_type",
        post(f"{MODELS}/rose_model/predict", "a,b", (("Content-Type", "text/csv"),)),
        model_not_found(),
    ),
    Case(
        "stage_that_is_not_the_one_of_the_event",
        get("/prod/api/models"),
        not_found(),
        FORMAT_2,
        {"requestContext.stage": "dev"},
    ),
    Case(
        "base_path_that_no_route_explains",
        get("/flowers/api/models"),
        not_found(),
        REST_API,
        {"resource": "/{proxy+}", "pathParameters": {"proxy": "flowers/api/models"}},
    ),
    Case("stage_in_a_rest_path", get("/dev/api/models"), not_found(), REST_API),
]
SIZES = [
    Case("body_one_byte_over_the_cap", post(PREDICT, SETOSA_JSON.ljust(CAP + 1)), too_large()),
    Case("body_of_6_megabytes", post(PREDICT, "[" * INVOCATION_BYTES), too_large()),
    Case("cap_counts_bytes_not_characters", post(PREDICT, "\u82b1" * (CAP // 2)), too_large()),
    Case("base64_body_one_byte_over", post(PREDICT, b" " * (CAP + 1)), too_large()),
    Case("base64_body_two_bytes_over", post(PREDICT, b" " * (CAP + 2)), too_large()),
    Case("base64_body_of_6_megabytes", post(PREDICT, b"\xff" * INVOCATION_BYTES), too_large()),
    Case("predictions_over_the_cap", post(PREDICTIONS, " " * (CAP + 1)), too_large()),
]


def _declared(name: str, headers: Pairs, expected: Answer) -> Case:
    return Case(name, post(PREDICT, SETOSA_JSON, headers), expected)


OTHER_MEDIA_TYPES = {
    "text": "text/plain",
    "text_json": "text/json",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=x",
    "xml": "application/xml",
    "binary": "application/octet-stream",
    "json_like": "application/jsonx",
    "json_lines": "application/x-ndjson",
    "suffix_of_another_tree": "image/svg+json",
    "charset_latin_1": "application/json; charset=iso-8859-1",
    "charset_utf_16": "application/json; charset=utf-16",
    "charset_empty": "application/json; charset=",
    "no_slash": "json",
    "empty": "",
    "any": "*/*",
    "several": "application/json, text/plain",
    "beyond_ascii": "application/js\u00f6n",
}
MEDIA_TYPES = [
    *(
        _declared(f"content_type_{name}", (("Content-Type", value),), not_json())
        for name, value in OTHER_MEDIA_TYPES.items()
    ),
    _declared("content_type_twice", (*JSON, *JSON), not_json()),
    *(
        _declared(
            f"encoding_{value.replace(', ', '_')}",
            (*JSON, ("Content-Encoding", value)),
            compressed(),
        )
        for value in ("gzip", "br", "deflate", "GZIP", "zstd", "gzip, gzip")
    ),
    Case(
        "content_type_is_read_before_the_size",
        post(PREDICT, " " * (CAP + 1), (("Content-Type", "text/plain"),)),
        not_json(),
    ),
    Case(
        "media_type_of_predictions",
        post(PREDICTIONS, '{"rows": []}', (("Content-Type", "text/csv"),)),
        not_json(),
    ),
]
PARAMETERS = [
    Case(
        f"probabilities_{name}",
        post(PREDICT, SETOSA_JSON, query=query),
        invalid_parameter(),
    )
    for name, query in {
        "in_capitals": (("probabilities", "TRUE"),),
        "one": (("probabilities", "1"),),
        "empty": (("probabilities", ""),),
        "with_space": (("probabilities", "true "),),
        "beyond_ascii": (("probabilities", "\u82b1"),),
        "twice": (("probabilities", "true"), ("probabilities", "true")),
        "both_ways": (("probabilities", "false"), ("probabilities", "true")),
    }.items()
] + [
    Case(
        "predictions_probabilities_invalid",
        post(PREDICTIONS, '{"rows": []}', query=(("probabilities", "yes"),)),
        invalid_parameter(),
    ),
]


def _late(name: str, request: HttpRequest, expected: Answer, remaining_ms: int = 50) -> Case:
    return Case(name, request, expected, remaining_ms=remaining_ms)


TIME = [
    _late("out_of_time", post(PREDICT, SETOSA_JSON), out_of_time()),
    _late("out_of_time_for_predictions", post(PREDICTIONS, '{"rows": []}'), out_of_time()),
    _late("out_of_time_for_metadata", get(METADATA_PATH), out_of_time()),
    _late("out_of_time_by_1_ms", post(PREDICT, SETOSA_JSON), out_of_time(), RESERVE_MS - 1),
    _late("out_of_time_already", post(PREDICT, SETOSA_JSON), out_of_time(), -1),
    _late("just_in_time", post(PREDICT, SETOSA_JSON), species("setosa"), RESERVE_MS),
    _late("unknown_path_however_late", get("/api/flowers"), not_found()),
    _late("options_however_late", HttpRequest("OPTIONS", MODELS), preflight(READ)),
    _late("wrong_method_however_late", get(PREDICT), method_not_allowed(WRITE)),
]
ORDER = [
    Case(
        "a_parameter_is_read_before_the_body",
        post(PREDICT, "{", query=(("probabilities", "maybe"),)),
        invalid_parameter(),
    ),
    Case(
        "body_of_a_read_is_ignored",
        HttpRequest("GET", MODELS, headers=JSON, body="{"),
        ok({"models": [json.loads(json.dumps(IRIS))]}),
    ),
]
CASES = [*METHODS, *NOT_FOUND, *SIZES, *MEDIA_TYPES, *PARAMETERS, *TIME, *ORDER]
