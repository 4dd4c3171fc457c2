"""The golden rows of exported models as requests: what `make call` sends, and the package check."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from deploy.commands import DeployError
from deploy.onnx_format import refuse_external_data
from events.proxy_events import HttpRequest
from model_lambda.errors import ManifestError, ModelFileError
from model_lambda.manifest import Manifest, read_manifest
from model_lambda.model_files import MANIFEST_NAME, read_verified_file
from model_lambda.model_manager import MODELS, packaged_folders

_JSON = ("Content-Type", "application/json")


class GoldenRequest(NamedTuple):
    """A request for one golden row, and the document that answers it."""

    name: str
    request: HttpRequest
    answer: Mapping[str, Any]


def exported_models(
    models: Path = MODELS, picked: Collection[str] = ()
) -> Iterator[tuple[Path, Manifest]]:
    """The folder and manifest of each exported model, or of those that are picked.

    Raises:
        DeployError: a manifest is not one.
    """
    for folder in packaged_folders(models):
        if picked and folder.parent.name not in picked:
            continue
        try:
            yield folder, read_manifest(folder)
        except ManifestError as error:
            raise DeployError(f"{error}; export the model again, or remove it") from error


def golden_requests(models: Path = MODELS, picked: Collection[str] = ()) -> Iterator[GoldenRequest]:
    """A request for each golden row of each exported model below a folder, or of those picked.

    Raises:
        DeployError: a manifest is not one.
    """
    for _, manifest in exported_models(models, picked):
        for number, golden in enumerate(manifest.golden_predictions):
            name = f"{manifest.qualified_name}_{manifest.version}_{number}"
            yield GoldenRequest(name, _request(manifest, golden.row), golden.prediction)


def require_engine(engine: str, models: Path = MODELS, picked: Collection[str] = ()) -> None:
    """Refuse exported models that a package without their engine would fail to load.

    Args:
        engine: `onnx` or `sklearn`, the one in the package.

    Raises:
        DeployError: there is such a model.
    """
    for _, manifest in exported_models(models, picked):
        if (needed := manifest.engine.kind) != engine:
            raise DeployError(
                f"{manifest.qualified_name} {manifest.version} needs the {needed} engine and the "
                f"package holds {engine}. One package holds one engine: pick the models of one, "
                f"as in MODELS={manifest.qualified_name} ENGINE={needed}, or make "
                f"model-remove NAME={manifest.qualified_name}"
            )


def require_current_fields(models: Path = MODELS, picked: Collection[str] = ()) -> None:
    """Refuse models whose fields were edited after they were exported.

    Raises:
        DeployError: there is such a model.
    """
    exported: dict[Path, list[Any]] = {}
    for folder, _ in exported_models(models, picked):
        document = json.loads((folder / MANIFEST_NAME).read_bytes())
        exported.setdefault(folder.parent, []).append(document["fields"])
    for folder, versions in exported.items():
        path = folder / "fields.json"
        if path.exists() and _fields(path) not in versions:
            raise DeployError(
                f"{folder.name}/{path.name} was edited after the export: run make model again"
            )


def _fields(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())["fields"]
    except (ValueError, KeyError, TypeError) as error:
        where = f"{path.parent.name}/{path.name}"
        raise DeployError(f"{where} cannot be read as JSON with `fields`: {error}") from error


def require_no_external_data(models: Path = MODELS, picked: Collection[str] = ()) -> None:
    """Refuse ONNX files that point outside of themselves; the function does not look for it.

    Raises:
        DeployError: one does, or is not the exported one.
    """
    for folder, manifest in exported_models(models, picked):
        refuse_external_data_in(folder, manifest)


def refuse_external_data_in(folder: Path, manifest: Manifest) -> None:
    """Refuse one model whose ONNX file points outside of itself.

    Raises:
        DeployError: it does, or is not the exported one.
    """
    engine = manifest.engine
    try:
        content = read_verified_file(folder, engine.file, engine.kind)
        if engine.kind == "onnx":
            refuse_external_data(content)
    except ModelFileError as error:
        raise DeployError(str(error)) from error


def _request(manifest: Manifest, row: Mapping[str, Any]) -> HttpRequest:
    query = [("version", manifest.version)]
    if manifest.on_request:
        query.append((manifest.on_request, "true"))
    path = f"/api/models/{manifest.qualified_name}/predict"
    return HttpRequest("POST", path, query, (_JSON,), json.dumps(row))
