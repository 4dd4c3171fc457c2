"""Which files of `model_lambda` belong in a package: a list of kinds, and nothing else.

- modules that Python can import;
- documents: JSON and HTML;
- the files that a model's manifest names, without those of the other engine, nor its manifest;
- nothing of a model that `MODELS` does not pick.

Each is a regular file whose name and folders do not start with a dot. So what editors, notebooks,
file managers and people leave in a folder stays out: `.env`, `.DS_Store`, `config.py~`, links.
"""

import json
from collections.abc import Iterator, Set
from pathlib import Path

from deploy.commands import DeployError
from model_lambda.engines import ENGINES

SOURCE = "model_lambda"
MANIFEST = "manifest.json"
_DOCUMENTS = (".json", ".html")
# Never deployed, and never worth a word: bytecode of here, the marker for type checkers.
_NOT_WORTH_A_WORD = ("__pycache__", "py.typed")
_MODELS = "models"


def function_files(source: Path, engine: str, without: Set[str] = frozenset()) -> list[Path]:
    """The files that belong in the package, sorted, relative to the folder.

    Args:
        source: A folder such as `model_lambda`; a link in it is not followed.
        engine: `onnx` or `sklearn`; model files of the other one are left out.
        without: Folders of `models` that are left out: see `deploy.models.folders_not_picked`.

    Raises:
        DeployError: A manifest cannot be read, or names a file that is not there.
    """
    named = _named_by_manifests(source, engine, without)
    if missing := sorted(name for name in named if not _is_regular(source / name)):
        raise DeployError(f"a {MANIFEST} names {source.name}/{missing[0]}, which is not a file")
    others = _manifests_of_others(source, engine, without)
    packaged = (path for path in _regular_files(source) if path in named or _is_code(path))
    return [path for path in packaged if path not in others and not _is_of(path, without)]


def left_out(source: Path, engine: str, without: Set[str] = frozenset()) -> list[Path]:
    """What lies in the folder, does not belong in the package, and is not known to stay behind.

    A model that is left out is known, and so is all that lies in its folder.
    """
    packaged = set(function_files(source, engine, without))
    behind = packaged.union(*(function_files(source, other, without) for other in ENGINES))
    leaves = (path for path in source.rglob("*") if path.is_symlink() or not path.is_dir())
    found = (path.relative_to(source) for path in leaves)
    unknown = (path for path in found if path not in behind and not _stays_behind(path))
    return sorted(path for path in unknown if not _is_of(path, without))


def _is_of(path: Path, folders: Set[str]) -> bool:
    """Whether a relative path lies in one of these folders of `models`."""
    return path.parts[0] == _MODELS and not folders.isdisjoint(path.parts[1:2])


def _regular_files(source: Path) -> Iterator[Path]:
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if _is_regular(path) and not any(part.startswith(".") for part in relative.parts):
            yield relative


def _is_regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _is_code(path: Path) -> bool:
    """Whether a relative path is an importable module or a document."""
    if _stays_behind(path):
        return False
    importable = all(part.isidentifier() for part in path.with_suffix("").parts)
    return path.suffix in _DOCUMENTS or (path.suffix == ".py" and importable)


def _stays_behind(path: Path) -> bool:
    return any(part in _NOT_WORTH_A_WORD for part in path.parts)


def _named_by_manifests(source: Path, engine: str, without: Set[str]) -> set[Path]:
    """The files of one engine, and further files, that the manifests name."""
    others = set(ENGINES) - {engine}
    return {
        manifest.parent / name
        for manifest, files in _manifests(source, without)
        for kind, name in files.items()
        if kind not in others
    }


def _manifests_of_others(source: Path, engine: str, without: Set[str]) -> set[Path]:
    """The manifests that name a file of another engine and none of this one."""
    others = set(ENGINES) - {engine}
    found = _manifests(source, without)
    return {path for path, files in found if engine not in files and not others.isdisjoint(files)}


def _manifests(source: Path, without: Set[str]) -> Iterator[tuple[Path, dict[str, str]]]:
    """Each manifest, relative to the folder, and the kind and name of each file that it names."""
    for path in _regular_files(source):
        if path.name == MANIFEST and not _is_of(path, without):
            yield path, _files_of(source / path)


def _files_of(manifest: Path) -> dict[str, str]:
    """The kind and name of each file of a manifest."""
    try:
        files = json.loads(manifest.read_bytes())["files"]
        names = {str(kind): str(entry["name"]) for kind, entry in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{manifest.parent.name}/{MANIFEST} is not a manifest: {error!r}"
        raise DeployError(message) from error
    if wrong := [name for name in names.values() if Path(name).name != name or name[0] == "."]:
        raise DeployError(
            f"{manifest.parent.name}/{MANIFEST} names {wrong[0]!r}, not a file beside it"
        )
    return names
