"""An .onnx that somebody else made is served as it came, from the file to the answer over HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import skl2onnx
from onnx import TensorProto, helper

from tests.training.answers import answer_to
from tests.training.made_estimators import MAKERS, WINE, line, wine_model
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


def _converted(kind: str) -> bytes:
    made = MAKERS[kind]()
    table = made.example.drop(columns=made.label or []).to_numpy(np.float32)
    opsets = {"": 17, "ai.onnx.ml": 3}
    has_zipmap = kind != "multilabel"
    options = None if has_zipmap else {id(made.estimator): {"zipmap": False}}
    model = skl2onnx.to_onnx(made.estimator, table[:1], options=options, target_opset=opsets)
    return bytes(model.SerializeToString())


def _expected(kind: str) -> Any:
    """What the estimator says of the first row of its example."""
    made = MAKERS[kind]()
    row = made.example.drop(columns=made.label or []).head(1)
    last = made.estimator
    if kind == "outliers":
        return [last.predict(row)[0] == 1, last.decision_function(row)[0]]
    values = last.transform(row) if kind == "components" else last.predict(row)
    return np.ravel(values).tolist()


@pytest.mark.parametrize(
    ("kind", "task"),
    [
        ("clusters", "clustering"),
        ("outliers", "outlier_detection"),
        ("components", "transformation"),
        ("two_targets", "regression"),
    ],
)
def test_a_task_that_is_said_answers_as_the_estimator_that_the_file_was_made_of(
    models: Path, tmp_path: Path, kind: str, task: str
) -> None:
    table = MAKERS[kind]().example
    _export(tmp_path, _converted(kind), f"--task={task}", table=table)
    answer = answer_to(models, table.iloc[0].to_dict())
    assert list(answer.values()) == pytest.approx(_expected(kind), rel=1e-4)


def _cast(kind: int, shape: list[str | int | None]) -> bytes:
    """A file whose input is of a type and shape that is not served."""
    parts = [helper.make_tensor_value_info("x", kind, shape)]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)
    node = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)
    opsets = [helper.make_opsetid("", 17)]
    graph = helper.make_graph([node], "cast", parts, [output])
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def _without_label() -> bytes:
    options = {"zipmap": False}
    model = skl2onnx.to_onnx(wine_model(), WINE.data[:1].to_numpy(np.float32), options=options)
    del model.graph.output[0]
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("make", "more", "problem"),
    [
        (lambda: _cast(TensorProto.FLOAT16, ["n", 13]), [], "is tensor.float16. .* export the fi"),
        (lambda: _cast(TensorProto.INT32, ["n", 13]), [], "float, double, int64, bool or string i"),
        (lambda: _cast(TensorProto.FLOAT, [1, 13]), [], "a number of rows that is not fixed"),
        (lambda: _cast(TensorProto.FLOAT, ["n", 13, 2]), [], r"with the shape \(rows, columns\)"),
        (_without_label, [], "is probabilities without a label: export it with its label, or say"),
        (_without_label, ["--task=classification"], "no output of a label a row, which classifica"),
        (lambda: _converted("clusters"), [], "say TASK= one of classification, regression, clus"),
        (lambda: _converted("clusters"), ["--task=classification"], r"give \[labels\] in CONFIG"),
        (
            lambda: _converted("clusters"),
            ["--task=outlier_detection"],
            "needs one score: say another TASK=",
        ),
        (
            lambda: _converted("multilabel"),
            ["--task=classification"],
            "several labels a row, which are not served: export a file a label",
        ),
        (lambda: line(["x"], 12), [], "the file takes 12 columns and the example has 13"),
    ],
)
def test_a_file_that_is_not_served_is_refused_in_one_sentence_with_a_remedy(
    models: Path, tmp_path: Path, make: Callable[[], bytes], more: list[str], problem: str
) -> None:
    with pytest.raises(SystemExit, match=problem) as ended:
        _export(tmp_path, make(), *more)
    assert "\n" not in str(ended.value)
    assert "estimator" not in str(ended.value)
    assert list(models.iterdir()) == []
