"""The tools of Node.js read the OpenAPI document without an error, and their types fit."""

import re
import shutil
from pathlib import Path

import pytest

from deploy.documents.openapi import DOCUMENT
from model_lambda.web_api.routes import ROUTES
from tests.openapi_clients.generators import HERE, run_node_tool

pytestmark = pytest.mark.slow


def test_redocly_finds_no_error() -> None:
    run_node_tool("redocly", "lint", "--extends", "recommended", DOCUMENT)


def test_spectral_finds_no_error() -> None:
    run_node_tool("spectral", "lint", "--ruleset", HERE / "spectral.json", DOCUMENT)


def test_a_program_compiles_with_what_two_generators_write(tmp_path: Path) -> None:
    for name in ("requests.ts", "tsconfig.json"):
        shutil.copy(HERE / name, tmp_path)
    run_node_tool("openapi-typescript", DOCUMENT, "--output", tmp_path / "schema.ts")
    run_node_tool("openapi-ts", "--input", DOCUMENT, "--output", tmp_path / "hey", cwd=tmp_path)
    exported = set(re.findall(r"\w+", (tmp_path / "hey" / "index.ts").read_text()))
    assert {route.operation_id for route in ROUTES} <= exported
    run_node_tool("tsc", "--project", tmp_path)
