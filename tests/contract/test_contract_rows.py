"""The contract, row by row, and the cases of the catalogue that hold the function to it.

What no request brings about (a model that fails, NumPy values) is tested in
``tests/unit/test_application.py``; events of other sources, and the warm-up, in ``test_catalogue``.
"""

import pytest

from events.catalogue import CASES

NAMES = {case.name for case in CASES}
ROWS = {
    "GET /api/models: the five fields of each model": ["list_models"],
    "GET metadata: those five and both schemas": ["metadata"],
    "GET metadata of an unknown model: 404": ["unknown_model_metadata"],
    "POST predict: the species": ["predict_setosa", "predict_versicolor", "predict_virginica"],
    "POST predict?probabilities=true": ["probabilities_setosa_1", "probabilities_virginica_2"],
    "POST predictions: in the order of the rows": ["predictions_in_the_order_of_the_rows"],
    "POST predictions: one bad row refuses all": ["predictions_one_bad_row_refuses_all"],
    "POST predictions: bad rows are named": ["predictions_every_bad_row_is_named"],
    "POST predictions: at most ten are listed": ["predictions_ten_bad_rows_are_listed"],
    "the Open Inference Protocol": ["v2_server", "v2_live", "v2_ready", "v2_model", "v2_infer_id"],
    "GET /api/openapi.json and /api/docs": ["openapi", "docs"],
    "OPTIONS: 204 with CORS headers": ["options_models", "options_predict", "options_docs"],
    "HEAD: as GET without body": ["head_models", "head_metadata", "head_docs"],
    "any other method: 405 with Allow": ["delete_models", "get_predict", "post_metadata"],
    "any other path: 404": ["unknown_path_root", "unknown_path_trailing_slash"],
    "body null, absent, empty, blank": ["body_null", "body_absent", "body_empty", "body_blank"],
    "body not JSON, truncated": ["body_not_json", "body_truncated_object"],
    "trailing bytes, BOM": ["trailing_bytes", "byte_order_mark"],
    "NaN and Infinity": ["literal_nan", "literal_infinity", "literal_minus_infinity"],
    "duplicate keys": ["duplicate_name", "duplicate_name_escaped", "duplicate_name_nested"],
    "a number of thousands of digits": ["number_of_thousands_of_digits"],
    "nesting thousands deep": ["nesting_of_arrays", "nesting_of_objects", "nesting_never_closed"],
    "bad base64, not UTF-8": ["bad_base64", "base64_of_latin_1", "base64_of_utf_16"],
    "not an object": ["row_is_a_list", "row_is_null", "row_is_a_string"],
    "a missing field": [f"missing_{name}" for name in ("sepal_length", "petal_width")],
    "an unknown or misspelt field": ["unknown_field", "misspelt_field", "field_name_in_capitals"],
    "string, boolean, null for a number": ["number_is_string", "number_is_true", "number_is_null"],
    "1e400, out of range": ["number_is_1e400", "out_of_range_sepal_length"],
    "an integer is a number": ["an_integer_is_a_number", "highest_allowed_integer"],
    "over the cap: 413": ["body_one_byte_over_the_cap", "body_of_6_megabytes"],
    "just the cap is read": ["body_of_just_the_cap", "base64_body_of_just_the_cap"],
    "content type other than JSON: 415": ["content_type_text", "content_type_charset_latin_1"],
    "compressed body: 415": ["encoding_gzip", "encoding_br"],
    "missing content type is JSON": ["content_type_missing"],
    "charset=utf-8 and +json are JSON": ["content_type_with_charset", "content_type_with_suffix"],
    "base64 with the flag": ["base64_body", "base64_without_the_flag"],
    "header names in any case": ["header_name_in_capitals", "header_name_in_lower_case"],
    "headers null with multiValueHeaders": ["headers_null_with_multi_value_headers"],
    "query and path parameters null": ["query_absent", "path_parameters_absent"],
    "unknown model: 404, also with a bad body": [
        "unknown_model_other",
        "unknown_model_with_bad_body",
    ],
    "remaining time under the reserve: 503": ["out_of_time", "out_of_time_by_1_ms"],
}


@pytest.mark.parametrize("row", ROWS)
def test_each_row_of_the_contract_has_its_cases(row: str) -> None:
    assert [name for name in ROWS[row] if name not in NAMES] == []


def test_cases_come_from_all_three_sources_unless_the_source_is_the_case() -> None:
    from_one = [case.name for case in CASES if len(case.sources) < 3 and not case.changes]
    assert from_one == ["stage_in_a_rest_path"]
