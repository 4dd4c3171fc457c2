"""Loads a fitted estimator from the file that a person saved, or from MLflow's folder."""

import pickle
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import sklearn
from sklearn.exceptions import InconsistentVersionWarning

from training.boosters import INSTALL
from training.errors import ExportError, one_line
from training.estimators import fitted
from training.mlflow_folder import DESCRIPTION, MLflowFolder, checked_columns, read_mlflow_folder
from training.onnx_file import read_onnx


class Loaded(NamedTuple):
    """An estimator, and what a person should know of how it was loaded.

    Attributes:
        columns: the kind of each column that it takes, in order, where it was saved with them.
    """

    estimator: Any
    notes: tuple[str, ...]
    columns: Mapping[str, str] | None = None


# Of pickles since protocol 2, and of what joblib compresses: zlib, gzip, bz2, xz, lzma, lz4.
_HEADS = (b"\x80", b"\x78", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x5d\x00", b"\x04\x22M\x18")


@contextmanager
def _modules_in(*places: Path) -> Iterator[None]:
    """Let a pickle import the modules in these folders, after all others."""
    folders = [str(place.resolve()) for place in places]
    sys.path += folders
    try:
        yield
    finally:
        for folder in folders:
            sys.path.remove(folder)


def load_estimator(path: Path) -> Loaded:
    """Load an estimator from .joblib, .pkl or .skops, a model from .onnx, or MLflow's folder.

    A pickle runs the code in it while it is loaded: load your own alone. The function never loads
    one, it gets ONNX or skops.

    Raises:
        ExportError: the file is not there, not of these kinds, or needs what is not installed.
    """
    if path.is_dir():
        return _from_folder(path, read_mlflow_folder(path))
    estimator, versions = _read(path, path.suffix)
    return Loaded(estimator, _version_notes(versions))


def _from_folder(path: Path, folder: MLflowFolder) -> Loaded:
    modules = [folder.code] if folder.code else []
    estimator, versions = _read(folder.file, folder.kind, *modules)
    columns = checked_columns(path, folder.signature, fitted(estimator))
    if folder.sklearn_version not in (None, sklearn.__version__):
        versions = {(str(folder.sklearn_version), sklearn.__version__), *versions}
    return Loaded(estimator, _version_notes(versions), columns)


def _read(path: Path, kind: str, *modules: Path) -> tuple[Any, set[tuple[str, str]]]:
    """The estimator, and of which release it was if of another one than is installed."""
    loader = _LOADERS.get(kind)
    if loader is None:
        raise ExportError(
            f"{path.name} is none of {', '.join(_LOADERS)}, nor a folder with MLflow's "
            f"{DESCRIPTION}: save the estimator with joblib.dump"
        )
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", InconsistentVersionWarning)
            with _modules_in(path.parent, *modules):
                estimator = loader(path)
        return estimator, _versions([one.message for one in caught])
    except ExportError:
        raise
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror or error}") from error
    except ModuleNotFoundError as error:
        raise ExportError(_missing(path, str(error.name))) from error
    except Exception as error:  # unpickling raises whatever the pickled code does
        raise ExportError(_refusal(path, kind, error)) from error


def _refusal(path: Path, kind: str, error: Exception) -> str:
    if kind == ".onnx" and "ZipMap" in str(error):
        return (
            f"ONNX Runtime does not load the ZipMap of {path.name}, which takes float alone: "
            "convert it again with FloatTensorType inputs, or with options={'zipmap': False}"
        )
    if kind == ".onnx":
        return f"{path.name} is not an ONNX file that ONNX Runtime loads: {one_line(error)}"
    if _is_damaged(path, kind, error):
        return (
            f"{path.name} is not a joblib or pickle file, or not a whole one: save the estimator "
            "again with joblib.dump"
        )
    if "__main__" in str(error):
        return (
            f"{path.name} needs what the script that saved it defines itself "
            f"({one_line(error)}): move that to a module, import it from there, save again, and "
            "put the module beside the file"
        )
    return (
        f"{path.name} cannot be loaded: {one_line(error)}: save it again with the versions of "
        "requirements.txt"
    )


def _is_damaged(path: Path, kind: str, error: Exception) -> bool:
    """Whether the bytes are to blame, and not the versions or modules."""
    if kind in (".skops", ".onnx"):
        return False
    is_cut = isinstance(error, (EOFError, pickle.UnpicklingError)) or str(error).startswith("EOF")
    return is_cut or not path.read_bytes()[:6].startswith(_HEADS)


def _versions(messages: list[Any]) -> set[tuple[str, str]]:
    return {
        (one.original_sklearn_version, one.current_sklearn_version)
        for one in messages
        if isinstance(one, InconsistentVersionWarning)
    }


def _version_notes(versions: set[tuple[str, str]]) -> tuple[str, ...]:
    """What was saved by another scikit-learn may predict otherwise than it did there."""
    return tuple(
        f"saved by scikit-learn {old} and compared as {new} loads it: with LABEL, look whether the "
        "quality is the one you know"
        for old, new in sorted(versions)
    )


def _missing(path: Path, module: str) -> str:
    if module.split(".")[0] in ("lightgbm", "xgboost"):
        return f"{path.name} needs {module}: {INSTALL}"
    return (
        f"{path.name} needs the module {module}, which cannot be imported: put it beside the file, "
        "or fit the estimator from scikit-learn's own parts"
    )


def _joblib(path: Path) -> Any:
    """Load what pickle or joblib wrote, whatever the file is called: joblib reads both."""
    import joblib

    return joblib.load(path)


def _skops(path: Path) -> Any:
    import skops.io

    unknown = skops.io.get_untrusted_types(file=path)
    # Other libraries' types would be imported, which runs code; scikit-learn's own do not.
    foreign = [name for name in unknown if name.split(".")[0] not in ("sklearn", "numpy", "scipy")]
    if foreign:
        raise ExportError(
            f"{path.name} holds types that skops does not trust: {', '.join(foreign[:3])}: load it "
            "yourself, and give the estimator to training.export_model"
        )
    return skops.io.load(path, trusted=unknown)


_LOADERS: Mapping[str, Callable[[Path], Any]] = {
    ".joblib": _joblib,
    ".pkl": _joblib,
    ".pickle": _joblib,
    ".skops": _skops,
    ".onnx": read_onnx,
}
