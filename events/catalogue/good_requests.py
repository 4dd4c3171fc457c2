"""Requests that are answered with 200."""

import json

from events.catalogue.answers import CAP, IRIS, METADATA, Answer, ok, species
from events.catalogue.cases import (
    FORMAT_2,
    PREDICT,
    PREDICTIONS,
    REST_API,
    Case,
    Removed,
    get,
    post,
)

Row = dict[str, float]


def row(sepal_length: float, sepal_width: float, petal_length: float, petal_width: float) -> Row:
    """A flower, in cm."""
    return {
        "sepal_length": sepal_length,
        "sepal_width": sepal_width,
        "petal_length": petal_length,
        "petal_width": petal_width,
    }


SETOSA = row(5.1, 3.5, 1.4, 0.2)
VERSICOLOR = row(7.0, 3.2, 4.7, 1.4)
VIRGINICA = row(6.3, 3.3, 6.0, 2.5)
FLOWERS = {"setosa": SETOSA, "versicolor": VERSICOLOR, "virginica": VIRGINICA}
SETOSA_JSON = json.dumps(SETOSA)
WITH_PROBABILITIES = (("probabilities", "true"),)


def with_probabilities(name: str, *shares: float) -> dict[str, object]:
    """A prediction with the probability of each species."""
    return {"species": name, "probabilities": dict(zip(FLOWERS, shares, strict=True))}


# As scikit-learn gave them at training: flowers that the model was not trained on.
MEASURED = {
    "setosa_1": (row(4.4, 3.0, 1.3, 0.2), ("setosa", 0.98226, 0.016914, 0.000826)),
    "setosa_2": (row(4.4, 3.2, 1.3, 0.2), ("setosa", 0.983165, 0.015988, 0.000847)),
    "versicolor_1": (row(4.9, 2.4, 3.3, 1.0), ("versicolor", 0.014431, 0.930913, 0.054656)),
    "versicolor_2": (row(5.0, 2.3, 3.3, 1.0), ("versicolor", 0.013914, 0.931123, 0.054962)),
    "virginica_1": (row(6.1, 3.0, 4.9, 1.8), ("virginica", 0.011433, 0.060248, 0.928319)),
    "virginica_2": (row(6.5, 3.0, 5.2, 2.0), ("virginica", 0.011786, 0.029658, 0.958556)),
}


def predict_case(name: str, body: str | bytes, expected: str = "setosa") -> Case:
    """One row, and the species it is."""
    return Case(name, post(PREDICT, body), species(expected))


def predictions_case(name: str, rows: list[Row], predictions: list[object]) -> Case:
    """Several rows, and what each is."""
    return Case(name, post(PREDICTIONS, json.dumps({"rows": rows})), _listed(predictions))


def _listed(predictions: list[object]) -> Answer:
    return ok({"predictions": predictions})


READING = [
    Case("list_models", get("/api/models"), ok({"models": [IRIS]})),
    Case("list_models_ignores_a_query", get("/api/models", (("a", "b"),)), ok({"models": [IRIS]})),
    Case("metadata", get("/api/models/iris_model/metadata"), ok(METADATA)),
    Case("percent_encoded_path", get("/api/models/iris%5Fmodel/metadata"), ok(METADATA)),
]
PREDICTING = [
    *(
        predict_case(f"predict_{name}", json.dumps(flower), name)
        for name, flower in FLOWERS.items()
    ),
    predict_case("an_integer_is_a_number", json.dumps(row(5, 3, 1, 0.2))),
    predict_case("lowest_allowed_number", json.dumps(SETOSA | {"petal_width": 0.1})),
    # No flower is like these two: the species is what scikit-learn says.
    predict_case("highest_allowed_number", json.dumps(VIRGINICA | {"petal_length": 15.0})),
    predict_case("highest_allowed_integer", json.dumps(VIRGINICA | {"petal_length": 15})),
    predict_case("members_in_another_order", json.dumps(dict(reversed(SETOSA.items())))),
    predict_case("white_space_around", f" \t\r\n{SETOSA_JSON}\n \t"),
    predict_case("indented", json.dumps(SETOSA, indent=4)),
    predict_case("escaped_member_name", SETOSA_JSON.replace("sepal_width", r"sepal\u005fwidth")),
    predict_case("number_with_exponent", SETOSA_JSON.replace("5.1", "51e-1")),
    predict_case("number_with_capital_exponent", SETOSA_JSON.replace("5.1", "0.51E+1")),
    predict_case("number_with_many_zeros", SETOSA_JSON.replace("5.1", "5.1" + "0" * 900)),
    predict_case("body_of_just_the_cap", SETOSA_JSON.ljust(CAP)),
    predict_case("base64_body", SETOSA_JSON.encode()),
    predict_case("base64_body_of_just_the_cap", SETOSA_JSON.ljust(CAP).encode()),
]
PROBABILITIES = [
    *(
        Case(
            f"probabilities_{name}",
            post(PREDICT, json.dumps(flower), query=WITH_PROBABILITIES),
            ok(with_probabilities(*expected)),
        )
        for name, (flower, expected) in MEASURED.items()
    ),
    Case(
        "probabilities_false",
        post(PREDICT, SETOSA_JSON, query=(("probabilities", "false"),)),
        species("setosa"),
    ),
    Case(
        "unknown_query_parameter_is_ignored",
        post(PREDICT, SETOSA_JSON, query=(("utm_source", "letter"),)),
        species("setosa"),
    ),
    Case(
        "predictions_with_probabilities",
        post(
            PREDICTIONS,
            json.dumps({"rows": [flower for flower, _ in MEASURED.values()]}),
            query=WITH_PROBABILITIES,
        ),
        _listed([with_probabilities(*expected) for _, expected in MEASURED.values()]),
    ),
]
BATCHES = [
    predictions_case("predictions_of_no_row", [], []),
    predictions_case("predictions_of_one_row", [SETOSA], [{"species": "setosa"}]),
    predictions_case(
        "predictions_in_the_order_of_the_rows",
        [VIRGINICA, SETOSA, VERSICOLOR, SETOSA],
        [{"species": name} for name in ("virginica", "setosa", "versicolor", "setosa")],
    ),
    predictions_case(
        "predictions_of_a_thousand_rows",
        [SETOSA, VIRGINICA] * 500,
        [{"species": "setosa"}, {"species": "virginica"}] * 500,
    ),
]


def _declared(name: str, *headers: tuple[str, str]) -> Case:
    return Case(name, post(PREDICT, SETOSA_JSON, headers=headers), species("setosa"))


MEDIA_TYPES = [
    _declared("content_type_missing"),
    _declared("content_type_with_charset", ("Content-Type", "application/json; charset=utf-8")),
    _declared(
        "content_type_with_quoted_charset", ("Content-Type", 'application/json;charset="UTF-8"')
    ),
    _declared("content_type_with_charset_utf8", ("Content-Type", "application/json; charset=utf8")),
    _declared("content_type_with_other_parameter", ("Content-Type", "application/json; v=1")),
    _declared("content_type_in_capitals", ("Content-Type", "APPLICATION/JSON")),
    _declared("content_type_with_suffix", ("Content-Type", "application/vnd.flower+json")),
    _declared("header_name_in_capitals", ("CONTENT-TYPE", "application/json")),
    _declared("header_name_in_lower_case", ("content-type", "application/json")),
    _declared("encoding_identity", ("Content-Encoding", "identity")),
]


def _shaped(name: str, changes: dict[str, object], sources: tuple[str, ...] = REST_API) -> Case:
    return Case(name, post(PREDICT, SETOSA_JSON), species("setosa"), sources, changes)


EVENT_SHAPES = [
    _shaped("headers_null_with_multi_value_headers", {"headers": None}),
    _shaped("multi_value_headers_null", {"multiValueHeaders": None}),
    _shaped("headers_absent", {"headers": Removed, "multiValueHeaders": Removed}),
    _shaped("headers_null", {"headers": None, "multiValueHeaders": None}),
    _shaped("headers_empty", {"headers": {}, "multiValueHeaders": {}}),
    _shaped("header_value_null", {"headers.Accept": None, "multiValueHeaders.Accept": None}),
    _shaped("header_without_values", {"multiValueHeaders.Accept": []}),
    _shaped("query_absent", {"queryStringParameters": Removed}),
    _shaped("query_empty", {"queryStringParameters": {}}),
    _shaped("path_parameters_given", {"pathParameters": {"qualified_name": "iris_model"}}),
    _shaped("path_parameters_absent", {"pathParameters": Removed}),
    _shaped("resource_of_a_greedy_proxy", {"resource": "/{proxy+}"}),
    _shaped("method_in_lower_case", {"httpMethod": "post"}),
    _shaped("encoding_flag_absent", {"isBase64Encoded": Removed}),
    _shaped("format_2_headers_absent", {"headers": Removed}, FORMAT_2),
    _shaped("format_2_headers_null", {"headers": None}, FORMAT_2),
    _shaped("format_2_query_null", {"queryStringParameters": None}, FORMAT_2),
    _shaped("format_2_cookies", {"cookies": ["a=1", "b=2"]}, FORMAT_2),
    _shaped(
        "stage_in_front_of_the_path",
        {"rawPath": f"/dev{PREDICT}", "requestContext.stage": "dev"},
        FORMAT_2,
    ),
    _shaped(
        "base_path_in_front_of_the_path",
        {
            "path": f"/flowers{PREDICT}",
            "requestContext.path": f"/flowers{PREDICT}",
            "resource": "/api/models/{qualified_name}/predict",
            "pathParameters": {"qualified_name": "iris_model"},
        },
    ),
    _shaped(
        "base_path_in_front_of_a_greedy_proxy",
        {
            "path": f"/flowers{PREDICT}",
            "resource": "/{proxy+}",
            "pathParameters": {"proxy": PREDICT[1:]},
        },
    ),
    _shaped(
        "stage_in_front_of_the_path_of_an_http_api_with_format_1",
        {
            "version": "1.0",
            "path": f"/live{PREDICT}",
            "requestContext.path": f"/live{PREDICT}",
            "requestContext.stage": "live",
        },
    ),
    _shaped(
        "stage_in_front_of_the_default_route_of_an_http_api_with_format_1",
        {
            "version": "1.0",
            "path": f"/live{PREDICT}",
            "resource": "$default",
            "requestContext.stage": "live",
        },
    ),
    _shaped(
        "base_path_in_front_of_the_path_of_format_2",
        {
            "rawPath": f"/flowers{PREDICT}",
            "routeKey": "POST /api/models/{qualified_name}/predict",
            "pathParameters": {"qualified_name": "iris_model"},
            "requestContext.stage": "dev",
        },
        ("http_api",),
    ),
    _shaped("stage_absent", {"requestContext.stage": Removed}, FORMAT_2),
    Case(
        "query_null_with_multi_value_query",
        post(PREDICT, json.dumps(MEASURED["setosa_1"][0]), query=WITH_PROBABILITIES),
        ok(with_probabilities(*MEASURED["setosa_1"][1])),
        REST_API,
        {"queryStringParameters": None},
    ),
    Case(
        "multi_value_query_null",
        post(PREDICT, json.dumps(MEASURED["setosa_1"][0]), query=WITH_PROBABILITIES),
        ok(with_probabilities(*MEASURED["setosa_1"][1])),
        REST_API,
        {"multiValueQueryStringParameters": None},
    ),
]
CASES = [*READING, *PREDICTING, *PROBABILITIES, *BATCHES, *MEDIA_TYPES, *EVENT_SHAPES]
