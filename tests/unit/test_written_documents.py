"""What serverless.yml and the README take from the code is current."""

import json

import pytest

from deploy.documents import http_events, readme_requests
from deploy.documents.gateway_problems import GATEWAY_PROBLEMS
from deploy.documents.gateway_responses import RESPONSES, gateway_responses, to_text
from model_lambda.web_api.problems import PROBLEMS


def test_the_stored_answers_are_what_the_code_says_now() -> None:
    assert RESPONSES.read_text(encoding="ascii") == to_text(gateway_responses())


def test_the_stored_events_are_those_of_the_routes() -> None:
    assert http_events.EVENTS.read_text(encoding="ascii") == http_events.http_events()


def test_the_requests_in_the_readme_are_the_routes() -> None:
    readme = readme_requests.README.read_text(encoding="utf-8")
    assert readme == readme_requests.readme_with(readme)


@pytest.mark.parametrize("text", ["", "<!-- requests -->", "<!-- /requests -->"])
def test_a_readme_without_a_place_for_the_requests_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the README lacks"):
        readme_requests.readme_with(text)


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
