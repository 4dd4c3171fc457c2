"""Copies of the iris model's folders that tests may damage."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from model_lambda.model_files import MANIFEST_NAME, manifest_sha256
from model_lambda.models.iris.iris_model import IrisModel

# One folder an engine.
PACKAGED = IrisModel.model_files
FILE_NAMES = {"onnx": "iris_model.onnx", "sklearn": "iris_model.skops"}
PATHS = {kind: PACKAGED / kind / name for kind, name in FILE_NAMES.items()}
# An exported model with categories and nulls, which is compared with every new training.
REFERENCE = Path(__file__).resolve().parents[2] / "training" / "reference" / "penguins" / "1.0"


def copy_of_model_files(target: Path) -> Path:
    """The packaged model files, copied."""
    return Path(shutil.copytree(PACKAGED, target / "model_files"))


def model_in(folder: Path) -> type[IrisModel]:
    """The iris model, loading from another folder."""
    return type("IrisModelElsewhere", (IrisModel,), {"model_files": folder})


def edit_manifest(
    folder: Path, edit: Callable[[dict[str, Any]], object], kind: str = "onnx"
) -> None:
    """Change a manifest, and sign it anew: what is left must be found in another way."""
    path = folder / kind / MANIFEST_NAME
    document = json.loads(path.read_bytes())
    edit(document)
    document["sha256"] = manifest_sha256(document)
    path.write_text(json.dumps(document))


def replace_model_file(folder: Path, kind: str, content: bytes) -> None:
    """Put other bytes in place of a model file, and describe them truly in the manifest."""

    def describe(document: dict[str, Any]) -> None:
        entry = document["files"][kind]
        (folder / kind / entry["name"]).write_bytes(content)
        entry |= {"size": len(content), "sha256": sha256(content).hexdigest()}

    edit_manifest(folder, describe, kind)
