"""The deployed API answers generated requests as its OpenAPI document says: every check is on."""

from pathlib import Path

import requests

from deploy.documents.openapi import DOCUMENT
from deploy.stack import Stack
from model_lambda.web_api.routes import ROUTES
from tests.robustness.api_conformance import PHASES, check_conformance

EXAMPLES = 5
FEWEST_CASES = 700


def test_the_deployed_document_is_the_stored_one(stack: Stack) -> None:
    answer = requests.get(stack.url("/api/openapi.json"), timeout=60)
    assert answer.content == DOCUMENT.read_bytes()


def test_generated_requests_are_answered_as_documented(stack: Stack, tmp_path: Path) -> None:
    found = check_conformance(stack, tmp_path, EXAMPLES, seed=1)
    assert found.problems == [], found.said
    assert found.report["operations"]["tested"] == len(ROUTES)
    assert found.report["phases"].keys() == set(PHASES)
    assert found.cases >= FEWEST_CASES
