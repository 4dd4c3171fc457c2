"""The requests that every contestant answers, and what a right answer says."""

import json
from typing import Any

from benchmarks.packages import MODEL_FILES
from deploy.commands import PROJECT
from model_lambda.manifest import GoldenPrediction, read_manifest

EVENTS = PROJECT / "events"
BATCH_SIZES = (1, 10, 100, 1_000, 10_000)
ROWS_OF_A_REQUEST = 10
_EVENT_OF = {"list": "list_models", "metadata": "metadata", "predict": "predict_setosa"}


def event(endpoint: str, rows: int = ROWS_OF_A_REQUEST) -> dict[str, Any]:
    """The event of one endpoint; `predictions` carries this many rows."""
    if endpoint == "predictions":
        return _predictions_event(rows)
    return _stored(_EVENT_OF[endpoint])


def is_right(endpoint: str, answer: dict[str, Any], rows: int = ROWS_OF_A_REQUEST) -> bool:
    """Whether an answer is a success that says what it should."""
    if answer.get("statusCode") != 200:
        return False
    document = json.loads(answer["body"])
    if endpoint == "list":
        return bool(document["models"][0]["qualified_name"] == "iris_model")
    if endpoint == "metadata":
        return "sepal_length" in document["input_schema"]["properties"]
    if endpoint == "predict":
        return bool(document == {"species": "setosa"})
    labels = [one["species"] for one in document["predictions"]]
    return labels == [golden.prediction["species"] for golden in _golden(rows)]


def _predictions_event(rows: int) -> dict[str, Any]:
    body = [golden.row for golden in _golden(rows)]
    text = json.dumps(_stored("predict_setosa")).replace("/predict", "/predictions")
    document: dict[str, Any] = json.loads(text)
    return document | {"body": json.dumps({"rows": body})}


def _golden(rows: int) -> list[GoldenPrediction]:
    golden = read_manifest(MODEL_FILES / "onnx").golden_predictions
    return [golden[number % len(golden)] for number in range(rows)]


def _stored(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return document
