"""Distances to the centres of clusters: on request, compared, and of the right cluster."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import BisectingKMeans, KMeans, MeanShift, MiniBatchKMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from model_lambda.config import Settings
from model_lambda.model_manager import ModelManager
from model_lambda.packaged_model import PackagedModel, load_packaged_model
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request
from tests.training.made_estimators import WINE
from training.errors import DifferenceError
from training.export import export_model
from training.report import ExportReport

Exported = Callable[[str], ExportReport]


def _ask(model: PackagedModel, path: str, document: Any, **query: str) -> tuple[int, Any]:
    application = Application(Services(ModelManager([model]), Settings()))
    path = f"/api/models/{model.qualified_name}/{path}"
    response = application.respond(Request("POST", path, query=query, body=json.dumps(document)))
    return response.status, json.loads(response.body)


@pytest.mark.parametrize(
    ("kind", "engine"),
    [
        (KMeans, "onnx"),
        (MiniBatchKMeans, "onnx"),
        (KMeans, "sklearn"),
        (BisectingKMeans, "sklearn"),
    ],
)
def test_the_distance_to_each_cluster_is_the_estimators(
    target: Path, kind: Any, engine: str
) -> None:
    estimator = make_pipeline(StandardScaler(), kind(4, random_state=0)).fit(WINE.data)
    export_model(estimator, WINE.data, name="probe", folder=target, engine=engine)
    model = load_packaged_model(target)
    rows = WINE.data.iloc[:9].to_dict("records")
    status, answer = _ask(model, "predictions", {"rows": rows}, distances="true")
    assert status == 200
    clusters = [one["cluster"] for one in answer["predictions"]]
    assert clusters == estimator.predict(WINE.data.iloc[:9]).tolist()
    distances = [one["distances"] for one in answer["predictions"]]
    assert [list(one) for one in distances] == [["0", "1", "2", "3"]] * 9
    found = [list(one.values()) for one in distances]
    assert np.array(found) == pytest.approx(estimator.transform(WINE.data.iloc[:9]), rel=1e-5)


def test_distances_are_given_on_request_alone(exported: Exported) -> None:
    model = load_packaged_model(exported("clusters").folder)
    row = model.manifest.golden_predictions[0].row
    assert list(_ask(model, "predict", row)[1]) == ["cluster"]
    assert list(_ask(model, "predict", row, distances="false")[1]) == ["cluster"]
    assert list(_ask(model, "predict", row, distances="true")[1]) == ["cluster", "distances"]


@pytest.mark.parametrize(
    ("kind", "option", "detail"),
    [
        ("clusters", {"probabilities": "true"}, "This model gives no probabilities."),
        ("digits", {"distances": "true"}, "This model gives no distances."),
        ("outliers", {"distances": "true"}, "This model gives no distances."),
        ("clusters", {"distances": "yes"}, "Distances is either true or false."),
    ],
)
def test_what_a_model_does_not_give_is_refused(
    exported: Exported, kind: str, option: dict[str, str], detail: str
) -> None:
    model = load_packaged_model(exported(kind).folder)
    row = model.manifest.golden_predictions[0].row
    status, problem = _ask(model, "predict", row, **option)
    assert (status, problem["type"], problem["detail"]) == (
        400,
        "/problems/invalid-parameter",
        detail,
    )


def test_a_row_at_the_centre_of_its_cluster_is_at_no_distance(target: Path) -> None:
    # The square of its distance comes out below zero in the converter's formula.
    random = np.random.default_rng(0)
    points = (random.normal(size=(5, 7)) * 100 + 1000)[random.integers(0, 5, 200)]
    estimator = KMeans(5, random_state=0, n_init=3).fit(points)
    export_model(estimator, points, name="probe", folder=target)
    rows = [{"features": row} for row in points[:5].tolist()]
    nearest = [
        min(one["distances"].values())
        for one in load_packaged_model(target).predict_batch(rows, probabilities=True)
    ]
    assert nearest == pytest.approx([0] * 5, abs=1e-3)


def test_clusters_whose_estimator_measures_no_distance_have_none(target: Path) -> None:
    estimator = MeanShift().fit(WINE.data)
    export_model(estimator, WINE.data, name="probe", folder=target, engine="sklearn")
    assert load_packaged_model(target).on_request == ""


def test_a_model_with_other_distances_is_refused(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimator = KMeans(3, random_state=0).fit(WINE.data)
    measured = estimator.transform

    def transform(data: Any) -> Any:
        return measured(data) * 1.01

    monkeypatch.setattr(estimator, "transform", transform)
    with pytest.raises(DifferenceError, match="largest difference 0"):
        export_model(estimator, WINE.data, name="probe", folder=target)
