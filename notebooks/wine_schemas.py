from marshmallow import RAISE, Schema, fields, validate
from model_lambda.schema_fields import StrictFloat

class WineInputSchema(Schema):
    class Meta:
        unknown = RAISE
    alcohol = StrictFloat(required=True, validate=validate.Range(5, 20))
    flavanoids = StrictFloat(required=True, validate=validate.Range(0, 10))
    color_intensity = StrictFloat(required=True, validate=validate.Range(0, 20))
    proline = StrictFloat(required=True, validate=validate.Range(0, 3000))

WineOutputSchema = Schema.from_dict({"grower": fields.Str(), "probabilities": fields.Dict()})
