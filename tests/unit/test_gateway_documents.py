"""What serverless.yml takes from the code is current."""

import json

import pytest

from deploy.gateway_documents import RESPONSES, gateway_responses, to_text
from model_lambda.build_time.gateway_problems import GATEWAY_PROBLEMS
from model_lambda.web_api.problems import PROBLEMS


def test_the_stored_answers_are_what_the_code_says_now() -> None:
    assert RESPONSES.read_text(encoding="ascii") == to_text(gateway_responses())


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
