"""The golden rows of exported models as requests: what `make call` sends, and the package check."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from deploy.commands import DeployError
from events.proxy_events import HttpRequest
from model_lambda.manifest import Manifest, read_manifest
from model_lambda.model_files import MANIFEST_NAME
from model_lambda.model_manager import MODELS, packaged_folders

_JSON = ("Content-Type", "application/json")


class GoldenRequest(NamedTuple):
    """A request for one golden row, and the document that answers it."""

    name: str
    request: HttpRequest
    answer: Mapping[str, Any]


def golden_requests(models: Path = MODELS) -> Iterator[GoldenRequest]:
    """A request for each golden row of each exported model below a folder.

    Raises:
        ManifestError: a manifest is not one.
    """
    for folder in packaged_folders(models):
        manifest = read_manifest(folder)
        for number, golden in enumerate(manifest.golden_predictions):
            name = f"{manifest.qualified_name}_{manifest.version}_{number}"
            yield GoldenRequest(name, _request(manifest, golden.row), golden.prediction)


def require_engine(engine: str, models: Path = MODELS) -> None:
    """Refuse exported models that a package without their engine would fail to load.

    Args:
        engine: `onnx` or `sklearn`, the one in the package.

    Raises:
        DeployError: there is such a model.
    """
    for folder in packaged_folders(models):
        manifest = read_manifest(folder)
        if (needed := manifest.engine.kind) != engine:
            raise DeployError(
                f"{manifest.qualified_name} {manifest.version} needs the {needed} engine and the "
                f"package holds {engine}: deploy it with MODEL_RUNTIME={needed}, or make "
                f"model-remove NAME={manifest.qualified_name}"
            )


def require_current_fields(models: Path = MODELS) -> None:
    """Refuse models whose fields were edited after they were exported.

    Raises:
        DeployError: there is such a model.
    """
    exported: dict[Path, list[Any]] = {}
    for folder in packaged_folders(models):
        document = json.loads((folder / MANIFEST_NAME).read_bytes())
        exported.setdefault(folder.parent, []).append(document["fields"])
    for folder, versions in exported.items():
        path = folder / "fields.json"
        if path.exists() and json.loads(path.read_bytes())["fields"] not in versions:
            raise DeployError(
                f"{folder.name}/{path.name} was edited after the export: run make model again"
            )


def _request(manifest: Manifest, row: Mapping[str, Any]) -> HttpRequest:
    query = [("version", manifest.version)]
    if manifest.has_probabilities:
        query.append(("probabilities", "true"))
    path = f"/api/models/{manifest.qualified_name}/predict"
    return HttpRequest("POST", path, query, (_JSON,), json.dumps(row))
