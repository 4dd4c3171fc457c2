"""Requests of the Open Inference Protocol that are refused: ``{"error": "..."}``."""

import json
from collections.abc import Mapping
from typing import Any

from events.catalogue.answers import (
    CAP,
    NOT_A_LIST,
    NOT_A_NUMBER,
    NOT_AN_OBJECT,
    NOT_FINITE,
    NULL,
    OUT_OF_RANGE,
    REQUIRED,
    TOO_LARGE,
    Answer,
    answer,
)
from events.catalogue.cases import JSON, Case, get, post
from events.catalogue.http_rules import RESERVE_MS
from events.catalogue.open_inference import INFER, MODEL, SETOSA, infer, of_tensor, tensor
from events.proxy_events import HttpRequest
from model_lambda.prediction import MOST_ROWS_LISTED

NO_MODEL = "No model has this qualified name."
NO_VERSION = "The model has no such version."
NO_ROUTE = "No route has this path."
NOT_JSON = "The body is not a JSON document."
OTHER_MEDIA_TYPE = "The body is declared as something other than JSON."
BINARY = "Binary tensor data is not read; send it as JSON (tritonclient: binary_data=False)."
WRONG_INPUTS = "/inputs: Not a list of tensors of this model."
WRONG_SHAPE = "shape: Not [n, 4] with n of at least 0."
WRONG_COUNT = "data: Not as many elements as the shape says."
WRONG_DATATYPE = "datatype: Not one of FP32, FP64, INT64."
WRONG_NAME = "name: Not the name of an input of this model, or given twice."
WRONG_OUTPUT = "Not the name of an output of this model."
RAGGED = "data: Neither flat nor a list of rows of 4 elements."
NOT_SCALARS = "Not all strings, numbers and booleans."
NOT_A_STRING = "/id: Not a string."
OTHER_MODEL = "/model_name: Not the model of the path."
OTHER_VERSION = "/model_version: Not the version of this model."


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An error in the form of the protocol."""
    media_type = {"Content-Type": "application/json"}
    return answer(status, json.dumps({"error": message}), {**media_type, **(headers or {})})


def not_valid(reason: str) -> Answer:
    """400: JSON, but not what the protocol or the model asks for."""
    return error(400, f"The request is not valid. {reason}")


def bad_rows(bad: int | str, rows: int, *reasons: str) -> Answer:
    """400: rows that the model's schema refuses."""
    return error(400, " ".join([f"{bad} of {rows} rows are not valid.", *reasons]))


def method_not_allowed(methods: str) -> Answer:
    """405, with the methods that the path has."""
    return error(405, f"The path answers to {methods}.", {"Allow": methods})


def numbers(*written: str) -> HttpRequest:
    """A request with one row of numbers, written as given."""
    body = json.dumps({"inputs": [tensor(data=["numbers"])]})
    return post(INFER, body.replace('"numbers"', ", ".join(written)))


PATHS = {
    "unknown_path": (get("/v2/repository/index"), error(404, NO_ROUTE)),
    "trailing_slash": (get("/v2/"), error(404, NO_ROUTE)),
    "unknown_model": (get("/v2/models/rose_model"), error(404, NO_MODEL)),
    "unknown_model_ready": (get("/v2/models/rose_model/ready"), error(404, NO_MODEL)),
    "unknown_model_with_bad_body": (
        post("/v2/models/rose_model/infer", "{"),
        error(404, NO_MODEL),
    ),
    "unknown_version": (get(f"{MODEL}/versions/2.0"), error(404, NO_VERSION)),
    "unknown_version_ready": (get(f"{MODEL}/versions/1/ready"), error(404, NO_VERSION)),
    "unknown_version_infer": (infer(f"{MODEL}/versions/01.0/infer"), error(404, NO_VERSION)),
    "infer_with_get": (get(INFER), method_not_allowed("POST, OPTIONS")),
    "live_with_post": (post("/v2/health/live", "{}"), method_not_allowed("GET, HEAD, OPTIONS")),
    "model_with_delete": (HttpRequest("DELETE", MODEL), method_not_allowed("GET, HEAD, OPTIONS")),
}
BODIES = {
    "no_body": (post(INFER, None), error(400, "There is no body.")),
    "truncated": (post(INFER, '{"inputs": ['), error(400, NOT_JSON)),
    "nan": (numbers("NaN", "3.5", "1.4", "0.2"), error(400, NOT_JSON)),
    "number_of_thousands_of_digits": (numbers("1" * 5_000, "1", "1", "1"), error(400, NOT_JSON)),
    "nested_deep": (post(INFER, '{"inputs": ' + "[" * 50_000), error(400, NOT_JSON)),
    "too_large": (
        post(INFER, " " * (CAP + 1)),
        error(413, f"The body is larger than {CAP} bytes."),
    ),
    "other_media_type": (
        post(INFER, "5.1", (("Content-Type", "text/csv"),)),
        error(415, OTHER_MEDIA_TYPE),
    ),
    "compressed": (
        post(INFER, "x", (*JSON, ("Content-Encoding", "gzip"))),
        error(415, "A compressed body is not read."),
    ),
    "binary_data": (
        post(INFER, '{"inputs": []}\0\0\0\0', (("Inference-Header-Content-Length", "14"),)),
        error(415, BINARY),
    ),
    "list": (post(INFER, "[]"), not_valid(NOT_AN_OBJECT)),
    "null": (post(INFER, "null"), not_valid(NOT_AN_OBJECT)),
    "empty_object": (post(INFER, "{}"), not_valid(f"/inputs: {REQUIRED}")),
}
MEMBERS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown_member": ({"outptus": []}, "Unknown member of the request."),
    "model_name_of_another_model": ({"model_name": "rose_model"}, OTHER_MODEL),
    "model_name_null": ({"model_name": None}, OTHER_MODEL),
    "model_name_a_list": ({"model_name": ["iris_model"]}, OTHER_MODEL),
    "model_version_of_none": ({"model_version": "2.0"}, OTHER_VERSION),
    "model_version_a_number": ({"model_version": 1.0}, OTHER_VERSION),
    "id_a_number": ({"id": 42}, NOT_A_STRING),
    "id_null": ({"id": None}, NOT_A_STRING),
    "parameters_a_list": ({"parameters": []}, f"/parameters: {NOT_AN_OBJECT}"),
    "parameters_nested": ({"parameters": {"a": {}}}, f"/parameters: {NOT_SCALARS}"),
    "parameters_null": ({"parameters": {"a": None}}, f"/parameters: {NOT_SCALARS}"),
    "inputs_an_object": ({"inputs": tensor()}, WRONG_INPUTS),
    "inputs_an_object_of_one": ({"inputs": {"features": tensor()}}, WRONG_INPUTS),
    "inputs_a_number": ({"inputs": 1}, WRONG_INPUTS),
    "inputs_null": ({"inputs": None}, WRONG_INPUTS),
    "inputs_empty": ({"inputs": []}, "/inputs: Not a list of one tensor."),
    "inputs_two": ({"inputs": [tensor(), tensor()]}, WRONG_INPUTS),
    "input_a_number": ({"inputs": [5.1]}, f"/inputs/0: {NOT_AN_OBJECT}"),
    "outputs_an_object": ({"outputs": {"name": "label"}}, f"/outputs: {NOT_A_LIST}"),
    "outputs_null": ({"outputs": None}, f"/outputs: {NOT_A_LIST}"),
    "output_a_string": ({"outputs": ["label"]}, f"/outputs/0: {NOT_AN_OBJECT}"),
    "output_without_name": ({"outputs": [{}]}, f"/outputs/0/name: {REQUIRED}"),
    "output_with_unknown_member": (
        {"outputs": [{"name": "label", "shape": [1]}]},
        "/outputs/0: Unknown member of a requested output.",
    ),
    "output_unknown": (
        {"outputs": [{"name": "label"}, {"name": "labels"}]},
        f"/outputs/1/name: {WRONG_OUTPUT}",
    ),
    "output_name_a_list": ({"outputs": [{"name": ["label"]}]}, f"/outputs/0/name: {WRONG_OUTPUT}"),
    "output_twice": (
        {"outputs": [{"name": "label"}] * 2},
        "/outputs: An output is asked for twice.",
    ),
    "outputs_a_thousand": (
        {"outputs": [{"name": "label"}] * 1_000},
        "/outputs: An output is asked for twice.",
    ),
}
# Of the tensor: the reasons are relative to /inputs/0.
TENSORS: dict[str, tuple[dict[str, Any], str]] = {
    "without_name": ({"name": ...}, f"name: {REQUIRED}"),
    "without_shape": ({"shape": ...}, f"shape: {REQUIRED}"),
    "without_datatype": ({"datatype": ...}, f"datatype: {REQUIRED}"),
    "without_data": ({"data": ...}, f"data: {REQUIRED}"),
    "in_shared_memory": (
        {"data": ..., "parameters": {"shared_memory_region": "a"}},
        f"data: {REQUIRED}",
    ),
    "with_nested_parameter": ({"parameters": {"a": []}}, f"parameters: {NOT_SCALARS}"),
    "of_another_name": ({"name": "x"}, WRONG_NAME),
    "of_name_null": ({"name": None}, WRONG_NAME),
    "of_int32": ({"datatype": "INT32"}, WRONG_DATATYPE),
    "of_bytes": ({"datatype": "BYTES", "data": ["5.1", "3.5", "1.4", "0.2"]}, WRONG_DATATYPE),
    "of_small_letters": ({"datatype": "fp32"}, WRONG_DATATYPE),
    "of_datatype_list": ({"datatype": ["FP32"]}, WRONG_DATATYPE),
    "shape_of_one_dimension": ({"shape": [4]}, WRONG_SHAPE),
    "shape_of_three_dimensions": ({"shape": [1, 4, 1]}, WRONG_SHAPE),
    "shape_empty": ({"shape": []}, WRONG_SHAPE),
    "shape_a_number": ({"shape": 4}, WRONG_SHAPE),
    "shape_of_three_features": ({"shape": [1, 3], "data": SETOSA[:3]}, WRONG_SHAPE),
    "shape_negative": ({"shape": [-1, 4]}, WRONG_SHAPE),
    "shape_twice_negative": ({"shape": [-1, -4]}, WRONG_SHAPE),
    "shape_with_fraction": ({"shape": [1.0, 4]}, WRONG_SHAPE),
    "shape_with_true": ({"shape": [True, 4]}, WRONG_SHAPE),
    "shape_with_string": ({"shape": ["1", 4]}, WRONG_SHAPE),
    "shape_huge": ({"shape": [2**62, 4]}, WRONG_COUNT),
    "shape_beyond_64_bits": ({"shape": [10**300, 4]}, WRONG_COUNT),
    "shape_smaller_than_data": ({"data": SETOSA * 2}, WRONG_COUNT),
    "shape_larger_than_data": ({"shape": [2, 4]}, WRONG_COUNT),
    "shape_of_fewer_rows": ({"data": [SETOSA, SETOSA]}, WRONG_COUNT),
    "data_empty": ({"data": []}, WRONG_COUNT),
    "data_for_no_rows": ({"shape": [0, 4]}, WRONG_COUNT),
    "data_a_number": ({"data": 5.1}, f"data: {NOT_A_LIST}"),
    "data_a_string": ({"data": "FP32"}, f"data: {NOT_A_LIST}"),
    "data_ragged": ({"shape": [2, 4], "data": [SETOSA[:3], [*SETOSA, 1.0]]}, RAGGED),
    "data_half_nested": ({"shape": [2, 4], "data": [SETOSA, *SETOSA]}, RAGGED),
    "data_with_a_string_for_a_row": ({"shape": [2, 4], "data": [SETOSA, "5134"]}, RAGGED),
    "int64_with_fraction": (
        {"datatype": "INT64", "data": [5, 3.5, 1, 1]},
        "data: Not all whole numbers.",
    ),
}
# Elements that are no numbers of the model's: a row with one is refused as under /api.
ELEMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "data_nested_too_often": (
        {"data": [[[number] for number in SETOSA]]},
        f"0/0: sepal_length: {NOT_A_NUMBER}",
    ),
    "data_with_a_string": ({"data": [5.1, 3.5, "1.4", 0.2]}, f"2: petal_length: {NOT_A_NUMBER}"),
    "data_with_true": ({"data": [5.1, 3.5, True, 0.2]}, f"2: petal_length: {NOT_A_NUMBER}"),
    "data_with_null": ({"data": [5.1, 3.5, None, 0.2]}, f"2: petal_length: {NULL}"),
    "data_with_an_object": ({"data": [5.1, 3.5, {}, 0.2]}, f"2: petal_length: {NOT_A_NUMBER}"),
    "data_flat_with_a_list": ({"data": [5.1, 3.5, [1.4], 0.2]}, f"2: petal_length: {NOT_A_NUMBER}"),
    "data_nested_with_a_string": (
        {"data": [[5.1, "", 1.4, 0.2]]},
        f"0/1: sepal_width: {NOT_A_NUMBER}",
    ),
    "int64_with_true": (
        {"datatype": "INT64", "data": [5, 3, 1, True]},
        f"3: petal_width: {NOT_A_NUMBER}",
    ),
    "int64_beyond_64_bits": (
        {"datatype": "INT64", "data": [5, 2**63, 1, 1]},
        f"1: sepal_width: {OUT_OF_RANGE}",
    ),
    "int64_written_with_an_exponent_beyond_64_bits": (
        {"datatype": "INT64", "data": [5, 1e300, 1, 1]},
        f"1: sepal_width: {OUT_OF_RANGE}",
    ),
    "integer_too_large_for_a_float": (
        {"data": [5, 10**309, 1, 1]},
        f"1: sepal_width: {TOO_LARGE}",
    ),
    "integer_too_large_for_a_double": (
        {"datatype": "FP64", "data": [5, 10**309, 1, 1]},
        f"1: sepal_width: {TOO_LARGE}",
    ),
}
ROWS = {
    "overflow": (
        numbers("5.1", "3.5", "1.4", "1e400"),
        bad_rows(1, 1, f"/inputs/0/data/3: petal_width: {NOT_FINITE}"),
    ),
    "flat": (
        of_tensor(shape=[3, 4], data=[*SETOSA, 5.1, 3.5, 0.0999999, 0.2, 5.1, 3.5, 1.4, 15.000001]),
        bad_rows(
            2,
            3,
            f"/inputs/0/data/6: petal_length: {OUT_OF_RANGE}",
            f"/inputs/0/data/11: petal_width: {OUT_OF_RANGE}",
        ),
    ),
    "nested": (
        of_tensor(shape=[2, 4], data=[SETOSA, [5.1, 3.5, -1.4, 0.2]]),
        bad_rows(1, 2, f"/inputs/0/data/1/2: petal_length: {OUT_OF_RANGE}"),
    ),
    "int64": (
        of_tensor(datatype="INT64", data=[5, 3, 1, 0]),
        bad_rows(1, 1, f"/inputs/0/data/3: petal_width: {OUT_OF_RANGE}"),
    ),
    "twelve": (
        of_tensor(shape=[12, 4], data=[[51, 35, 14, 2]] * 12),
        bad_rows(
            f"More than {MOST_ROWS_LISTED}",
            12,
            *(
                f"/inputs/0/data/{row}/0: sepal_length: {OUT_OF_RANGE}"
                for row in range(MOST_ROWS_LISTED)
            ),
        ),
    ),
}
CASES = [
    *(Case(f"v2_{name}", *pair) for name, pair in PATHS.items()),
    *(Case(f"v2_infer_{name}", *pair) for name, pair in BODIES.items()),
    *(
        Case(f"v2_infer_{name}", infer(**members), not_valid(reason))
        for name, (members, reason) in MEMBERS.items()
    ),
    *(
        Case(f"v2_tensor_{name}", of_tensor(**changes), not_valid(f"/inputs/0/{reason}"))
        for name, (changes, reason) in TENSORS.items()
    ),
    *(
        Case(f"v2_tensor_{name}", of_tensor(**changes), bad_rows(1, 1, f"/inputs/0/data/{reason}"))
        for name, (changes, reason) in ELEMENTS.items()
    ),
    Case(
        "v2_tensor_with_unknown_member",
        of_tensor(dtype="FP32"),
        not_valid("/inputs/0: Unknown member of an input tensor."),
    ),
    *(Case(f"v2_rows_out_of_range_{name}", *pair) for name, pair in ROWS.items()),
    Case(
        "v2_infer_out_of_time",
        infer(),
        error(
            503,
            "Too little time was left. Nothing was wrong with the request. It may be sent again.",
            {"Retry-After": "1"},
        ),
        remaining_ms=RESERVE_MS - 1,
    ),
]
