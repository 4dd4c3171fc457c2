"""Imports point inwards, and each kind of knowledge stays in its place."""

from pathlib import Path

import pytest

from tests.structure.imports import imported, is_within, modules, strings

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = modules(PROJECT / "model_lambda")

MODEL_SIDE = (
    "model_lambda.columns",
    "model_lambda.deferred_schema",
    "model_lambda.digest",
    "model_lambda.engines",
    "model_lambda.fields_of_schema",
    "model_lambda.manifest",
    "model_lambda.ml_model",
    "model_lambda.model_files",
    "model_lambda.model_manager",
    "model_lambda.models",
    "model_lambda.observability",
    "model_lambda.packaged_model",
    "model_lambda.prediction",
    "model_lambda.row_checks",
    "model_lambda.schema_checker",
    "model_lambda.schema_fields",
    "model_lambda.schema_model",
    "model_lambda.tasks",
)
EDGES = ("model_lambda.web_api", "model_lambda.event_sources")
AWS = ("boto3", "botocore", "awslambdaric", "aws_lambda_powertools")
HTTP = ("http", "urllib", "requests", "httpx", "socket")

# Modules of the first kind import nothing of the second.
FORBIDDEN: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (("model_lambda.errors",), ("model_lambda",)),
    (("model_lambda.web_api.messages",), ("model_lambda",)),
    (
        ("model_lambda",),
        (
            "model_lambda.lambda_function",
            *("benchmarks", "deploy", "events", "tests", "training", "workbook"),
        ),
    ),
    # What a model is knows no HTTP, and what a row is knows no model.
    (
        ("model_lambda.columns", "model_lambda.row_checks", "model_lambda.tasks"),
        (
            "model_lambda.engines",
            "model_lambda.manifest",
            "model_lambda.ml_model",
            "model_lambda.model_files",
            "model_lambda.packaged_model",
            "numpy",
        ),
    ),
    (
        ("model_lambda.engines", "model_lambda.manifest"),
        ("model_lambda.ml_model", "model_lambda.packaged_model", "model_lambda.row_checks"),
    ),
    (MODEL_SIDE, (*EDGES, *HTTP)),
    # Only the room between them judges rows: an interface says what it was told.
    (
        ("model_lambda.web_api", "model_lambda.event_sources"),
        ("model_lambda.schema_checker", "model_lambda.row_checks.RowChecker"),
    ),
    (("model_lambda.web_api",), ("model_lambda.event_sources", *AWS, *HTTP)),
]

AWS_KEYS = {
    "Records",
    "awsRequestId",
    "batchItemFailures",
    "eventSource",
    "httpMethod",
    "isBase64Encoded",
    "itemIdentifier",
    "multiValueHeaders",
    "rawPath",
    "requestContext",
    "statusCode",
}


def forbidden_imports(
    sources: dict[str, str], importers: tuple[str, ...], targets: tuple[str, ...]
) -> list[str]:
    """Return the imports of `targets` by modules of `importers`, as arrows."""
    return [
        f"{module} -> {name}"
        for module, source in sources.items()
        if is_within(module, importers)
        for name in sorted(imported(source))
        if is_within(name, targets) and name != module
    ]


def aws_keys_outside_the_adapters(sources: dict[str, str]) -> list[str]:
    """Return the keys of AWS dictionaries in modules that must not know them."""
    return [
        f"{module} knows {key}"
        for module, source in sources.items()
        if not is_within(module, ("model_lambda.event_sources",))
        for key in sorted(strings(source) & AWS_KEYS)
    ]


@pytest.mark.parametrize(("importers", "targets"), FORBIDDEN)
def test_arrows_point_inwards(importers: tuple[str, ...], targets: tuple[str, ...]) -> None:
    assert any(is_within(module, importers) for module in SOURCES)
    assert forbidden_imports(SOURCES, importers, targets) == []


def test_what_only_the_notebooks_teach_is_imported_by_no_program() -> None:
    for folder in ("benchmarks", "deploy", "events", "training"):
        sources = modules(PROJECT / folder)
        assert forbidden_imports(sources, (folder,), ("workbook.economics",)) == []


@pytest.mark.parametrize("folder", ["benchmarks", "deploy", "events", "training", "workbook"])
def test_only_tests_import_tests(folder: str) -> None:
    assert forbidden_imports(modules(PROJECT / folder), (folder,), ("tests",)) == []


def test_benchmarks_are_imported_by_what_speaks_of_their_results_alone() -> None:
    places = [PROJECT / name for name in ("deploy", "events", "training", "workbook")]
    others = [path for path in (PROJECT / "tests").iterdir() if path.name != "benchmarks"]
    sources = {name: text for place in [*places, *others] for name, text in modules(place).items()}
    importers = tuple({name.partition(".")[0] for name in sources})
    found = forbidden_imports(sources, importers, ("benchmarks",))
    assert {arrow for arrow in found if "-> benchmarks.results" not in arrow} == set()


def test_what_makes_documents_and_models_is_imported_by_nothing_that_is_served() -> None:
    assert forbidden_imports(SOURCES, ("model_lambda",), ("apispec", "skl2onnx", "onnx")) == []


def test_an_export_takes_two_tools_of_the_deployment_and_a_deployment_nothing_of_training() -> None:
    sources = modules(PROJECT / "training")
    arrows = forbidden_imports(sources, ("training",), ("deploy",))
    taken = {arrow.partition(" -> ")[2].rpartition(".")[0] for arrow in arrows}
    assert taken - {"deploy"} == {"deploy.atomic_write", "deploy.onnx_format"}
    assert forbidden_imports(modules(PROJECT / "deploy"), ("deploy",), ("training",)) == []


def test_only_the_engines_know_numpy_scikit_learn_and_onnx_runtime() -> None:
    engines = ("model_lambda.engines",)
    others = {name: s for name, s in SOURCES.items() if not is_within(name, engines)}
    targets = ("numpy", "sklearn", "skops", "onnxruntime", "pickle", "joblib")
    assert forbidden_imports(others, ("model_lambda",), targets) == []


def test_nothing_unpickles() -> None:
    targets = ("pickle", "joblib", "cloudpickle", "dill", "shelve", "marshal")
    assert forbidden_imports(SOURCES, ("model_lambda",), targets) == []


def test_aws_dictionaries_stay_in_the_adapters() -> None:
    assert aws_keys_outside_the_adapters(SOURCES) == []
    adapters = {n: s for n, s in SOURCES.items() if is_within(n, ("model_lambda.event_sources",))}
    assert any(strings(source) & AWS_KEYS for source in adapters.values())


def test_errors_know_no_status_code() -> None:
    words = SOURCES["model_lambda.errors"].lower().split()
    assert [word for word in words if word.strip(".,():") in map(str, range(400, 600))] == []
    assert "status_code" not in words
    assert "http" not in imported(SOURCES["model_lambda.errors"])


@pytest.mark.parametrize(
    "statement",
    [
        "import model_lambda.web_api",
        "from model_lambda import web_api",
        "from model_lambda.web_api.routes import ROUTES",
        "def later():\n    from model_lambda.web_api import routes",
    ],
)
def test_a_wrong_import_is_seen_wherever_it_stands(statement: str) -> None:
    sources = {"model_lambda.models.iris.iris_model": statement}
    assert forbidden_imports(sources, MODEL_SIDE, EDGES) != []


def test_an_aws_key_is_seen_and_a_docstring_is_not_one() -> None:
    sources = {"model_lambda.web_api.routes": "'''Records'''\nx = event['Records']"}
    assert aws_keys_outside_the_adapters(sources) == ["model_lambda.web_api.routes knows Records"]
    sources = {"model_lambda.web_api.routes": "'''Records'''"}
    assert aws_keys_outside_the_adapters(sources) == []
