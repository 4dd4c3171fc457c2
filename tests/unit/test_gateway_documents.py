"""What serverless.yml takes from the code is current, and means the same to API Gateway."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator

from deploy.gateway_documents import (
    MODELS,
    RESPONSES,
    UnsupportedKeywordError,
    gateway_models,
    gateway_responses,
    to_draft_4,
    to_text,
)
from events.catalogue import CASES
from model_lambda.build_time.gateway_problems import GATEWAY_PROBLEMS
from model_lambda.web_api.json_body import parse_json
from model_lambda.web_api.problems import PROBLEMS
from tests.unit.api_document import stored_document

SCHEMAS = json.loads(MODELS.read_bytes())
ANSWERED = [
    (case, "predictBatch" if case.request.path.endswith("predictions") else "predict")
    for case in CASES
    if case.request.method == "POST"
    and case.request.path.startswith("/api/models/iris_model/")
    and isinstance(case.request.body, str)
    and (
        case.answer["statusCode"] == 200
        or json.loads(case.answer["body"])["type"] == "/problems/schema-error"
    )
]
NUMBERS = st.one_of(st.integers(-3, 18), st.floats(-3, 18))
# In draft 2020-12, and what draft 4 must accept and refuse alike.
TRANSLATED: list[dict[str, Any]] = [
    {"exclusiveMinimum": 3},
    {"exclusiveMaximum": 3.5, "minimum": -1},
    {"const": 3},
    {"anyOf": [{"type": "integer", "minimum": 4}, {"type": "string"}]},
    {"not": {"type": "integer"}},
    {"type": ["string", "null"]},
]


def test_the_stored_answers_are_what_the_code_says_now() -> None:
    assert RESPONSES.read_text(encoding="ascii") == to_text(gateway_responses())


def test_the_stored_schemas_are_those_of_the_openapi_document() -> None:
    assert MODELS.read_text(encoding="ascii") == to_text(gateway_models(stored_document()))


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_in_draft_4(name: str) -> None:
    Draft4Validator.check_schema(SCHEMAS[name])
    assert "$ref" not in json.dumps(SCHEMAS[name])


@pytest.mark.parametrize(("case", "name"), ANSWERED, ids=[case.name for case, _ in ANSWERED])
def test_the_gateway_refuses_what_the_function_refuses(case: Any, name: str) -> None:
    document = parse_json(case.request.body)
    accepted = Draft4Validator(SCHEMAS[name]).is_valid(document)
    assert accepted == (case.answer["statusCode"] == 200)


@pytest.mark.parametrize("schema", TRANSLATED, ids=json.dumps)
@given(value=st.one_of(NUMBERS, st.text(max_size=3), st.booleans(), st.none()))
def test_a_translated_schema_means_the_same(schema: dict[str, Any], value: Any) -> None:
    translated = to_draft_4(schema, {})
    Draft4Validator.check_schema(translated)
    # Draft 4 alone does not count 3.0 among the integers.
    if not (isinstance(value, float) and value.is_integer()):
        expected = Draft202012Validator(schema).is_valid(value)
        assert Draft4Validator(translated).is_valid(value) == expected


def test_a_keyword_without_counterpart_stops_the_translation() -> None:
    with pytest.raises(UnsupportedKeywordError, match="prefixItems"):
        to_draft_4({"properties": {"data": {"prefixItems": []}}}, {})


@pytest.mark.parametrize("name", GATEWAY_PROBLEMS)
def test_an_answer_of_the_gateway_is_short_and_echoes_nothing_but_the_id(name: str) -> None:
    properties = {
        resource["Properties"]["ResponseType"]: resource["Properties"]
        for resource in gateway_responses()["Resources"].values()
    }[name]
    (template,) = properties["ResponseTemplates"].values()
    assert template.isascii()
    assert len(template) < 2048
    assert template.count("$") == 1
    assert json.loads(template)["instance"] == "$context.requestId"
    assert json.loads(template).get("status") == (
        int(properties["StatusCode"]) if "StatusCode" in properties else None
    )


def test_a_kind_of_problem_has_one_status_and_one_title() -> None:
    kinds = {*PROBLEMS.values(), *(one.kind for one in GATEWAY_PROBLEMS.values())}
    assert len({kind.name for kind in kinds}) == len(kinds)
