"""Writes a fitted scikit-learn classifier as the files that the function serves.

The same fitted numbers give the same bytes: skops names things by memory address and stamps the
time, so its archive is put into a canonical form.
"""

import hashlib
import io
import json
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import onnx
import skl2onnx
import sklearn
import skops
import skops.io
from numpy.typing import NDArray
from skl2onnx.common.data_types import FloatTensorType
from sklearn.base import ClassifierMixin

from model_lambda.build_time.atomic_write import write_atomically
from model_lambda.model_files import MANIFEST_NAME, manifest_sha256

# Opset 17 is the newest that every onnxruntime since 1.12 reads.
ONNX_OPSET = 17
GOLDEN_DECIMALS = 6


@dataclass(frozen=True)
class Feature:
    """One input column: its name in the schema, its unit, and the range seen in training."""

    name: str
    unit: str
    minimum: float
    maximum: float


def export_classifier(
    estimator: ClassifierMixin,
    folder: Path,
    *,
    qualified_name: str,
    version: str,
    features: Sequence[Feature],
    labels: Sequence[str],
    metrics: Mapping[str, float],
    golden_rows: NDArray[np.float64],
) -> Path:
    """Write ``.onnx``, ``.skops`` and the manifest, each atomically.

    Args:
        estimator: fitted on integer labels 0..k-1, with ``predict_proba``.
        golden_rows: (n, features) rows whose predictions are recorded and repeated at each load.

    Returns:
        The path of the manifest, written last: it never describes a file that is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "onnx": (f"{qualified_name}.onnx", to_onnx_bytes(estimator, len(features))),
        "sklearn": (f"{qualified_name}.skops", to_skops_bytes(estimator)),
    }
    for name, content in contents.values():
        write_atomically(folder / name, content)
    manifest = {
        "qualified_name": qualified_name,
        "version": version,
        "features": [vars(feature) for feature in features],
        "labels": list(labels),
        "metrics": dict(metrics),
        "files": {kind: _describe(kind, *pair) for kind, pair in contents.items()},
        "trained_with": _library_versions(),
        "golden_predictions": _golden_predictions(estimator, golden_rows, labels),
    }
    text = json.dumps(manifest | {"sha256": manifest_sha256(manifest)}, indent=2) + "\n"
    return write_atomically(folder / MANIFEST_NAME, text.encode())


def to_onnx_bytes(estimator: ClassifierMixin, feature_count: int) -> bytes:
    """Convert to ONNX with input ``features`` and outputs ``label`` and ``probabilities``."""
    with _without_svc_deprecations():
        model = skl2onnx.to_onnx(
            estimator,
            initial_types=[("features", FloatTensorType([None, feature_count]))],
            options={id(estimator): {"zipmap": False}},
            target_opset=ONNX_OPSET,
        )
    # skl2onnx keeps them in a set of strings, whose order changes from one process to the next.
    model.opset_import.sort(key=lambda opset: (opset.domain, opset.version))
    return bytes(model.SerializeToString())


def to_skops_bytes(estimator: ClassifierMixin) -> bytes:
    """Serialise with skops, in canonical form."""
    with _without_svc_deprecations():
        return canonical_skops(skops.io.dumps(estimator))


@contextmanager
def _without_svc_deprecations() -> Iterator[None]:
    # Both converters read every attribute of an SVC, two of which scikit-learn 1.9 deprecates.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, message="Attribute `prob[AB]_`")
        yield


# Of arrays, and of sparse ones.
_ARRAY_FILES = (".npy", ".npz")


def canonical_skops(content: bytes) -> bytes:
    """Number the objects of a skops archive in reading order and drop its time stamps."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        members = {name: source.read(name) for name in source.namelist()}
    numbers: dict[str, str] = {}
    schema = _renumber(json.loads(members.pop("schema.json")), numbers)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo("schema.json"), json.dumps(schema))
        for stem, number in numbers.items():
            for kind in _ARRAY_FILES:
                if content_of := members.get(f"{stem}{kind}"):
                    archive.writestr(zipfile.ZipInfo(f"{number}{kind}"), content_of)
    return target.getvalue()


def _renumber(node: Any, numbers: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_renumber(item, numbers) for item in node]
    if not isinstance(node, dict):
        return node
    renumbered = {key: _renumber(value, numbers) for key, value in node.items()}
    if "__id__" in node:
        renumbered["__id__"] = int(_number_of(str(node["__id__"]), numbers))
    file = PurePosixPath(str(node.get("file", "")))
    if file.suffix in _ARRAY_FILES:
        renumbered["file"] = _number_of(file.stem, numbers) + file.suffix
    return renumbered


def _number_of(identity: str, numbers: dict[str, str]) -> str:
    return numbers.setdefault(identity, str(len(numbers) + 1))


def _describe(kind: str, name: str, content: bytes) -> dict[str, Any]:
    described = {
        "name": name,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if kind == "onnx":
        return {**described, "library": {"at_least": "1.17", "below": "2"}}
    # A scikit-learn object is only promised to load in the release that wrote it.
    major, minor = (int(part) for part in sklearn.__version__.split(".")[:2])
    library = {"at_least": f"{major}.{minor}", "below": f"{major}.{minor + 1}"}
    types = sorted(skops.io.get_untrusted_types(data=content))
    return {**described, "library": library, "trusted_types": types}


def _library_versions() -> dict[str, str]:
    libraries = {"scikit-learn": sklearn, "numpy": np, "skl2onnx": skl2onnx, "onnx": onnx}
    return {name: library.__version__ for name, library in (libraries | {"skops": skops}).items()}


def _golden_predictions(
    estimator: ClassifierMixin, rows: NDArray[np.float64], labels: Sequence[str]
) -> list[dict[str, Any]]:
    probabilities = estimator.predict_proba(rows).round(GOLDEN_DECIMALS)
    return [
        {"features": row, "label": labels[label], "probabilities": probability}
        for row, label, probability in zip(
            rows.tolist(), estimator.predict(rows), probabilities.tolist(), strict=True
        )
    ]
