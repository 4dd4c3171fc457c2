"""ONNX Runtime and scikit-learn behind one small interface.

Each is imported only when it is the one in use: scikit-learn alone takes most of a second.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from model_lambda.errors import ManifestError, ModelFileError, ModelLoadError
from model_lambda.model_files import (
    FileEntry,
    Manifest,
    check_library_version,
    read_model_file,
)


class Classes(NamedTuple):
    """Class indices (n,) int64 and probabilities (n, k) floating point of n rows."""

    indices: NDArray[np.int64]
    probabilities: NDArray[np.floating[Any]]


class ModelRuntime(Protocol):
    """Runs a loaded classifier."""

    def run(self, features: NDArray[np.float32]) -> Classes:
        """Classify features (n, n_features) float32."""


class OnnxRuntime:
    """An ONNX classifier with outputs ``label`` (int64) and ``probabilities``."""

    def __init__(self, content: bytes, entry: FileEntry) -> None:
        from model_lambda.engines.onnx import new_session

        self._session = new_session(content, entry)
        self._input_name = self._session.get_inputs()[0].name

    def run(self, features: NDArray[np.float32]) -> Classes:
        """Classify features (n, n_features) float32."""
        return Classes(*self._session.run(("label", "probabilities"), {self._input_name: features}))


class SklearnRuntime:
    """A scikit-learn classifier from a skops file, of the types that its manifest names."""

    def __init__(self, content: bytes, entry: FileEntry) -> None:
        import sklearn
        import skops.io

        check_library_version("scikit-learn", sklearn.__version__, entry)
        try:
            self._estimator = skops.io.loads(content, trusted=list(entry.trusted_types))
        except Exception as error:  # a damaged archive can fail in any of its readers
            raise ModelFileError(f"{entry.name} is refused by skops") from error

    def run(self, features: NDArray[np.float32]) -> Classes:
        """Classify features (n, n_features) float32."""
        return Classes(self._estimator.predict(features), self._estimator.predict_proba(features))


RUNTIMES: dict[str, Callable[[bytes, FileEntry], ModelRuntime]] = {
    "onnx": OnnxRuntime,
    "sklearn": SklearnRuntime,
}


def load_runtime(kind: str, folder: Path, manifest: Manifest) -> ModelRuntime:
    """Verify the model file of this kind (``onnx`` or ``sklearn``) and load it.

    Raises:
        ModelLoadError: see its subclasses in ``errors``.
    """
    if kind not in manifest.files:
        raise ManifestError(f"the manifest of {manifest.qualified_name} lists no {kind} file")
    entry = manifest.files[kind]
    content = read_model_file(folder, entry, kind)
    try:
        return RUNTIMES[kind](content, entry)
    except ImportError as error:
        raise ModelLoadError(f"the {kind} runtime is not installed: {error}") from error
