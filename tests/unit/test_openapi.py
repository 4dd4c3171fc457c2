"""The OpenAPI document is complete, current, and says what is returned."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import RAISE, Schema
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.documents.api_operations import AmbiguousSchemaError
from deploy.documents.openapi import (
    DOCUMENT,
    UndocumentedRouteError,
    openapi_document,
    to_text,
)
from events.catalogue import CASES
from events.catalogue.cases import Case
from events.catalogue.open_inference import infer
from events.proxy_events import rest_api_event
from model_lambda.errors import ModelLambdaError
from model_lambda.lambda_function import lambda_handler
from model_lambda.ml_model import MLModel
from model_lambda.models.iris.iris_model import IrisModel
from model_lambda.schema_fields import StrictFloat
from model_lambda.web_api.controllers import get_models
from model_lambda.web_api.json_body import parse_json
from model_lambda.web_api.routes import ROUTES, Route, find_route
from tests.unit.api_document import (
    DocumentedOperation,
    operation,
    operations,
    resolve,
    stored_document,
    validator,
)

# What a request may say besides the tensor, and a tensor besides its rows.
PARAMETERS: st.SearchStrategy[Any] = st.dictionaries(
    st.text(max_size=3),
    st.one_of(st.text(max_size=3), st.booleans(), st.integers(), st.floats(-1, 1), st.none()),
    max_size=2,
)
OUTPUT: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"name": st.sampled_from(["label", "probabilities"])}, optional={"parameters": PARAMETERS}
)
OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "id": st.text(max_size=3),
    "model_name": st.just("iris_model"),
    "model_version": st.just("1.0"),
    "parameters": PARAMETERS,
    "outputs": st.lists(OUTPUT, unique_by=lambda output: output["name"]),
}
TENSOR_MEMBERS = ("name", "shape", "datatype", "data", "parameters", "extra")
WRONG: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=2), st.just([None])
)
OPERATIONS = list(operations())
PAGE = "getDocs"
DOCUMENT_ITSELF = "getOpenApi"


class RoseSchema(Schema):
    """Another model's row."""

    class Meta:
        unknown = RAISE

    thorns = StrictFloat(required=True)


class RoseModel(MLModel):
    """Another model, with the iris model's output, and without a manifest."""

    display_name = "Rose Model"
    qualified_name = "rose_model"
    description = "Counts thorns."
    major_version = 2
    minor_version = 0
    input_schema = RoseSchema()
    output_schema = IrisModel.output_schema

    def predict_batch(self, rows: Any, *, probabilities: bool = False) -> list[dict[str, Any]]:
        """Nothing."""
        raise NotImplementedError


class Elsewhere:
    """Stands for another module."""

    class RoseSchema(RoseSchema):
        """A schema of the same name."""


def routed(cases: list[Case]) -> Iterator[tuple[Case, DocumentedOperation]]:
    """The cases that are requests to an operation, with it."""
    for case in cases:
        try:
            route, _ = find_route(case.request.method, case.request.path)
        except ModelLambdaError:
            continue
        if case.request.method == route.method:
            yield case, operation(route.operation_id)


ROUTED = list(routed(CASES))
OF_A_KNOWN_MODEL = [
    (case, documented)
    for case, documented in ROUTED
    if isinstance(case.request.body, str) and "models/iris_model/" in case.request.path
]


def request_schema(documented: DocumentedOperation) -> dict[str, Any]:
    """The schema of an operation's request body."""
    schema: dict[str, Any] = documented.content["requestBody"]["content"]["application/json"]
    return dict(schema["schema"])


def test_the_stored_document_is_what_the_code_says_now() -> None:
    assert DOCUMENT.read_text(encoding="ascii") == to_text(openapi_document([IrisModel()]))


def test_the_document_is_valid_openapi() -> None:
    assert list(OpenAPIV31SpecValidator(stored_document()).iter_errors()) == []


def test_every_route_is_an_operation_and_every_operation_a_route() -> None:
    documented = {(one.method, one.path, one.content["operationId"]) for one in OPERATIONS}
    assert documented == {(route.method, route.path, route.operation_id) for route in ROUTES}


def test_a_route_that_nobody_described_stops_the_generation() -> None:
    routes = [*ROUTES, Route("GET", "/api/news", "getNews", get_models, "Models")]
    with pytest.raises(UndocumentedRouteError, match="getNews"):
        openapi_document([IrisModel()], routes)


def test_a_description_without_a_route_stops_the_generation() -> None:
    with pytest.raises(UndocumentedRouteError, match="getDocs"):
        openapi_document(
            [IrisModel()], [route for route in ROUTES if route.operation_id != "getDocs"]
        )


@pytest.mark.parametrize("documented", OPERATIONS, ids=lambda one: one.content["operationId"])
def test_an_operation_is_described_and_every_answer_has_a_schema(
    documented: DocumentedOperation,
) -> None:
    assert documented.content["summary"]
    assert documented.content["tags"]
    for response in documented.responses().values():
        assert response["description"]
        assert response["content"]
        assert all(content["schema"] for content in response["content"].values())


@pytest.mark.parametrize("documented", OPERATIONS, ids=lambda one: one.content["operationId"])
def test_every_answer_has_an_example(documented: DocumentedOperation) -> None:
    without = [
        status
        for status, response in documented.responses().items()
        if not any("examples" in content for content in response["content"].values())
    ]
    expected = ["200"] if documented.content["operationId"] in (PAGE, DOCUMENT_ITSELF) else []
    assert without == expected


@pytest.mark.parametrize("documented", OPERATIONS, ids=lambda one: one.content["operationId"])
def test_every_example_fits_its_schema(documented: DocumentedOperation) -> None:
    contents = [
        content
        for response in documented.responses().values()
        for content in response["content"].values()
    ]
    if "requestBody" in documented.content:
        body = documented.content["requestBody"]["content"]["application/json"]
        assert body["examples"]
        contents.append(body)
    for content in contents:
        for example in content.get("examples", {}).values():
            validator(content["schema"]).validate(example["value"])


@pytest.mark.parametrize(("case", "documented"), ROUTED, ids=[case.name for case, _ in ROUTED])
def test_what_is_returned_is_documented(case: Case, documented: DocumentedOperation) -> None:
    response = documented.responses()[str(case.answer["statusCode"])]
    media_type = case.answer["headers"]["Content-Type"].partition(";")[0]
    schema = response["content"][media_type]["schema"]
    body = case.answer["body"]
    validator(schema).validate(body if media_type.startswith("text/") else json.loads(body))
    assert response.get("headers", {}).keys() <= case.answer["headers"].keys()


@pytest.mark.parametrize(
    ("case", "documented"), OF_A_KNOWN_MODEL, ids=[case.name for case, _ in OF_A_KNOWN_MODEL]
)
def test_the_documented_schema_refuses_what_is_refused(
    case: Case, documented: DocumentedOperation
) -> None:
    if json.loads(case.answer["body"]).get("type") == "/problems/schema-error":
        document = parse_json(str(case.request.body))
        assert not validator(request_schema(documented)).is_valid(document)
    elif case.answer["statusCode"] == 200:
        document = parse_json(str(case.request.body))
        assert validator(request_schema(documented)).is_valid(document)


def test_only_what_describes_the_api_needs_no_key() -> None:
    document = stored_document()
    assert document["security"] == [{"apiKey": []}]
    scheme = document["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "x-api-key")
    is_open = {one.path for one in OPERATIONS if one.content.get("security") == []}
    assert is_open == {"/api/openapi.json", "/api/docs"}
    assert all(("403" in one.responses()) == (one.path not in is_open) for one in OPERATIONS)


def test_paths_begin_one_folder_above_the_document() -> None:
    assert [server["url"] for server in stored_document()["servers"]] == [".."]


def test_in_a_deployment_of_two_models_a_row_is_of_either() -> None:
    document = openapi_document([IrisModel(), RoseModel()])
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    parameter = document["components"]["parameters"]["qualifiedName"]
    assert parameter["schema"]["enum"] == ["iris_model", "rose_model"]
    body = document["paths"]["/api/models/{qualified_name}/predict"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"] == {
        "anyOf": [
            {"$ref": "#/components/schemas/IrisInput"},
            {"$ref": "#/components/schemas/Rose"},
        ]
    }
    versions = document["components"]["parameters"]["modelVersion"]["schema"]["enum"]
    assert versions == ["1.0", "2.0"]


def test_two_schemas_of_the_same_name_are_refused() -> None:
    class OtherModel(RoseModel):
        qualified_name = "other_model"
        input_schema = Elsewhere.RoseSchema()

    with pytest.raises(AmbiguousSchemaError, match="RoseSchema"):
        openapi_document([RoseModel(), OtherModel()])


def test_a_deployment_without_the_iris_model_shows_none_of_its_predictions() -> None:
    document = openapi_document([RoseModel()])
    body = document["paths"]["/api/models/{qualified_name}/predict"]["post"]["requestBody"]
    assert "examples" not in body["content"]["application/json"]
    assert "examples" not in json.dumps(document["paths"]["/api/models"])


@st.composite
def tensors(draw: st.DrawFn) -> dict[str, Any]:
    """A tensor whose data has the size of its shape, and numbers of its datatype."""
    number = draw(st.sampled_from([st.floats(0.1, 15.0), st.integers(1, 16)]))
    rows = draw(st.lists(st.lists(number, min_size=4, max_size=4), max_size=6))
    numbers = [one for row in rows for one in row]
    is_whole = all(isinstance(one, int) for one in numbers)
    members = {
        "name": "features",
        "shape": [len(rows), 4],
        "datatype": draw(st.sampled_from(["FP32", "FP64", *["INT64"] * is_whole])),
        "data": draw(st.sampled_from([numbers, rows])),
    }
    return members | draw(st.fixed_dictionaries({}, optional={"parameters": PARAMETERS}))


@given(
    tensor=tensors(),
    members=st.fixed_dictionaries({}, optional=OPTIONS),
    wrong_tensor=st.dictionaries(st.sampled_from(TENSOR_MEMBERS), WRONG, max_size=1),
    wrong=st.dictionaries(st.sampled_from([*OPTIONS, "inputs", "extra"]), WRONG, max_size=1),
)
def test_an_inference_request_fits_the_schema_just_if_it_is_answered(
    tensor: Any, members: Any, wrong_tensor: Any, wrong: Any
) -> None:
    request = {"inputs": [tensor | wrong_tensor], **members, **wrong}
    answer = lambda_handler(rest_api_event(infer(**request)), None)
    assert answer is not None
    fits = validator(request_schema(operation("infer"))).is_valid(request)
    assert fits == (answer["statusCode"] == 200), answer["body"]


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document that is not an example."""
    if isinstance(value, list):
        yield from (node for item in value for node in nodes(item))
    if isinstance(value, dict):
        yield value
        for key, member in value.items():
            if key != "examples":
                yield from nodes(member)


def test_client_generators_can_read_every_schema() -> None:
    found = list(nodes(openapi_document([IrisModel(), RoseModel()])))
    references = [node["$ref"] for node in found if isinstance(node.get("$ref"), str)]
    assert [one for one in references if not re.fullmatch(r"#/components/\w+/\w+", one)] == []
    assert [node for node in found if isinstance(node.get("const"), list | dict)] == []
    lists = [node for node in found if node.get("type") == "array" or "prefixItems" in node]
    assert [node for node in lists if "items" not in node] == []


def test_every_component_is_used() -> None:
    document = stored_document()
    text = json.dumps(document)
    unused = [
        name
        for kind in ("schemas", "responses", "parameters")
        for name in document["components"][kind]
        if f"#/components/{kind}/{name}" not in text
    ]
    assert unused == []
    assert resolve({"$ref": "#/info"})["title"] == "model-lambda"
