"""A flower of each kind, and a model to put before the web interface, for tests."""

from collections.abc import Callable, Sequence
from typing import Any

from model_lambda.config import Settings
from model_lambda.ml_model import MLModel, Row
from model_lambda.model_manager import ModelManager
from model_lambda.models.iris.schemas import IrisInputSchema, IrisOutputSchema
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request

SETOSA: dict[str, float] = {
    "sepal_length": 5.1,
    "sepal_width": 3.5,
    "petal_length": 1.4,
    "petal_width": 0.2,
}
Predict = Callable[[Sequence[Row]], Any]


class ScriptedModel(MLModel):
    """Answers as a test says."""

    display_name = "Scripted Model"
    qualified_name = "scripted_model"
    description = "Answers as a test says."
    major_version = 1
    minor_version = 0
    input_schema = IrisInputSchema()
    output_schema = IrisOutputSchema()
    answer: Predict = staticmethod(lambda rows: [{"species": "setosa"} for _ in rows])

    def predict_batch(
        self, rows: Sequence[Row], *, probabilities: bool = False
    ) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = type(self).answer(rows)
        return answers


def manager_of(*models: MLModel) -> ModelManager:
    """A manager with models that are not loaded from a path."""
    return ModelManager(models)


def application_of(answer: Predict, settings: Settings | None = None) -> Application:
    """An application with one model that answers by a function."""
    scripted = type("OneScriptedModel", (ScriptedModel,), {"answer": staticmethod(answer)})
    return Application(Services(manager_of(scripted()), settings or Settings()))


def post(path: str, body: str | None, **more: Any) -> Request:
    """A request to the scripted model."""
    return Request("POST", f"/api/models/scripted_model/{path}", body=body, **more)
