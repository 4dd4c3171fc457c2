"""The models of this service: a folder each that was exported, or a package that names a class."""

from importlib import import_module
from pathlib import Path

from model_lambda.errors import ConfigurationError


def named_classes() -> tuple[str, ...]:
    """The model class that each package here names in ``MODEL_CLASS``, sorted by package.

    The classes themselves are not imported.

    Returns:
        Importable paths, ``package.module.ClassName``.

    Raises:
        ConfigurationError: a package names none; its model would be missing unnoticed.
    """
    modules = (path for folder in __path__ for path in Path(folder).glob("*/__init__.py"))
    packages = sorted(name for path in modules if (name := path.parent.name).isidentifier())
    return tuple(_named_class(f"{__name__}.{package}") for package in packages)


def _named_class(package: str) -> str:
    path = getattr(import_module(package), "MODEL_CLASS", None)
    if not isinstance(path, str):
        raise ConfigurationError(
            f"{package} names no class: write MODEL_CLASS = "
            '"package.module.ClassName" in its __init__.py, or remove the folder'
        )
    return path
