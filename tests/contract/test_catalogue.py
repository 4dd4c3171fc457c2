"""Every case of the catalogue, from every source: the complete answer, and no trace behind it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from events.catalogue import CASES, REFUSED, WARM_UPS, CaseEvent, all_events
from events.catalogue.__main__ import named_pairs, write
from events.catalogue.cases import case_events
from events.comparison import difference
from events.stored import read_event, read_response
from model_lambda.errors import UnsupportedEventError
from model_lambda.lambda_function import lambda_handler
from tests.contract.lambda_context import LambdaContext
from tests.contract.reply_rules import broken_rules

EVENTS = {one.name: one for one in all_events()}
GOOD_EVENT, GOOD_RESPONSE = read_event("predict_setosa"), read_response("predict_setosa")


@pytest.mark.parametrize("case", EVENTS.values(), ids=EVENTS.keys())
def test_case(case: CaseEvent) -> None:
    reply = lambda_handler(case.event, LambdaContext(case.remaining_ms))
    assert difference(case.answer, reply) is None
    assert broken_rules(reply) == []
    assert lambda_handler(GOOD_EVENT, LambdaContext()) == GOOD_RESPONSE


@pytest.mark.parametrize("event", REFUSED.values(), ids=REFUSED.keys())
def test_unsupported_event(event: Any) -> None:
    with pytest.raises(
        UnsupportedEventError, match="no source that this function serves"
    ) as raised:
        lambda_handler(event, LambdaContext())
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize("event", WARM_UPS.values(), ids=WARM_UPS.keys())
def test_warm_up(event: Any) -> None:
    assert lambda_handler(event, LambdaContext()) is None


def test_there_are_hundreds_of_cases_with_names_of_their_own() -> None:
    assert len(CASES) >= 300
    assert Counter(case.name for case in CASES).most_common(1)[0][1] == 1


def test_the_answers_of_scikit_learn_are_those_of_the_catalogue(sklearn_handler: Any) -> None:
    """The labels and probabilities are the trained model's, not one runtime's."""
    asked = [one for one in CASES if one.request.method == "POST"]
    answered = [one for one in asked if one.answer["statusCode"] == 200]
    replies = ((one, sklearn_handler(one.event, LambdaContext())) for one in case_events(answered))
    assert [one.name for one, reply in replies if difference(one.answer, reply)] == []
    assert len(answered) >= 70


def test_the_catalogue_is_written_as_files(tmp_path: Path) -> None:
    pairs = named_pairs()
    name = "list_models[rest_api]"
    write({name: pairs[name]}, tmp_path)
    assert len(pairs) == len(EVENTS) + len(REFUSED) + len(WARM_UPS)
    assert json.loads((tmp_path / f"{name}.json").read_text()) == EVENTS[name].event
    assert json.loads((tmp_path / f"{name}.response.json").read_text()) == EVENTS[name].answer
