import pytest

from model_lambda.errors import MethodNotAllowedError, RouteNotFoundError
from model_lambda.web_api.open_inference import error_response
from model_lambda.web_api.problems import problem_response
from model_lambda.web_api.routes import ROUTES, Route, allowed_methods, error_renderer, find_route

PREDICT = "/api/models/iris_model/predict"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation_id)
def test_each_route_is_found_by_its_method_and_path(route: Route) -> None:
    path = route.path.replace("{", "").replace("}", "")
    found, _ = find_route(route.method, path)
    assert found is route


def test_a_parameter_is_one_whole_segment() -> None:
    _, parameters = find_route("POST", "/api/models/a b.c/predict")
    assert parameters == {"qualified_name": "a b.c"}


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/api",
        "/api/models/",
        "/api/models/a/b/predict",
        "/api/models//predict",
        f"{PREDICT}/",
        f"{PREDICT}\n",
        f"/x{PREDICT}",
        "/API/models",
        "/apiXmodels",
    ],
)
def test_another_path_is_not_found(path: str) -> None:
    with pytest.raises(RouteNotFoundError):
        find_route("GET", path)
    with pytest.raises(RouteNotFoundError):
        allowed_methods(path)


@pytest.mark.parametrize("path", ["/api/openapiXjson", "/api/openapi.json/"])
def test_a_dot_in_a_path_is_a_dot(path: str) -> None:
    with pytest.raises(RouteNotFoundError):
        find_route("GET", path)


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "", "post"])
def test_another_method_is_told_which_there_are(method: str) -> None:
    with pytest.raises(MethodNotAllowedError) as raised:
        find_route(method, PREDICT)
    assert raised.value.allowed == ("POST", "OPTIONS")


def test_head_is_found_as_get() -> None:
    assert find_route("HEAD", "/api/models") == find_route("GET", "/api/models")


def test_head_comes_with_get_and_options_with_all() -> None:
    assert allowed_methods("/api/models") == ("GET", "HEAD", "OPTIONS")
    assert allowed_methods(PREDICT) == ("POST", "OPTIONS")


def test_operations_have_names_of_their_own() -> None:
    names = [route.operation_id for route in ROUTES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation_id)
def test_errors_at_a_route_look_as_it_says(route: Route) -> None:
    assert error_renderer(route.path.replace("{", "").replace("}", "")) is route.render_error


@pytest.mark.parametrize("path", ["/v2", "/v2/", "/v2/models/iris_model", "/v2/nothing"])
def test_errors_of_the_inference_protocol_have_its_form(path: str) -> None:
    assert error_renderer(path) is error_response


@pytest.mark.parametrize("path", ["/api/models", "/", "/v20", "/api/v2/", ""])
def test_all_others_are_problems(path: str) -> None:
    assert error_renderer(path) is problem_response
