"""An ONNX file that somebody else made, asked as an estimator is.

It answers from the file as it came; what is served is compared with that.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime
import pandas as pd

from deploy.onnx_format import refuse_external_data
from model_lambda.columns import Field
from model_lambda.engines import Input
from model_lambda.engines.arrays import MISSING_TEXT
from model_lambda.errors import ModelFileError
from training.errors import ExportError

_DATATYPES: Mapping[str, tuple[str, Any]] = {
    "tensor(float)": ("FP32", np.float32),
    "tensor(double)": ("FP64", np.float64),
    "tensor(int64)": ("INT64", np.int64),
    "tensor(bool)": ("BOOL", np.bool_),
    "tensor(string)": ("BYTES", np.object_),
}
_TAKEN = {
    "FP32": ("number", "integer", "boolean", "array"),
    "FP64": ("number", "integer", "boolean", "array"),
    "INT64": ("integer",),
    "BOOL": ("boolean",),
    "BYTES": ("category", "text"),
}
_CLASS_LABELS = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")
_FILE_TASKS = ("classification", "regression", "clustering", "outlier_detection", "transformation")


class Roles(NamedTuple):
    """Which output of the file is what: a label, and numbers a row."""

    task: str
    label: str | None
    numbers: str | None


class OnnxFile:
    """A model file, and what each of its outputs is."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.model = onnx.load_from_string(content)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        self.inputs = self._session.get_inputs()
        for one in self.inputs:
            _check_input(one)
        self.roles = Roles("", None, None)
        self.classes_: Any = None
        if len(self.inputs) > 1:
            self.feature_names_in_ = [one.name for one in self.inputs]
        elif isinstance(self.inputs[0].shape[1], int):
            self.n_features_in_ = self.inputs[0].shape[1]

    @property
    def takes_text(self) -> bool:
        """Whether a row is one text."""
        return [(one.type, one.shape[1]) for one in self.inputs] == [("tensor(string)", 1)]

    def find_roles(self, data: Any, task: str | None, labels: Mapping[Any, Any] | None) -> None:
        """Find out what the outputs are, with rows of the example.

        Raises:
            ExportError: it takes a person to say.
        """
        outputs = self._run(data)
        label = next((name for name, value in outputs.items() if value.dtype.kind in "iOU"), None)
        numbers = next((name for name, value in outputs.items() if value.dtype.kind == "f"), None)
        classes = self._class_labels()
        if classes is None and labels:
            is_text = label is None or outputs[label].dtype.kind != "i"
            classes = [key if is_text else int(key) for key in labels]
        shares = numbers is not None and _are_shares(outputs[numbers])
        found = task or _task(label, numbers, outputs, is_classifier=bool(classes) or shares)
        if found not in _FILE_TASKS:
            if label is None and shares:
                raise ExportError(
                    f"the output {numbers} of the file is probabilities without a label: export it "
                    "with its label, or say TASK=transformation to serve them as numbers"
                )
            listed = ", ".join(f"{name} {value.shape}" for name, value in outputs.items())
            raise ExportError(
                f"what the outputs {listed} are is not known: say TASK= one of "
                f"{', '.join(_FILE_TASKS)}"
            )
        _check_outputs(found, label, numbers, outputs)
        if found == "classification":
            numbers = numbers if shares else None
            self.classes_ = self._checked_classes(classes, outputs, label, numbers)
        self.roles = Roles(found, label, numbers)

    def _checked_classes(
        self, classes: list[Any] | None, outputs: Mapping[str, Any], label: Any, numbers: str | None
    ) -> Any:
        """Classes as the file or a person says them, in the order of the probabilities."""
        if classes is None:
            raise ExportError(
                "the file does not say its classes: give [labels] in CONFIG, in the order of the "
                "probabilities, or export it with the classes in a ZipMap"
            )
        found = outputs[label].ravel().tolist()
        if not set(found) <= set(classes):
            raise ExportError(f"the file answers {set(found)}, and its classes are {classes}")
        if numbers is not None:
            places = [classes.index(one) for one in found]
            _check_order(outputs[numbers], places, classes, is_told=self._class_labels() is None)
        return np.array(classes)

    def predict(self, data: Any) -> Any:
        """The label of each row, or the numbers of a regression."""
        outputs = self._run(data)
        name = self.roles.label if self.roles.task != "regression" else self.roles.numbers
        return outputs[str(name)] if self.roles.task == "regression" else outputs[str(name)].ravel()

    @property
    def predict_proba(self) -> Any:
        """What gives a probability of each class; there is none without such an output."""
        if self.roles.task != "classification" or self.roles.numbers is None:
            raise AttributeError("predict_proba")
        return lambda data: self._run(data)[str(self.roles.numbers)]

    def decision_function(self, data: Any) -> Any:
        """The score of each row."""
        return self._run(data)[str(self.roles.numbers)].ravel()

    def transform(self, data: Any) -> Any:
        """The numbers of each row."""
        return self._run(data)[str(self.roles.numbers)]

    def served(self, fields: Sequence[Field]) -> tuple[bytes, tuple[Input, ...], tuple[str, ...]]:
        """The file without its ZipMap, its inputs and its outputs in the order of the task.

        Raises:
            ExportError: a field is not what the input of its name takes.
        """
        by_name = hasattr(self, "feature_names_in_")
        every = tuple(field.name for field in fields)
        inputs = tuple(
            Input(one.name, _DATATYPES[one.type][0], (one.name,) if by_name else every)
            for one in self.inputs
        )
        for one in inputs:
            for field in fields:
                if field.name in one.fields:
                    _check_type(one, field)
        names = {self.roles.label: self.roles.label, self.roles.numbers: self.roles.numbers}
        without = _without_zipmap(self.model, names)
        pair = (self.roles.label, self.roles.numbers)
        wanted = pair[1:] if self.roles.task in ("regression", "transformation") else pair
        return without, inputs, tuple(str(names[one]) for one in wanted if one is not None)

    def _class_labels(self) -> list[Any] | None:
        # The ZipMap's first: it names the probabilities.
        for node in sorted(self.model.graph.node, key=lambda one: one.op_type != "ZipMap"):
            is_known = node.op_type == "ZipMap" or node.op_type.endswith("Classifier")
            for one in node.attribute if is_known else ():
                values = list(one.strings or one.ints)
                if one.name in _CLASS_LABELS and values:
                    return [v.decode() if isinstance(v, bytes) else v for v in values]
        return None

    def _run(self, data: Any) -> dict[str, Any]:
        feed = {}
        for one in self.inputs:
            dtype = _DATATYPES[one.type][1]
            values = data[[one.name]] if hasattr(self, "feature_names_in_") else data
            if dtype is np.object_:
                frame = pd.DataFrame(values)
                feed[one.name] = frame.where(frame.notna(), MISSING_TEXT).to_numpy(object)
            else:
                feed[one.name] = np.asarray(values).astype(dtype)
        found = self._session.run(None, feed)
        names = [one.name for one in self._session.get_outputs()]
        classes = self._class_labels()
        return {name: _array(value, classes) for name, value in zip(names, found, strict=True)}


def read_onnx(path: Path) -> OnnxFile:
    """Read a file.

    Raises:
        ExportError: it has data outside of it, or ONNX Runtime does not take it.
    """
    content = path.read_bytes()
    try:
        refuse_external_data(content)
        return OnnxFile(content)
    except ModelFileError as error:
        raise ExportError(
            f"{path.name} is {error}: save it as one whole ONNX file (save_as_external_data=False)"
        ) from error


def _check_input(one: Any) -> None:
    remedy = ""
    if one.type not in _DATATYPES:
        remedy = "float, double, int64, bool or string instead of it"
    elif len(one.shape) != 2:
        remedy = "the shape (rows, columns)"
    elif isinstance(one.shape[0], int):
        remedy = "a number of rows that is not fixed (dynamic axes)"
    if remedy:
        raise ExportError(
            f"the input {one.name} of the file is {one.type} of shape {one.shape}: export the file "
            f"with {remedy}"
        )


def _check_outputs(
    task: str, label: str | None, numbers: str | None, outputs: Mapping[str, Any]
) -> None:
    """Refuse a task for which the file has not the outputs."""
    needs_label = task not in ("regression", "transformation")
    needs_numbers = task in ("regression", "transformation", "outlier_detection")
    if (needs_label and label is None) or (needs_numbers and numbers is None):
        kind = "label" if needs_label and label is None else "number"
        raise ExportError(
            f"the file has no output of a {kind} a row, which {task} needs: export it with one, "
            "or say another TASK="
        )
    if needs_label and not _is_single(outputs[str(label)]):
        raise ExportError(
            f"the output {label} of the file is several labels a row, which are not served: "
            "export a file a label"
        )
    if task == "outlier_detection" and not _is_single(outputs[str(numbers)]):
        raise ExportError(
            f"the output {numbers} of the file is several numbers a row, and outlier_detection "
            "needs one score: say another TASK="
        )


def _is_single(values: Any) -> bool:
    """Whether there is one value a row."""
    return bool(values.size == len(values))


def _check_order(shares: Any, places: list[int], classes: list[Any], *, is_told: bool) -> None:
    if shares.shape[1] != len(classes):
        raise ExportError(
            f"there are {len(classes)} classes and {shares.shape[1]} probabilities: "
            "give labels for each"
        )
    if is_told and (shares[range(len(shares)), places] < shares.max(axis=1) - 1e-5).any():
        raise ExportError("labels are in another order than the probabilities: order labels so")


def _array(value: Any, classes: list[Any] | None) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], dict):  # from a ZipMap
        # ONNX Runtime sorts a map by its keys; the tensor before it is in the order of the classes.
        return np.array([[one[key] for key in classes or one] for one in value])
    return np.asarray(value)


def _are_shares(values: Any) -> bool:
    is_table = values.ndim == 2 and values.shape[1] > 1
    return bool(
        is_table
        and (values >= -1e-5).all()
        and np.allclose(values.astype(float).sum(axis=1), 1, atol=1e-3)
    )


def _task(
    label: str | None, numbers: str | None, outputs: Mapping[str, Any], *, is_classifier: bool
) -> str:
    if label is not None:
        return "classification" if is_classifier else ""
    is_single = len(outputs) == 1 and numbers is not None
    value = outputs[numbers] if is_single and numbers else None
    return "regression" if value is not None and _is_single(value) else ""


def _check_type(one: Input, field: Field) -> None:
    is_whole = one.datatype in ("INT64", "BOOL")
    if field.type not in _TAKEN[one.datatype] or (is_whole and field.nullable):
        raise ExportError(
            f"the input {one.name} takes {one.datatype}, and the column {field.name} is "
            f"{field.type}{', with missing values' if field.nullable else ''}: give such values"
        )


def _without_zipmap(model: onnx.ModelProto, names: dict[Any, Any]) -> bytes:
    """The model with its ZipMaps taken out; `names` gets what their outputs are called then."""
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    graph = copied.graph
    for node in [one for one in graph.node if one.op_type == "ZipMap"]:
        graph.node.remove(node)
        for place, output in enumerate(graph.output):
            if output.name == node.output[0]:
                names[output.name] = node.input[0]
                kind = onnx.TensorProto.FLOAT
                tensor = onnx.helper.make_tensor_value_info(node.input[0], kind, None)
                graph.output[place].CopyFrom(tensor)
    return bytes(copied.SerializeToString())
