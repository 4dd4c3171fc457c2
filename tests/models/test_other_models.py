"""Other models lie there: they are tested and packaged, and nothing is changed for it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from tests.structure.documents import PROJECT, project_files
from tests.training.made_estimators import MAKERS
from training.export import export_model
from training.penguins import REFERENCE

pytestmark = pytest.mark.slow
MODELS = Path("model_lambda/models")
PACKAGE = """
from pathlib import Path
from deploy.build import copy_function, describe_classes
from deploy.package_settings import settings_for

settings, package = settings_for("local", models=("regression",)), Path("package")
copy_function(settings, package)
describe_classes(settings, package)
"""
ASK = """
from model_lambda.lambda_function import lambda_handler

print(lambda_handler({"httpMethod": "GET", "path": "/api/openapi.json"}, None)["body"])
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the project, with a second and a third model."""
    tree = tmp_path_factory.mktemp("project")
    for path in project_files():
        copy = tree / path.relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    shutil.copytree(REFERENCE, tree / MODELS / "penguins", dirs_exist_ok=True)
    made, folder = MAKERS["regression"](), tree / MODELS / "regression" / "1.0"
    export_model(made.estimator, made.example, name="regression", label=made.label, folder=folder)
    return tree


def _run(tree: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env={"PATH": os.defpath, "HOME": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return done.stdout


def test_further_models_are_tested_beside_the_iris_model(tree: Path) -> None:
    said = _run(tree, "-m", "pytest", "tests/models/test_deployed_models.py")
    assert re.search(r"^models: .*penguins 1\.0.*, regression 1\.0", said, re.MULTILINE)


def test_a_package_holds_and_describes_the_models_that_are_picked_and_no_others(tree: Path) -> None:
    _run(tree, "-c", PACKAGE)
    held = {path.name for path in (tree / "package" / MODELS).iterdir()}
    assert held == {"__init__.py", "regression"}
    said = _run(tree / "package", "-c", ASK)
    document = json.loads(said)
    validate(document)
    names = document["components"]["parameters"]["qualifiedName"]["schema"]["enum"]
    assert names == ["regression"]
    assert "iris" not in said


def test_without_the_iris_model_the_others_are_tested_and_every_file_is_collected(
    tree: Path,
) -> None:
    shutil.rmtree(tree / MODELS / "iris")
    _run(tree, "-m", "deploy.documents.openapi")
    said = _run(tree, "-m", "pytest", "-m", "not slow", "-k", "test_deployed_models", "tests")
    assert re.search(r"^models: .*penguins 1\.0.*; without the iris model", said, re.MULTILINE)
    assert "iris_model" not in said
