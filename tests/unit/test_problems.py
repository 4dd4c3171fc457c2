import inspect
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_lambda import errors
from model_lambda.errors import (
    DeadlineError,
    FieldError,
    MethodNotAllowedError,
    ModelLambdaError,
    ModelNotFoundError,
    PredictionError,
    SchemaError,
)
from model_lambda.web_api.messages import Request
from model_lambda.web_api.problems import MOST_BYTES, PROBLEMS, problem_of, problem_response

REQUEST = Request("POST", "/api/models", request_id="id-1")
STATUSES = {
    "MalformedJsonError": 400,
    "SchemaError": 400,
    "InvalidParameterError": 400,
    "ModelNotFoundError": 404,
    "RouteNotFoundError": 404,
    "MethodNotAllowedError": 405,
    "PayloadTooLargeError": 413,
    "UnsupportedMediaTypeError": 415,
    "PredictionError": 500,
    "DeadlineError": 503,
}
# What is not answered over HTTP: it ends the start, or the batch, or is the room's for messages.
NEVER_ANSWERED = {
    "FirstRecordError",
    "RefusedResultError",
    "ModelLambdaError",
    "UnsupportedEventError",
    "ConfigurationError",
    "ModelLoadError",
    "DuplicateModelError",
    "ManifestError",
    "ModelFileError",
    "LibraryVersionError",
    "GoldenPredictionError",
    "FileError",
    "ResultConflictError",
}


def _document(error: Exception, request: Request = REQUEST) -> Any:
    return json.loads(problem_response(error, request).body)


def test_each_error_has_its_status() -> None:
    assert {error.__name__: problem.status for error, problem in PROBLEMS.items()} == STATUSES


def test_every_error_is_either_answered_or_ends_the_start() -> None:
    declared = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, ModelLambdaError)
    }
    assert declared == STATUSES.keys() | NEVER_ANSWERED


def test_each_kind_of_problem_has_a_type_of_its_own() -> None:
    types = [problem.type for problem in PROBLEMS.values()]
    assert len(set(types)) == len(types)
    assert all(type_.startswith("/problems/") for type_ in types)


def test_a_problem_is_written_whole() -> None:
    response = problem_response(ModelNotFoundError("no model has this name"), REQUEST)
    assert response.status == 404
    assert response.headers == {"Content-Type": "application/problem+json"}
    assert json.loads(response.body) == {
        "type": "/problems/model-not-found",
        "title": "There is no such model.",
        "status": 404,
        "detail": "No model has this name.",
        "instance": "id-1",
    }


def test_a_schema_error_lists_its_errors() -> None:
    error = SchemaError("it is not valid", [FieldError("/a", "Wrong."), FieldError("", "Unknown.")])
    assert _document(error)["errors"] == [
        {"pointer": "/a", "detail": "Wrong."},
        {"pointer": "", "detail": "Unknown."},
    ]


def test_without_a_request_id_there_is_no_instance() -> None:
    assert "instance" not in _document(ModelNotFoundError("x"), Request("GET", "/"))


def test_405_says_which_methods_there_are() -> None:
    response = problem_response(MethodNotAllowedError(("GET", "HEAD")), REQUEST)
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")


def test_503_says_when_to_come_again() -> None:
    response = problem_response(DeadlineError("12 ms are left"), REQUEST)
    assert (response.status, response.headers["Retry-After"]) == (503, "1")
    assert "12 ms" not in response.body


@pytest.mark.parametrize(
    "error", [PredictionError("secret"), KeyError("secret"), ModelLambdaError("secret")]
)
def test_what_went_wrong_inside_is_not_told(error: Exception) -> None:
    response = problem_response(error, REQUEST)
    assert response.status == 500
    assert "secret" not in response.body


def test_an_error_that_is_derived_from_another_is_of_its_kind() -> None:
    for declared, kind in PROBLEMS.items():
        derived = type("Derived", (declared, ValueError), {"__init__": Exception.__init__})
        further = type("Further", (derived,), {})
        assert [problem_of(one("x")) for one in (derived, further)] == [kind, kind]


def test_of_two_kinds_an_error_is_of_the_nearer_one() -> None:
    class LateError(DeadlineError, PredictionError):
        pass

    assert problem_of(LateError("x")).status == 503


def test_a_derived_error_is_written_with_all_that_its_kind_has() -> None:
    class RowError(SchemaError):
        pass

    assert _document(RowError("the row is not valid", [FieldError("/a", "Wrong.")])) == {
        "type": "/problems/schema-error",
        "title": "The body does not fit the schema.",
        "status": 400,
        "detail": "The row is not valid.",
        "instance": "id-1",
        "errors": [{"pointer": "/a", "detail": "Wrong."}],
    }


def test_what_is_not_in_the_table_is_an_internal_error() -> None:
    assert problem_of(ZeroDivisionError()).name == "internal-error"
    assert problem_of(errors.ManifestError("x")).status == 500


@given(
    st.lists(st.builds(FieldError, st.text(max_size=400), st.text(max_size=400)), max_size=60),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=128),
)
def test_a_problem_has_at_most_2048_bytes_of_ascii(
    field_errors: list[FieldError], request_id: str
) -> None:
    error = SchemaError("the row is not valid", field_errors)
    body = problem_response(error, Request("POST", "/", request_id=request_id)).body
    assert body.isascii()
    assert len(body) <= MOST_BYTES == 2048
    assert json.loads(body)["status"] == 400


def _size_with(length: int) -> int:
    """Of a problem with one error of this length, which is listed only if it fits."""
    error = SchemaError("it is not valid", [FieldError("/a", "x" * length)])
    return len(problem_response(error, REQUEST).body)


def test_an_error_is_listed_up_to_the_last_byte() -> None:
    without_any = len(problem_response(SchemaError("it is not valid", []), REQUEST).body)
    sizes = [_size_with(length) for length in range(1700, MOST_BYTES)]
    listed = [size for size in sizes if size > without_any]
    assert listed == list(range(listed[0], listed[0] + len(listed)))
    assert max(listed) == MOST_BYTES - len(", ")
    assert sizes[-1] == without_any


def test_as_many_errors_are_listed_as_fit() -> None:
    error = SchemaError("it is not valid", [FieldError("/a", "x" * 100)] * 100)
    document = _document(error)
    one = len(json.dumps(document["errors"][0])) + len(", ")
    rest = len(json.dumps({**document, "errors": []}))
    assert len(document["errors"]) == (MOST_BYTES - rest) // one
