"""Requests and responses as pydantic models."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Centimetres = Annotated[float, Field(ge=0.1, le=15.0, strict=True)]


class IrisInput(BaseModel):
    """Four measurements in centimetres."""

    model_config = ConfigDict(extra="forbid")

    sepal_length: Centimetres
    sepal_width: Centimetres
    petal_length: Centimetres
    petal_width: Centimetres

    def features(self) -> tuple[float, float, float, float]:
        """The measurements in the order of the model's columns."""
        return self.sepal_length, self.sepal_width, self.petal_length, self.petal_width


class IrisOutput(BaseModel):
    """The predicted species."""

    species: str


class IrisBatch(BaseModel):
    """Many rows."""

    model_config = ConfigDict(extra="forbid")

    rows: list[IrisInput]


class IrisPredictions(BaseModel):
    """The species of many rows, in their order."""

    predictions: list[IrisOutput]


DESCRIPTION = {
    "display_name": "Iris Model",
    "qualified_name": "iris_model",
    "description": "Predicts the species of an iris flower from four measurements.",
    "major_version": 1,
    "minor_version": 0,
}
