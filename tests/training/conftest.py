"""Every kind of model, exported once for all tests of this folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.made_estimators import MAKERS
from training.export import export_model
from training.report import ExportReport


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ExportReport]:
    """Export one kind by its name, the first time that it is asked for."""
    models, reports = tmp_path_factory.mktemp("models"), dict[str, ExportReport]()

    def export(name: str) -> ExportReport:
        if name not in reports:
            made, folder = MAKERS[name](), models / name / "1.0"
            reports[name] = export_model(
                made.estimator, made.example, name=name, label=made.label, folder=folder
            )
        return reports[name]

    return export


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A folder that nothing has been exported to."""
    return tmp_path / "probe" / "1.0"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models in the place of the project's."""
    folder = tmp_path / "model_lambda" / "models"
    folder.mkdir(parents=True)
    monkeypatch.setattr("training.places.MODELS", folder)
    return folder
