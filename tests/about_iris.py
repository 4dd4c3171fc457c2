"""Which tests are about the iris model: they run where it lies, and are not collected elsewhere.

A file is about it when it imports the model, or the catalogue, whose cases are all of it: itself
or by way of other modules of the tests. Single tests say it with the mark `iris_model`.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from tests.structure.imports import imported, is_within

PROJECT = Path(__file__).parents[1]
MODEL = "iris_model"
MARK = "iris_model"
# The notebooks teach with it.
_ENDING = ".ipynb"
_OF_IRIS = (
    "model_lambda.models.iris",
    "deploy.documents.api_examples",
    "events.catalogue",
)


def iris_is_here(project: Path = PROJECT) -> bool:
    """Whether the iris model lies where models lie."""
    return (project / "model_lambda" / "models" / "iris" / "__init__.py").exists()


def is_about_iris(path: Path) -> bool:
    """Whether a file of tests cannot even be imported without the iris model."""
    return path.suffix == _ENDING or (path.suffix == ".py" and _imports_iris(path))


@cache
def _imports_iris(path: Path) -> bool:
    names = imported(path.read_text(encoding="utf-8"))
    own = {PROJECT.joinpath(*name.split(".")).with_suffix(".py") for name in names}
    further = (file for file in own - {path} if file.is_file() and _is_of_tests(file))
    return any(is_within(name, _OF_IRIS) for name in names) or any(map(_imports_iris, further))


def _is_of_tests(file: Path) -> bool:
    return file.is_relative_to(PROJECT / "tests")


def without_iris_tests(items: Iterable[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """The tests that need no iris model, and those that do."""
    parts: tuple[list[pytest.Item], list[pytest.Item]] = ([], [])
    for item in items:
        parts[item.get_closest_marker(MARK) is not None].append(item)
    return parts
