"""What the iris model takes and gives."""

from marshmallow import RAISE, Schema, fields, validate

from model_lambda.schema_fields import StrictFloat

SPECIES = ("setosa", "versicolor", "virginica")


def _measurement(of: str) -> StrictFloat:
    # Wider than the flowers of the data set (0.1 to 7.9 cm), narrow enough to catch millimetres.
    return StrictFloat(
        required=True,
        validate=validate.Range(min=0.1, max=15.0),
        metadata={"description": f"{of} of the flower in centimetres (cm).", "unit": "cm"},
    )


class IrisInputSchema(Schema):
    """Four measurements of an iris flower, in centimetres."""

    class Meta:
        unknown = RAISE

    sepal_length = _measurement("Sepal length")
    sepal_width = _measurement("Sepal width")
    petal_length = _measurement("Petal length")
    petal_width = _measurement("Petal width")


class IrisOutputSchema(Schema):
    """The predicted species and, on request, the probability of each."""

    class Meta:
        unknown = RAISE

    species = fields.String(
        required=True,
        validate=validate.OneOf(SPECIES),
        metadata={"description": "The most probable species."},
    )
    probabilities = fields.Dict(
        keys=fields.String(validate=validate.OneOf(SPECIES)),
        values=StrictFloat(validate=validate.Range(min=0.0, max=1.0)),
        metadata={"description": "Probability of each species, 0 to 1, rounded to 6 decimals."},
    )
