"""The page of /api/docs holds all it needs, and is what the installed Swagger UI gives."""

import base64
import hashlib
import json
import re

import pytest

from deploy.commands import PROJECT
from deploy.documents.docs_page import ASSETS, PAGE, docs_page, unpack

STORED = PAGE.read_text(encoding="ascii")
SHELL, PARTS = unpack(STORED)
REFERENCE = re.compile(r"""(?:src|href|action|data)\s*=\s*["']([^"']+)|url\(\s*["']?([^"')]+)""")


def test_the_stored_page_is_what_the_installed_swagger_ui_gives() -> None:
    assert ASSETS.is_dir(), "run make setup: this is compared with node_modules"
    assert unpack(docs_page()) == (SHELL, PARTS)


def test_the_page_names_the_version_in_package_json() -> None:
    package = json.loads((PROJECT / "package.json").read_text(encoding="utf-8"))
    version = package["devDependencies"]["swagger-ui-dist"]
    assert f"swagger-ui-dist {version}, Apache-2.0: " in SHELL


def test_its_parts_are_the_style_and_the_script() -> None:
    assert PARTS.keys() == {"packed-style", "packed-script"}
    assert ".swagger-ui" in PARTS["packed-style"]
    assert "SwaggerUIBundle" in PARTS["packed-script"]
    assert "MIT License" in PARTS["packed-script"]


@pytest.mark.parametrize("text", [SHELL, PARTS["packed-style"]], ids=["page", "style"])
def test_nothing_refers_to_another_place(text: str) -> None:
    references = [first or second for first, second in REFERENCE.findall(text)]
    assert references
    assert [one for one in references if not one.startswith("data:")] == []
    assert "@import" not in text


def test_the_policy_allows_the_two_scripts_and_no_other() -> None:
    (start,) = re.findall(r"<script>(.*?)</script>", STORED, re.DOTALL)
    (policy,) = re.findall(r'Content-Security-Policy" content="script-src (.*?)"', STORED)
    digests = [hashlib.sha256(code.encode()).digest() for code in (PARTS["packed-script"], start)]
    expected = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    assert policy.split() == expected


def test_the_page_fits_well_into_one_answer_of_a_function() -> None:
    assert len(STORED) < 1_000_000
