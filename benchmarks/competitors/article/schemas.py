"""What the model takes and gives, as marshmallow schemas."""

from marshmallow import Schema, fields, validate

SPECIES = ("setosa", "versicolor", "virginica")
CENTIMETRES = validate.Range(min=0.1, max=15.0)


class IrisInput(Schema):
    """Four measurements in centimetres."""

    sepal_length = fields.Float(required=True, validate=CENTIMETRES)
    sepal_width = fields.Float(required=True, validate=CENTIMETRES)
    petal_length = fields.Float(required=True, validate=CENTIMETRES)
    petal_width = fields.Float(required=True, validate=CENTIMETRES)


class IrisOutput(Schema):
    """The predicted species."""

    species = fields.String(required=True, validate=validate.OneOf(SPECIES))
