"""Marshmallow schemas of the documents around the models' own rows; they only describe."""

from marshmallow import RAISE, Schema, fields, validate


class DocumentSchema(Schema):
    """A JSON object with these members and no others."""

    class Meta:
        unknown = RAISE


def _text(description: str, **metadata: str) -> fields.String:
    return fields.String(required=True, metadata={"description": description, **metadata})


def _flag(description: str) -> fields.Boolean:
    return fields.Boolean(required=True, metadata={"description": description})


def _count(description: str) -> fields.Integer:
    return fields.Integer(
        required=True, validate=validate.Range(min=0), metadata={"description": description}
    )


class ModelSchema(DocumentSchema):
    """A model in five fields."""

    display_name = _text("The name for people.")
    qualified_name = _text("The name in paths.")
    description = _text("What the model predicts.")
    major_version = _count("Changes when clients must change.")
    minor_version = _count("Changes when predictions change.")


class ModelListSchema(DocumentSchema):
    """Every model in service."""

    models = fields.List(fields.Nested(ModelSchema), required=True)


class ModelMetadataSchema(ModelSchema):
    """A model with the JSON Schema (draft 2020-12) of its input and output."""

    input_schema = fields.Dict(
        required=True, metadata={"description": "JSON Schema of one row to predict."}
    )
    output_schema = fields.Dict(
        required=True, metadata={"description": "JSON Schema of one prediction."}
    )


class MetricSchema(DocumentSchema):
    """A metric on the same rows, twice."""

    served = fields.Float(required=True, metadata={"description": "Of what is served."})
    estimator = fields.Float(required=True, metadata={"description": "Of the estimator itself."})


class ModelFileSchema(DocumentSchema):
    """The file of one engine."""

    engine = _text("What runs it.")
    name = _text("Its name.")
    size = _count("Its bytes.")
    sha256 = _text("Its hash.")
    library = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "The versions of the engine that take it, half-open."},
    )


class ModelCardSchema(DocumentSchema):
    """What the manifest of a model says; what was not measured is left out."""

    display_name = _text("The name for people.")
    qualified_name = _text("The name in paths.")
    version = _text("Its version.")
    description = _text("What the model predicts.")
    task = _text("For example classification.")
    data = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "Rows of the example, and rows held out."},
    )
    fields_ = fields.List(
        fields.Dict(),
        required=True,
        data_key="fields",
        metadata={"description": "What each field takes."},
    )
    labels = fields.List(
        fields.Raw(), metadata={"description": "What can be answered, if it is one of a list."}
    )
    quality = fields.Dict(keys=fields.String(), values=fields.Nested(MetricSchema))
    equivalence = fields.Dict(
        metadata={"description": "How what is served was compared with the estimator."}
    )
    files = fields.List(fields.Nested(ModelFileSchema))
    trained_with = fields.Dict(keys=fields.String(), values=fields.String())


class FieldErrorSchema(DocumentSchema):
    """One reason for a refusal."""

    pointer = _text("Where: a JSON Pointer into the body.", format="json-pointer")
    detail = _text("Why.")


class ProblemSchema(DocumentSchema):
    """What went wrong, by RFC 9457."""

    type = _text("Names the kind of problem; stable.", format="uri-reference")
    title = _text("The kind in words.")
    status = fields.Integer(
        validate=validate.Range(min=400, max=599),
        metadata={"description": "The HTTP status; some errors of the gateway leave it out."},
    )
    detail = _text("This case in words.")
    instance = fields.String(metadata={"description": "The request's id, as in the log."})
    errors = fields.List(
        fields.Nested(FieldErrorSchema),
        metadata={"description": "What the schema refuses; of many rows, ten at most."},
    )


class InferenceErrorSchema(DocumentSchema):
    """What went wrong, in the Open Inference Protocol."""

    error = _text("The reason in words.")


class ServerMetadataSchema(DocumentSchema):
    """The server."""

    name = _text("Its name.")
    version = _text("Its version.")
    extensions = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Extensions of the protocol that it offers."},
    )


class ServerLiveSchema(DocumentSchema):
    """Whether the server is alive."""

    live = _flag("Whether requests are answered.")


class ServerReadySchema(ServerLiveSchema):
    """Whether the server is ready."""

    ready = _flag("Whether every model is loaded.")


class ModelReadySchema(DocumentSchema):
    """Whether a model is ready."""

    name = _text("The model's qualified name.")
    ready = _flag("Whether it is loaded.")


class TensorSchema(DocumentSchema):
    """A tensor that a model takes or gives."""

    name = _text("Its name.")
    datatype = _text("Its type, for example FP32; BYTES is text.")
    shape = fields.List(
        fields.Integer(strict=True, validate=validate.Range(min=-1)),
        required=True,
        metadata={"description": "Its dimensions; -1 is any number of rows."},
    )


class TensorModelSchema(DocumentSchema):
    """A model by its tensors."""

    name = _text("The model's qualified name.")
    versions = fields.List(fields.String(), required=True)
    platform = _text("What runs it.")
    inputs = fields.List(fields.Nested(TensorSchema), required=True)
    outputs = fields.List(fields.Nested(TensorSchema), required=True)
