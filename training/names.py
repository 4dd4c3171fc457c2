"""Which names and versions a model can have."""

from model_lambda.config import Settings
from model_lambda.manifest import NAME_PATTERN, VERSION_PATTERN
from model_lambda.model_manager import model_class
from training import places
from training.errors import ExportError


def check_name(name: str, version: str) -> None:
    """Refuse what no path has, and what ships with the project.

    Raises:
        ExportError: the name or the version cannot be a new model's.
    """
    check_form(name, version)
    if reason := reserved(name):
        raise ExportError(f"{reason}: choose another NAME")


def check_form(name: str, version: str) -> None:
    """Refuse what no path has.

    Raises:
        ExportError: the name or the version cannot be a model's.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise ExportError(
            f"{name!r} cannot be a model's name: use lower-case letters, digits and underscores"
        )
    if not VERSION_PATTERN.fullmatch(version):
        raise ExportError(f"{version!r} is no version: use major.minor, as in 1.0")


def reserved(name: str) -> str:
    """Why a name belongs to the project itself; empty if it does not."""
    if name in {model_class(path).qualified_name for path in Settings().model_classes}:
        return f"{name} is the name of a model that ships with the project"
    if any((places.MODELS / name).glob("*.py")):
        return f"model_lambda/models/{name} is a folder of the project's own code"
    return ""
