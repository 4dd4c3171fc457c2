import shutil
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import deployed, report
from benchmarks.function_process import BenchmarkError
from benchmarks.results import Results
from tests.benchmarks.sample_run import sample_run


def stored_run(project: Path) -> Results:
    return Results.from_json((project / "stored" / "results.json").read_text())


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The command in a project of its own, where measuring gives a made-up run."""
    readme = tmp_path / "README.md"
    readme.write_text("<!-- measured -->\n<!-- /measured -->\n")
    for name, value in {
        "PROJECT": tmp_path,
        "README": readme,
        "STORED": tmp_path / "stored",
        "STORED_JSON": tmp_path / "stored" / "results.json",
        "FRESH": tmp_path / "build",
        "measured": lambda effort: sample_run(rounds=effort.rounds),
        "stored_results": lambda: stored_run(tmp_path),
    }.items():
        monkeypatch.setattr(command, name, value)
    return tmp_path


def test_results_go_to_the_build_folder_and_leave_the_readme_alone(run: Path) -> None:
    assert command.main([]) == 0
    assert {path.suffix for path in (run / "build").iterdir()} == {".json", ".md", ".svg"}
    assert not (run / "stored").exists()
    assert "start to first answer" not in (run / "README.md").read_text()


def test_a_stored_run_is_in_the_readme_and_its_tables_can_be_made_again(run: Path) -> None:
    assert command.main(["--store"]) == 0
    stored = {path.name: path.read_bytes() for path in (run / "stored").iterdir()}
    assert stored["table.md"].decode() == report.markdown(stored_run(run))
    assert "start to first answer" in (run / "README.md").read_text()
    for path in (run / "stored").iterdir():
        if path.suffix != ".json":
            path.unlink()
    assert command.main(["--tables"]) == 0
    assert {path.name: path.read_bytes() for path in (run / "stored").iterdir()} == stored


def test_a_loss_against_the_stored_run_fails_and_says_so(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--store"]) == 0
    slower = sample_run(seed=5, slower={"ours-onnx": 1.5})
    monkeypatch.setattr(command, "measured", lambda _effort: slower)
    assert command.main([]) == 1
    assert "LOST  start to first answer, of the article's way" in capsys.readouterr().out
    shutil.rmtree(run / "stored")
    assert command.main([]) == 0


def test_a_failed_measurement_says_why(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_effort: object) -> Results:
        raise BenchmarkError("a contestant answers wrongly")

    monkeypatch.setattr(command, "measured", fails)
    assert command.main([]) == 2
    assert "error: a contestant answers wrongly" in capsys.readouterr().err
    assert not (run / "build").exists()


def test_on_aws_only_reports_are_read(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployed, "aws_reports", lambda _progress: {"cold_starts": 10})
    assert command.main(["--target", "aws"]) == 0
    assert "cold_starts" in (run / "build" / "aws.json").read_text()
