"""An .onnx that somebody else made is served as it came, from the file to the answer over HTTP."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import skl2onnx
from onnx import TensorProto, helper

from tests.training.answers import answer_to
from tests.training.made_estimators import WINE, line, wine_model
from training import __main__ as command
from training.errors import ExportError
from training.load import load_estimator


def _export(folder: Path, content: bytes, *more: str, table: Any = WINE.data) -> None:
    (folder / "made.onnx").write_bytes(content)
    table.to_csv(folder / "made.csv", index=False)
    files = [f"--from={folder / 'made.onnx'}", f"--example={folder / 'made.csv'}"]
    command.main(["model", "--name=made", *files, *more])


def test_a_classifier_with_a_zipmap_answers_as_the_file_does(models: Path, tmp_path: Path) -> None:
    rows = WINE.data.to_numpy(np.float32)
    content = skl2onnx.to_onnx(wine_model(), rows[:1]).SerializeToString()
    label, shares = onnxruntime.InferenceSession(content).run(None, {"X": rows[:1]})
    _export(tmp_path, content)
    answer = answer_to(models, WINE.data.iloc[0].to_dict())
    assert answer["label"] == label[0]
    expected = {str(key): value for key, value in shares[0].items()}
    assert answer["probabilities"] == pytest.approx(expected, abs=1e-5)
    served = onnx.load(models / "made" / "1.0" / "made.onnx")
    assert "ZipMap" not in {node.op_type for node in served.graph.node}


def test_one_tensor_takes_the_columns_in_their_order(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _export(tmp_path, line(["x"], 13))
    row = WINE.data.iloc[0]
    assert answer_to(models, row.to_dict()) == {"value": pytest.approx(row.sum(), rel=1e-5)}
    assert "taken in the order of the example: alcohol" in capsys.readouterr().out


def test_several_inputs_take_the_columns_of_their_names(models: Path, tmp_path: Path) -> None:
    _export(tmp_path, line(["hue", "ash"], 1))
    answer = answer_to(models, {"ash": 2.0, "hue": 1.0})
    assert answer == {"value": pytest.approx(3.0)}


def test_what_the_outputs_do_not_tell_is_asked(models: Path, tmp_path: Path) -> None:
    model = onnx.load_from_string(line(["x"], 13))
    model.graph.node[1].CopyFrom(helper.make_node("Identity", ["all"], ["variable"]))
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("variable", TensorProto.FLOAT, None))
    content = model.SerializeToString()
    with pytest.raises(SystemExit, match="say TASK= one of classification, regression"):
        _export(tmp_path, content)
    _export(tmp_path, content, "--task=transformation")
    assert len(answer_to(models, WINE.data.iloc[0].to_dict())) == 13


def test_data_outside_of_the_file_is_refused(models: Path, tmp_path: Path) -> None:
    model = onnx.load_from_string(line(["x"], 13))
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
    answer = answer_to(models, WINE.data.iloc[0].to_dict())
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
