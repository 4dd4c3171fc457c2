"""Requests of the Open Inference Protocol, under /v2, that are answered with 200."""

import json
from typing import Any

from events.catalogue.answers import Answer, ok, preflight, without_body
from events.catalogue.cases import JSON, Case, get, post
from events.proxy_events import HttpRequest
from model_lambda import __version__

MODEL = "/v2/models/iris_model"
INFER = f"{MODEL}/infer"
SETOSA = [5.1, 3.5, 1.4, 0.2]
VIRGINICA = [6.3, 3.3, 6.0, 2.5]
# As scikit-learn gives them for the two rows.
OF_SETOSA = [0.982623, 0.016572, 0.000806]
OF_VIRGINICA = [0.012681, 0.013788, 0.973531]
SERVER = {"name": "model_lambda", "version": __version__, "extensions": []}
METADATA = {
    "name": "iris_model",
    "versions": ["1.0"],
    "platform": "onnx_onnxv1",
    "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, 4]}],
    "outputs": [
        {"name": "label", "datatype": "BYTES", "shape": [-1]},
        {"name": "probabilities", "datatype": "FP32", "shape": [-1, 3]},
    ],
}
READY = ok({"name": "iris_model", "ready": True})
ASKED_FOR_LABEL = [{"name": "label"}]


def tensor(**changes: Any) -> dict[str, Any]:
    """The input tensor of one setosa, with changes; ``...`` leaves a member out."""
    members = {"name": "features", "shape": [1, 4], "datatype": "FP32", "data": SETOSA}
    return {name: value for name, value in (members | changes).items() if value is not ...}


def infer(path: str = INFER, **members: Any) -> HttpRequest:
    """A request to infer from one setosa, unless the members say otherwise."""
    return post(path, json.dumps({"inputs": [tensor()], **members}))


def of_tensor(**changes: Any) -> HttpRequest:
    """A request to infer from a changed tensor."""
    return infer(inputs=[tensor(**changes)])


def label(*species: str) -> dict[str, Any]:
    """The output tensor of labels."""
    return {"name": "label", "datatype": "BYTES", "shape": [len(species)], "data": list(species)}


def probabilities(*rows: list[float]) -> dict[str, Any]:
    """The output tensor of probabilities."""
    data = [value for row in rows for value in row]
    return {"name": "probabilities", "datatype": "FP32", "shape": [len(rows), 3], "data": data}


def inferred(*outputs: dict[str, Any], **members: Any) -> Answer:
    """The answer to an inference."""
    named = {"model_name": "iris_model", "model_version": "1.0"}
    return ok({**named, **members, "outputs": list(outputs)})


ONE_LABEL = inferred(label("setosa"))
ONE_ROW = inferred(label("setosa"), probabilities(OF_SETOSA))
TWO_ROWS = inferred(label("setosa", "virginica"), probabilities(OF_SETOSA, OF_VIRGINICA))
NO_ROWS = inferred(label(), probabilities())

READING = {
    "server": (get("/v2"), ok(SERVER)),
    "live": (get("/v2/health/live"), ok({"live": True})),
    "ready": (get("/v2/health/ready"), ok({"live": True, "ready": True})),
    "model": (get(MODEL), ok(METADATA)),
    "model_version": (get(f"{MODEL}/versions/1.0"), ok(METADATA)),
    "model_ready": (get(f"{MODEL}/ready"), READY),
    "model_version_ready": (get(f"{MODEL}/versions/1.0/ready"), READY),
    "model_percent_encoded": (get("/v2/models/iris%5Fmodel"), ok(METADATA)),
    "model_head": (HttpRequest("HEAD", MODEL), without_body(ok(METADATA))),
    "live_head": (HttpRequest("HEAD", "/v2/health/live"), without_body(ok({"live": True}))),
    "infer_options": (HttpRequest("OPTIONS", INFER), preflight("POST, OPTIONS")),
    "model_options": (HttpRequest("OPTIONS", MODEL), preflight("GET, HEAD, OPTIONS")),
}
TENSORS = {
    "one_row": (tensor(), ONE_ROW),
    "one_row_nested": (tensor(data=[SETOSA]), ONE_ROW),
    "two_rows_flat": (tensor(shape=[2, 4], data=SETOSA + VIRGINICA), TWO_ROWS),
    "two_rows_nested": (tensor(shape=[2, 4], data=[SETOSA, VIRGINICA]), TWO_ROWS),
    "no_rows": (tensor(shape=[0, 4], data=[]), NO_ROWS),
    "fp64": (tensor(datatype="FP64"), ONE_ROW),
    "parameters_of_the_tensor": (tensor(parameters={"scale": 1.5}), ONE_ROW),
}
# Only the label is asked for.
LABELS = {
    "whole_numbers_in_fp32": (tensor(data=[5, 3, 1, 1]), "setosa"),
    "int64": (tensor(datatype="INT64", data=[5, 3, 1, 1]), "setosa"),
    # 3.0 is a whole number, to JSON Schema too.
    "int64_with_zero_fraction": (tensor(datatype="INT64", data=[5, 3.0, 1, 1]), "setosa"),
    "int64_nested": (tensor(datatype="INT64", data=[[5, 3, 1, 1]]), "setosa"),
    "lowest_allowed_number": (tensor(data=[5.1, 3.5, 1.4, 0.1]), "setosa"),
    "lowest_allowed_number_of_float32": (
        tensor(data=[5.1, 3.5, 1.4, 0.10000000149011612]),
        "setosa",
    ),
    # No flower is like these two: the species is what scikit-learn says.
    "highest_allowed_number": (tensor(data=[6.3, 3.3, 15.0, 2.5]), "setosa"),
    "highest_allowed_integer": (tensor(data=[6.3, 3.3, 15, 2.5]), "setosa"),
}
MEMBERS: dict[str, tuple[dict[str, Any], Answer]] = {
    "id": ({"id": "42"}, inferred(label("setosa"), probabilities(OF_SETOSA), id="42")),
    "id_empty": ({"id": "", "outputs": ASKED_FOR_LABEL}, inferred(label("setosa"), id="")),
    "id_beyond_ascii": (
        {"id": "\u82b1\U0001f33c\ud800", "outputs": ASKED_FOR_LABEL},
        inferred(label("setosa"), id="\u82b1\U0001f33c\ud800"),
    ),
    "parameters": (
        {"parameters": {"priority": 1, "binary_data_output": True, "note": "x", "scale": 1.5}},
        ONE_ROW,
    ),
    "model_name_and_version": ({"model_name": "iris_model", "model_version": "1.0"}, ONE_ROW),
    "outputs_in_another_order": (
        {"outputs": [{"name": "probabilities"}, {"name": "label"}]},
        inferred(probabilities(OF_SETOSA), label("setosa")),
    ),
    "outputs_empty": ({"outputs": []}, ONE_ROW),
    "output_with_parameters": (
        {"outputs": [{"name": "label", "parameters": {"binary_data": True}}]},
        ONE_LABEL,
    ),
}
# Just what the Python client of KServe 0.21 sends: by its defaults, and with all that it can add.
OF_KSERVE = {
    "by_default": (
        (
            '{"id":"0f451a78-71dc-43ff-b194-f3b2cf287928","model_name":"iris_model","inputs":'
            '[{"name":"features","shape":[1,4],"datatype":"FP32","data":[5.099999904632568,3.5,'
            "1.399999976158142,0.20000000298023224]}]}"
        ),
        inferred(
            label("setosa"),
            probabilities(OF_SETOSA),
            id="0f451a78-71dc-43ff-b194-f3b2cf287928",
        ),
    ),
    "with_parameters_and_outputs": (
        (
            '{"id":"k-1","model_name":"iris_model","inputs":[{"name":"features","shape":[1,4],'
            '"datatype":"FP64","parameters":{"content_type":"np"},"data":[[5.1,3.5,1.4,0.2]]}],'
            '"outputs":[{"name":"label","parameters":{"binary_data":false}}],'
            '"parameters":{"binary_data_output":false,"priority":1}}'
        ),
        inferred(label("setosa"), id="k-1"),
    ),
}
BODY = json.dumps({"inputs": [tensor()]})
CARRIED = {
    "of_a_version": infer(f"{MODEL}/versions/1.0/infer"),
    "without_content_type": post(INFER, BODY, headers=()),
    "with_a_query": post(INFER, BODY, query=(("a", "b"),)),
    "in_base64": post(INFER, BODY.encode()),
    "with_charset": post(INFER, BODY, (("Content-Type", "application/json; charset=utf-8"),)),
    "with_identity_encoding": post(INFER, BODY, (*JSON, ("Content-Encoding", "identity"))),
}
CASES = [
    *(Case(f"v2_{name}", request, expected) for name, (request, expected) in READING.items()),
    *(
        Case(f"v2_infer_{name}", infer(inputs=[one]), expected)
        for name, (one, expected) in TENSORS.items()
    ),
    *(
        Case(
            f"v2_infer_{name}",
            infer(inputs=[one], outputs=ASKED_FOR_LABEL),
            inferred(label(species)),
        )
        for name, (one, species) in LABELS.items()
    ),
    *(
        Case(f"v2_infer_{name}", infer(**members), expected)
        for name, (members, expected) in MEMBERS.items()
    ),
    *(
        Case(f"v2_infer_from_kserve_{name}", post(INFER, body), expected)
        for name, (body, expected) in OF_KSERVE.items()
    ),
    *(Case(f"v2_infer_{name}", request, ONE_ROW) for name, request in CARRIED.items()),
]
