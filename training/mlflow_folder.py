"""A folder that MLflow saved a model in, read without MLflow."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml

from training.errors import ExportError, one_line
from training.estimators import feature_names, known_categories
from training.example import FEWEST_ROWS
from training.onnx_file import OnnxFile

DESCRIPTION = "MLmodel"
_FILE_OF_FLAVOR = {"sklearn": "pickled_model", "onnx": "data"}
_ENDS = {"pickle": ".pkl", "cloudpickle": ".pkl", "skops": ".skops"}
_KINDS = {
    "double": "number", "float": "number", "float64": "number", "float32": "number",
    "long": "integer", "integer": "integer", "int64": "integer", "int32": "integer",
    "boolean": "boolean", "bool": "boolean", "string": "text", "str": "text", "object": "text",
}  # fmt: skip
_KINDS_OF_TENSOR = {
    "tensor(float)": ("number", "integer"),
    "tensor(double)": ("number", "integer"),
    "tensor(int32)": ("integer",),
    "tensor(int64)": ("integer",),
    "tensor(bool)": ("boolean",),
    "tensor(string)": ("text",),
}
_SAVE_AGAIN = "save the model again with signature=infer_signature(the table it was fitted on)"


class Signature(NamedTuple):
    """The inputs that a model was saved with.

    Attributes:
        columns: the kind (number, integer, boolean, text) of each, in order; None without names.
        width: how many numbers a row has, None if it is not said.
    """

    columns: Mapping[str, str] | None
    width: int | None


class MLflowFolder(NamedTuple):
    """What a folder says of its model.

    Attributes:
        file: the estimator or the ONNX file.
        kind: how it was saved, as the end of a file's name.
        code: where the modules are that were saved with it.
        signature: its inputs, None if it was saved without.
        sklearn_version: the release that saved an estimator.
    """

    file: Path
    kind: str
    code: Path | None
    signature: Signature | None
    sklearn_version: str | None


def read_mlflow_folder(folder: Path) -> MLflowFolder:
    """Read the description of a model; the model itself is not loaded.

    Raises:
        ExportError: it is no such folder, not whole, or of a flavour that is not served.
    """
    said = _description(folder)
    flavor, settings = _flavor(folder, said)
    file = _inside(folder, settings.get(_FILE_OF_FLAVOR[flavor]), "the model")
    version = settings.get("sklearn_version")
    return MLflowFolder(
        file,
        ".onnx" if flavor == "onnx" else _kind(folder, settings),
        _inside(folder, settings["code"], "its code") if settings.get("code") else None,
        _signature(folder, said),
        None if version is None else str(version),
    )


def read_input_example(folder: Path) -> Any:
    """The rows that were saved with a model: a table, an array or texts.

    Raises:
        ExportError: there are none, or too few.
    """
    rows = _rows(folder)
    found = "no input example" if rows is None else f"an input example of {len(rows)} rows"
    if rows is None or len(rows) < FEWEST_ROWS:
        raise ExportError(
            f"EXAMPLE not given, and {folder} has {found}: give EXAMPLE, a table of at least "
            f"{FEWEST_ROWS} rows"
        )
    return rows


def checked_columns(folder: Path, signature: Signature | None, estimator: Any) -> Any:
    """The kinds of the signature's columns, in order, where the estimator agrees with them.

    Returns:
        None where the columns have no names.

    Raises:
        ExportError: the model was fitted on other inputs than it was saved with.
    """
    if signature is None:
        return None
    names, columns = feature_names(estimator), signature.columns
    if names is not None and columns is not None:
        _compare_names(folder, tuple(columns), names)
    wanted = getattr(estimator, "n_features_in_", None)
    if None not in (wanted, signature.width) and wanted != signature.width:
        raise ExportError(
            f"the signature in {folder} has {signature.width} inputs and the model takes {wanted}: "
            f"{_SAVE_AGAIN}"
        )
    for name, kind in (columns or {}).items():
        if kind not in _kinds_taken(estimator, name):
            raise ExportError(
                f"the signature in {folder} says {kind} of the input {name}, and the model takes "
                f"{' or '.join(_kinds_taken(estimator, name))} there: {_SAVE_AGAIN}"
            )
    return columns


def _description(folder: Path) -> Mapping[str, Any]:
    path = folder / DESCRIPTION
    if not path.is_file():
        raise ExportError(
            f"{folder} is a folder without a file {DESCRIPTION}: give the one that MLflow saved "
            "the model in, or the file of an estimator"
        )
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror or error}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ExportError(
            f"{path} is not YAML ({one_line(error)}): copy the folder again"
        ) from error
    if not (isinstance(said, dict) and isinstance(said.get("flavors"), dict)):
        raise ExportError(f"{path} names no flavors: give the folder as MLflow saved it")
    return said


def _flavor(folder: Path, said: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    for flavor in _FILE_OF_FLAVOR:
        if isinstance(settings := said["flavors"].get(flavor), dict):
            return flavor, settings
    found = ", ".join(map(str, said["flavors"])) or "none"
    raise ExportError(
        f"{folder} has the flavors {found}, and served are {' and '.join(_FILE_OF_FLAVOR)}: save "
        "the fitted estimator with mlflow.sklearn.save_model, or convert it and save it with "
        "mlflow.onnx.save_model"
    )


def _inside(folder: Path, name: Any, what: str) -> Path:
    path = folder / str(name)
    if not (name and path.resolve().is_relative_to(folder.resolve())):
        raise ExportError(
            f"{folder / DESCRIPTION} says that {what} is in {name}, which is not in the folder: "
            "give the folder as MLflow saved it"
        )
    if not path.exists():
        raise ExportError(f"{folder} lacks {name}, where {what} should be: copy the whole folder")
    return path


def _kind(folder: Path, settings: Mapping[str, Any]) -> str:
    saved_as = settings.get("serialization_format")
    if saved_as not in _ENDS:
        raise ExportError(
            f"the model in {folder} was saved as {saved_as}: save it again with "
            f"serialization_format= one of {', '.join(_ENDS)}"
        )
    return _ENDS[saved_as]


def _signature(folder: Path, said: Mapping[str, Any]) -> Signature | None:
    signature = said.get("signature")
    if not signature:
        return None
    try:
        inputs = json.loads(signature["inputs"])
        names = [str(one["name"]) for one in inputs if "name" in one]
        width = _width(inputs)
        kinds = [_input_kind(folder, one) for one in inputs]
    except (TypeError, ValueError, KeyError, LookupError, AttributeError) as error:
        raise ExportError(
            f"the signature in {folder / DESCRIPTION} cannot be read ({one_line(error)}): "
            f"{_SAVE_AGAIN}"
        ) from error
    if len(names) != len(inputs):
        return Signature(None, width)
    return Signature(dict(zip(names, kinds, strict=True)), width)


def _width(inputs: Sequence[Mapping[str, Any]]) -> int | None:
    """How many numbers a row has: columns, or those of the one tensor without a name."""
    if [one["type"] for one in inputs] == ["tensor"] and "name" not in inputs[0]:
        _, width = inputs[0]["tensor-spec"]["shape"]
        return None if width == -1 else int(width)
    return len(inputs)


def _input_kind(folder: Path, one: Mapping[str, Any]) -> str:
    kind = one["tensor-spec"]["dtype"] if one["type"] == "tensor" else one["type"]
    if kind not in _KINDS:
        raise ExportError(
            f"the input {one.get('name', 'without a name')} of {folder} is {kind}: fit and save "
            "the model with inputs of numbers, booleans and texts"
        )
    return _KINDS[kind]


def _compare_names(folder: Path, said: Sequence[str], fitted: Sequence[str]) -> None:
    if other := sorted(set(said) ^ set(fitted)):
        place = "the signature" if other[0] in said else "the model"
        raise ExportError(
            f"the signature in {folder} and the model have other inputs: only {place} has "
            f"{other[0]} ({len(other)} differ): {_SAVE_AGAIN}"
        )
    for one, expected in zip(said, fitted, strict=True):
        if one != expected:
            raise ExportError(
                f"the signature in {folder} has the inputs in another order than the model: {one} "
                f"where the model has {expected}: {_SAVE_AGAIN}"
            )


def _kinds_taken(estimator: Any, name: str) -> tuple[str, ...]:
    if isinstance(estimator, OnnxFile):
        by_name = {one.name: one.type for one in estimator.inputs}
        return _KINDS_OF_TENSOR[by_name.get(name, estimator.inputs[0].type)]
    known = known_categories(estimator).get(name)
    if known is None:
        return ("number", "integer", "boolean", "text")
    is_text = any(isinstance(one, str) for one in known)
    return ("text",) if is_text else ("number", "integer", "boolean")


def _rows(folder: Path) -> Any:
    """The input example as it was saved; None without."""
    info = _description(folder).get("saved_input_example_info")
    if not isinstance(info, dict):
        return None
    path = _inside(folder, info.get("artifact_path"), "the input example")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return _table(content["inputs"] if info.get("params") else content, str(info.get("type")))
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise ExportError(
            f"the input example {path} cannot be read ({one_line(error)}): give EXAMPLE"
        ) from error


def _table(content: Any, kind: str) -> Any:
    if kind == "ndarray" and isinstance(content, dict):
        return pd.DataFrame({name: np.ravel(values) for name, values in content.items()})
    if kind == "dataframe" and isinstance(content, dict):
        return pd.DataFrame(content["data"], columns=content.get("columns"))
    if kind in ("dataframe", "ndarray"):
        return pd.DataFrame(content).to_numpy()  # a null is NaN then
    if kind != "json_object" or not isinstance(content, list):
        raise ValueError(f"it is a {kind}")
    return pd.DataFrame(content) if isinstance(content[0], dict) else content
