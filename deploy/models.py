"""Which models will be deployed: `python -m deploy.models`.

All that lie in `model_lambda/models`, exported folders and classes, or those that MODELS picks.
"""

import os
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from deploy.commands import DeployError
from model_lambda.config import Settings
from model_lambda.errors import ConfigurationError, ManifestError
from model_lambda.manifest import read_manifest
from model_lambda.ml_model import MLModel
from model_lambda.model_manager import MODELS, model_class, packaged_folders

_VARIABLES = ("MODELS", "MODEL_CLASSES", "ENGINE")


class KnownModel(NamedTuple):
    """A model that can be deployed.

    Attributes:
        engine: what the package must hold to serve it: `onnx` or `sklearn`.
        home: the folder of all its files.
        folder: the name of its folder in `models`, shared by its versions; empty for a class that
            is elsewhere.
        refusal: why its manifest cannot be read; empty if it can.
    """

    name: str
    version: str
    task: str
    engine: str
    home: Path
    folder: str
    refusal: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def current_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """What the variables say of the models, and the defaults for all else.

    Raises:
        DeployError: one has a value that cannot be used.
    """
    said = {name: environment[name] for name in _VARIABLES if name in environment}
    try:
        return Settings.from_environment(said)
    except ConfigurationError as error:
        raise DeployError(str(error)) from error


def known_models(settings: Settings, models: Path = MODELS) -> list[KnownModel]:
    """Every model, classes first, then exported folders: the order in which they are loaded.

    Raises:
        DeployError: a class cannot be imported, or a manifest lies where none belongs.
    """
    try:
        classes = [model_class(path) for path in settings.model_classes]
        exported = [_exported(folder) for folder in packaged_folders(models)]
    except (ConfigurationError, ManifestError) as error:
        raise DeployError(str(error)) from error
    return [*(_of_class(one, settings.engine, models) for one in classes), *exported]


def require_known(picked: Collection[str], settings: Settings, models: Path = MODELS) -> None:
    """Refuse names in MODELS that no model has, and a package without any model.

    Raises:
        DeployError: there is no such model; the function would not start.
    """
    known = {model.name for model in known_models(settings, models)}
    if unknown := sorted(set(picked) - known):
        raise DeployError(f"MODELS names {unknown[0]}; there are {', '.join(sorted(known))}")
    if not known:
        raise DeployError("there is no model to deploy: export one with make model")


def folders_not_picked(
    picked: Collection[str], settings: Settings, models: Path = MODELS
) -> frozenset[str]:
    """The folders of `models` that a package of the picked models does not need."""
    if not picked:
        return frozenset()
    known = known_models(settings, models)
    needed = {model.folder for model in known if model.name in picked}
    return frozenset(model.folder for model in known) - needed - {""}


def picked_classes(picked: Collection[str], settings: Settings) -> list[type[MLModel]]:
    """The model classes in a package of the picked models; all, if none are picked."""
    classes = [model_class(path) for path in settings.model_classes]
    return [one for one in classes if not picked or one.qualified_name in picked]


def listed(settings: Settings, models: Path = MODELS) -> Iterator[str]:
    """One line a model: what it is, and whether it will be deployed."""
    for model in known_models(settings, models):
        if model.refusal:
            yield f"{model}: REFUSED: {model.refusal}"
            continue
        files = (path for path in model.home.rglob("*") if path.is_file())
        size = sum(path.stat().st_size for path in files if "__pycache__" not in path.parts)
        what = "folder" if model.home.name == model.version else "class"
        deployed = not settings.models or model.name in settings.models
        told = "will be deployed" if deployed else "left out: MODELS does not name it"
        task = model.task.replace("_", " ")
        yield f"{model}: {what}, {model.engine}, {task}, {size / 1000:,.1f} kB; {told}"


def _of_class(found: type[MLModel], engine: str, models: Path) -> KnownModel:
    home = Path(sys.modules[found.__module__].__file__ or "").resolve().parent
    inside = home.is_relative_to(models.resolve())
    folder = home.relative_to(models.resolve()).parts[0] if inside else ""
    version = f"{found.major_version}.{found.minor_version}"
    return KnownModel(found.qualified_name, version, found.task, engine, home, folder)


def _exported(folder: Path) -> KnownModel:
    name, version = folder.parent.name, folder.name
    try:
        manifest = read_manifest(folder)
    except ManifestError as error:
        return KnownModel(name, version, "", "", folder, name, str(error))
    kind = manifest.engine.kind
    return KnownModel(name, version, manifest.task, kind, folder, name)


def main() -> None:
    """List the models."""
    try:
        settings = current_settings()
        lines = list(listed(settings))
        require_known(settings.models, settings)
    except DeployError as error:
        sys.exit(f"error: {error}")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
