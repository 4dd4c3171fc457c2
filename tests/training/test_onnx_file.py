"""An .onnx that somebody else made is served as it came, from the file to the answer over HTTP."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import skl2onnx
from onnx import TensorProto, helper

from model_lambda.config import Settings
from model_lambda.model_manager import ModelManager
from model_lambda.packaged_model import load_packaged_model
from model_lambda.web_api.application import Application
from model_lambda.web_api.controllers import Services
from model_lambda.web_api.messages import Request
from tests.training.made_estimators import WINE, wine_model
from training import __main__ as command
from training.errors import ExportError
from training.load import load_estimator


def _export(folder: Path, content: bytes, *more: str, table: Any = WINE.data) -> None:
    (folder / "made.onnx").write_bytes(content)
    table.to_csv(folder / "made.csv", index=False)
    files = [f"--from={folder / 'made.onnx'}", f"--example={folder / 'made.csv'}"]
    command.main(["model", "--name=made", *files, *more])


def _answer(models: Path, row: Any) -> Any:
    model = load_packaged_model(models / "made" / "1.0")
    application = Application(Services(ModelManager([model]), Settings()))
    query = {"probabilities": "true"} if model.has_probabilities else {}
    path = "/api/models/made/predict"
    response = application.respond(Request("POST", path, query=query, body=json.dumps(row)))
    assert response.status == 200
    return json.loads(response.body)


def _line(inputs: list[str], width: int) -> bytes:
    """The sum of all inputs (n, width), by hand."""
    shape: list[str | int | None] = ["n", width]
    parts = [helper.make_tensor_value_info(one, TensorProto.FLOAT, shape) for one in inputs]
    joined = helper.make_node("Concat", inputs, ["all"], axis=1)
    summed = helper.make_node("ReduceSum", ["all", "axes"], ["variable"], keepdims=1)
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    output = helper.make_tensor_value_info("variable", TensorProto.FLOAT, ["n", 1])
    graph = helper.make_graph([joined, summed], "line", parts, [output], [axes])
    opsets = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def test_a_classifier_with_a_zipmap_answers_as_the_file_does(models: Path, tmp_path: Path) -> None:
    rows = WINE.data.to_numpy(np.float32)
    content = skl2onnx.to_onnx(wine_model(), rows[:1]).SerializeToString()
    label, shares = onnxruntime.InferenceSession(content).run(None, {"X": rows[:1]})
    _export(tmp_path, content)
    answer = _answer(models, WINE.data.iloc[0].to_dict())
    assert answer["label"] == label[0]
    expected = {str(key): value for key, value in shares[0].items()}
    assert answer["probabilities"] == pytest.approx(expected, abs=1e-5)
    served = onnx.load(models / "made" / "1.0" / "made.onnx")
    assert "ZipMap" not in {node.op_type for node in served.graph.node}


def test_one_tensor_takes_the_columns_in_their_order(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _export(tmp_path, _line(["x"], 13))
    row = WINE.data.iloc[0]
    assert _answer(models, row.to_dict()) == {"value": pytest.approx(row.sum(), rel=1e-5)}
    assert "taken in the order of the example: alcohol" in capsys.readouterr().out


def test_several_inputs_take_the_columns_of_their_names(models: Path, tmp_path: Path) -> None:
    _export(tmp_path, _line(["hue", "ash"], 1))
    answer = _answer(models, {"ash": 2.0, "hue": 1.0})
    assert answer == {"value": pytest.approx(3.0)}


def test_what_the_outputs_do_not_tell_is_asked(models: Path, tmp_path: Path) -> None:
    model = onnx.load_from_string(_line(["x"], 13))
    model.graph.node[1].CopyFrom(helper.make_node("Identity", ["all"], ["variable"]))
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("variable", TensorProto.FLOAT, None))
    content = model.SerializeToString()
    with pytest.raises(SystemExit, match="say TASK= one of classification, regression"):
        _export(tmp_path, content)
    _export(tmp_path, content, "--task=transformation")
    assert len(_answer(models, WINE.data.iloc[0].to_dict())) == 13


def test_data_outside_of_the_file_is_refused(models: Path, tmp_path: Path) -> None:
    model = onnx.load_from_string(_line(["x"], 13))
    axes = model.graph.initializer[0]
    axes.data_location = TensorProto.EXTERNAL
    axes.external_data.add(key="location", value="elsewhere")
    with pytest.raises(SystemExit, match=r"external data: save it as one whole ONNX file"):
        _export(tmp_path, model.SerializeToString())
    assert list(models.iterdir()) == []


def test_classes_in_an_order_of_their_own_keep_their_probabilities(
    models: Path, tmp_path: Path
) -> None:
    rows = WINE.data.to_numpy(np.float32)
    model = skl2onnx.to_onnx(wine_model(), rows[:1])
    for node in model.graph.node:
        for one in node.attribute:
            if one.name in ("classlabels_int64s", "classlabels_ints"):
                one.ints[:] = [7, 2, 5]
    content = model.SerializeToString()
    label, shares = onnxruntime.InferenceSession(content).run(None, {"X": rows[:1]})
    _export(tmp_path, content)
    answer = _answer(models, WINE.data.iloc[0].to_dict())
    assert answer["label"] == label[0] == 7
    expected = {str(key): value for key, value in shares[0].items()}
    assert answer["probabilities"] == pytest.approx(expected, abs=1e-5)


def test_a_file_that_is_no_onnx_or_of_unknown_operators_is_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_text("not a model")
    with pytest.raises(ExportError, match=r"broken\.onnx is not a well-formed ONNX model"):
        load_estimator(path)
    floats = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Nope", ["x"], ["y"])], "g", floats[:1], floats[1:])
    path.write_bytes(helper.make_model(graph).SerializeToString())
    with pytest.raises(ExportError, match=r"broken\.onnx is not an ONNX file that .* No Op"):
        load_estimator(path)
