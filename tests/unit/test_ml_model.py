import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from model_lambda.errors import (
    GoldenPredictionError,
    ManifestError,
    PredictionError,
)
from model_lambda.ml_model import MLModel
from model_lambda.models.iris.iris_model import IrisModel
from tests.unit.fake_classifier import Classes, FakeClassifier
from tests.unit.flower_rows import SETOSA
from tests.unit.model_folders import copy_of_model_files, edit_manifest, model_in

IRIS = IrisModel()
IRIS_FIELDS = [field.name for field in IRIS.manifest.fields]
VIRGINICA = {"sepal_length": 6.3, "sepal_width": 3.3, "petal_length": 6.0, "petal_width": 2.5}

measurements = st.floats(0.1, 15.0)
flowers = st.fixed_dictionaries(dict.fromkeys(IRIS_FIELDS, measurements))


def test_the_contract_of_a_model_is_kept() -> None:
    assert isinstance(IRIS, MLModel)
    assert (IRIS.display_name, IRIS.qualified_name) == ("Iris Model", "iris_model")
    assert (IRIS.major_version, IRIS.minor_version, IRIS.version) == (1, 0, "1.0")
    assert IRIS.input_schema.validate(SETOSA) == {}


def test_one_row_is_predicted() -> None:
    assert IRIS.predict(SETOSA) == {"species": "setosa"}


def test_the_order_of_the_members_does_not_matter() -> None:
    assert IRIS.predict(dict(reversed(SETOSA.items()))) == {"species": "setosa"}


def test_integers_are_numbers() -> None:
    assert IRIS.predict(dict.fromkeys(SETOSA, 1)) == IRIS.predict(dict.fromkeys(SETOSA, 1.0))


def test_rows_are_predicted_in_their_order() -> None:
    predictions = IRIS.predict_batch([VIRGINICA, SETOSA, VIRGINICA])
    assert [one["species"] for one in predictions] == ["virginica", "setosa", "virginica"]


def test_no_row_gives_no_prediction() -> None:
    assert IRIS.predict_batch([]) == []
    assert IRIS.predict_batch([], probabilities=True) == []


@given(st.lists(flowers, min_size=1, max_size=5))
def test_a_batch_is_what_each_row_is_alone(rows: list[dict[str, float]]) -> None:
    batch = IRIS.predict_batch(rows, probabilities=True)
    for row, one in zip(rows, batch, strict=True):
        alone = IRIS.predict(row, probabilities=True)
        assert one["species"] == alone["species"]
        assert one["probabilities"] == pytest.approx(alone["probabilities"], abs=1e-5)


@given(flowers)
def test_a_prediction_is_what_the_output_schema_says(row: dict[str, float]) -> None:
    prediction = IRIS.predict(row, probabilities=True)
    assert IRIS.output_schema.validate(prediction) == {}
    assert sum(prediction["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert list(prediction["probabilities"]) == list(IRIS.manifest.answer.labels)


@given(flowers)
def test_a_prediction_is_made_of_plain_python_values(row: dict[str, float]) -> None:
    prediction = IRIS.predict(row, probabilities=True)
    assert type(prediction["species"]) is str
    assert {type(share) for share in prediction["probabilities"].values()} == {float}
    assert json.loads(json.dumps(prediction)) == prediction


def test_probabilities_have_six_decimals() -> None:
    shares = IRIS.predict(SETOSA, probabilities=True)["probabilities"].values()
    assert all(round(share, 6) == share for share in shares)


def _classes(row_count: int, share: float = 0.5, columns: int = 3) -> Classes:
    return Classes(np.zeros(row_count, np.int64), np.full((row_count, columns), share, np.float32))


BROKEN_ENGINES: dict[str, Callable[[Any], Any]] = {
    "raises": lambda _: 1 / 0,
    "gives NaN": lambda rows: _classes(len(rows), np.nan),
    "gives infinity": lambda rows: _classes(len(rows), np.inf),
    "gives a row more": lambda rows: _classes(len(rows) + 1),
    "gives a row fewer": lambda rows: _classes(len(rows) - 1),
    "gives labels for fewer rows": lambda rows: Classes(
        np.zeros(len(rows) - 1, np.int64), _classes(len(rows)).probabilities
    ),
}


@pytest.mark.parametrize("run", BROKEN_ENGINES.values(), ids=BROKEN_ENGINES.keys())
def test_an_engine_that_gives_no_answer_is_a_prediction_error(run: Callable[[Any], Any]) -> None:
    with pytest.raises(PredictionError):
        FakeClassifier(run=run).predict_batch([SETOSA, SETOSA], probabilities=True)


def test_the_features_reach_the_engine_in_the_order_of_training() -> None:
    seen: list[NDArray[np.float32]] = []

    def run(features: NDArray[np.float32]) -> Classes:
        seen.append(features)
        return _classes(len(features))

    FakeClassifier(run=run).predict_batch([dict(reversed(SETOSA.items())), VIRGINICA])
    (features,) = seen
    assert features.dtype == np.float32
    expected = np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]], np.float32)
    assert np.array_equal(features, expected)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_model_files(tmp_path)


@pytest.mark.parametrize("kind", ["onnx", "sklearn"])
@pytest.mark.parametrize("index", range(6))
def test_a_golden_prediction_with_another_label_is_refused(
    folder: Path, kind: str, index: int
) -> None:
    def relabel(manifest: dict[str, Any]) -> None:
        golden = manifest["golden_predictions"][index]["prediction"]
        golden["species"] = "virginica" if golden["species"] == "setosa" else "setosa"

    edit_manifest(folder, relabel, kind)
    with pytest.raises(GoldenPredictionError, match="predicts otherwise than it did at export"):
        model_in(folder)(kind)


@pytest.mark.parametrize("kind", ["onnx", "sklearn"])
@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize("change", [0.001, -0.001, float("nan"), float("inf")])
def test_a_golden_probability_that_is_not_repeated_is_refused(
    folder: Path, kind: str, index: int, change: float
) -> None:
    def alter(manifest: dict[str, Any]) -> None:
        golden = manifest["golden_predictions"][index]["prediction"]
        golden["probabilities"]["versicolor"] += change

    edit_manifest(folder, alter, kind)
    with pytest.raises(GoldenPredictionError, match="predicts otherwise than it did at export"):
        model_in(folder)(kind)


def test_a_golden_probability_may_differ_by_rounding(folder: Path) -> None:
    def alter(manifest: dict[str, Any]) -> None:
        manifest["golden_predictions"][0]["prediction"]["probabilities"]["setosa"] += 5e-5

    edit_manifest(folder, alter)
    assert model_in(folder)().predict(SETOSA) == {"species": "setosa"}


def test_a_golden_row_that_the_model_refuses_ends_the_loading(folder: Path) -> None:
    def spoil(manifest: dict[str, Any]) -> None:
        manifest["golden_predictions"][0]["row"]["sepal_length"] = 150.0

    edit_manifest(folder, spoil)
    with pytest.raises(GoldenPredictionError, match="refuses one of its golden rows"):
        model_in(folder)()


def test_labels_in_another_order_are_refused(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest["answer"]["labels"].reverse())
    with pytest.raises(GoldenPredictionError):
        model_in(folder)()


def test_a_label_too_few_is_refused(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest["answer"]["labels"].pop())
    with pytest.raises(ManifestError, match="another number of labels than the engine has"):
        model_in(folder)()


def test_a_class_that_is_not_among_the_labels_is_no_prediction(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest["answer"].update(engine_labels=[7, 8, 9]))
    with pytest.raises(GoldenPredictionError, match="iris_model cannot predict"):
        model_in(folder)()
