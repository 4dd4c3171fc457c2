import pytest

from benchmarks.import_times import Import
from benchmarks.live_engines import imports_of, start_times, total_ms
from benchmarks.plots import import_plot
from benchmarks.workload import event

pytestmark = pytest.mark.iris_model


@pytest.fixture(scope="module")
def tree() -> list[Import]:
    return imports_of("onnx", event("predict"))


def test_an_accepted_row_imports_numpy_and_onnx_runtime_and_no_marshmallow(
    tree: list[Import],
) -> None:
    assert total_ms(tree, "numpy") > 0
    assert total_ms(tree, "onnxruntime") > 0
    assert total_ms(tree, "marshmallow") == 0


def test_a_refused_row_imports_marshmallow() -> None:
    refused = imports_of("onnx", event("predict") | {"body": "{}"})
    assert total_ms(refused, "marshmallow") > 0


def test_the_plot_names_the_large_imports(tree: list[Import]) -> None:
    names = {text.get_text() for text in import_plot(tree).axes[0].texts}
    assert {"lambda_function", "numpy"} <= names


def test_the_depth_of_an_import_is_a_whole_number() -> None:
    child = Import("b", own_us=9, total_us=9)
    depths = (
        import_plot([Import("a", own_us=1, total_us=10, children=[child])]).axes[0].get_yticks()
    )
    assert [float(depth).is_integer() for depth in depths] == [True] * len(depths)


@pytest.mark.slow
def test_each_is_started_as_often_as_asked() -> None:
    times = start_times(event("predict"), rounds=2)
    assert {engine: len(found) for engine, found in times.items()} == {
        "floor": 2, "onnx": 2, "sklearn": 2,
    }  # fmt: skip
    assert min(min(found) for found in times.values()) > 0
