"""`make model`, `make models`, `make model-remove`, as a person calls them."""

import json
import sys
from pathlib import Path

import joblib
import pytest

from model_lambda.packaged_model import load_packaged_model
from tests.training.made_estimators import MAKERS, customers, wine_model
from training import __main__ as command
from training import example
from training.csv_file import Table
from training.errors import ExportError
from training.load import load_estimator


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The arguments that name a saved estimator and its example."""
    joblib.dump(MAKERS["mixed_table"]().estimator, tmp_path / "churn.joblib")
    customers().to_csv(tmp_path / "churn.csv", index=False)
    return [f"--from={tmp_path / 'churn.joblib'}", f"--example={tmp_path / 'churn.csv'}"]


def test_a_model_is_made_and_removed(
    models: Path, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(["model", "--name=churn", *files, "--label=leaves"])
    assert "make deploy && make call ARGS=churn" in capsys.readouterr().out
    assert load_packaged_model(models / "churn" / "1.0").qualified_name == "churn"
    command.main(["remove", "--name=churn"])
    assert capsys.readouterr().out == "removed model_lambda/models/churn/1.0\n"
    assert list(models.iterdir()) == []


def test_what_a_file_says_is_used(
    models: Path, files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = tmp_path / "churn.toml"
    said.write_text(
        'description = "Who leaves."\n[fields.age]\nmaximum = 200.0\nunit = "years"\n'
        '[labels]\nleaves = "goes"\nstays = "remains"\n'
    )
    command.main(["model", "--name=churn", *files, "--label=leaves", f"--config={said}"])
    model = load_packaged_model(models / "churn" / "1.0")
    assert model.description == "Who leaves."
    assert model.json_schemas["input"]["properties"]["age"]["description"] == "In years."
    assert model.manifest.answer.labels == ("goes", "remains")
    assert "accuracy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["model", "--name=a"], "FROM and EXAMPLE not given"),
        (["model", "--name=a", "--from=no.joblib", "--example=no.csv"], "cannot be read"),
        (["remove", "--name=churn"], "there is no model churn to remove"),
        pytest.param(
            ["remove", "--name=iris_model"],
            "only what make model wrote is removed",
            marks=pytest.mark.iris_model,
        ),
        pytest.param(
            ["model", "--name=iris_model", "--from=no.joblib", "--example=no.csv"],
            "iris_model is the name of a model that ships with the project: choose another NAME",
            marks=pytest.mark.iris_model,
        ),
        (
            ["model", "--name=a", f"--from={__file__}", f"--example={__file__}"],
            "is none of .joblib",
        ),
    ],
)
def test_a_mistake_is_told_in_one_line(models: Path, arguments: list[str], problem: str) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    message = str(ended.value)
    assert message.startswith("error: ")
    assert problem in message
    assert "\n" not in message
    assert list(models.iterdir()) == []


@pytest.mark.parametrize("task", [["model", "--from=a.joblib", "--example=a.csv"], ["remove"]])
def test_a_folder_of_the_projects_code_is_no_models(models: Path, task: list[str]) -> None:
    code = models / "iris" / "iris_model.py"
    code.parent.mkdir()
    code.touch()
    with pytest.raises(SystemExit, match="iris is a folder of the project's own code"):
        command.main([*task, "--name=iris"])
    assert code.exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("labls = 1", "says labls, which is none of"),
        ('tolerance = "small"', "says tolerance otherwise than as in tolerance = 0.0001"),
        ("[fields.age]\nmaximun = 1", "the field age has an unknown attribute: maximun"),
        ("[fields.aeg]\nmaximum = 1", "there is no field aeg"),
    ],
)
def test_what_a_file_cannot_say_is_named(
    models: Path, files: list[str], tmp_path: Path, text: str, problem: str
) -> None:
    said = tmp_path / "churn.toml"
    said.write_text(text)
    with pytest.raises(SystemExit, match=problem):
        command.main(["model", "--name=churn", *files, "--label=leaves", f"--config={said}"])
    assert list(models.iterdir()) == []


def test_parquet_is_read_once_pyarrow_is_there(
    models: Path, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "churn.parquet"
    table.touch()
    arguments = ["model", "--name=churn", files[0], f"--example={table}", "--label=leaves"]
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(SystemExit, match=r"churn\.parquet needs pyarrow: run "):
            command.main(arguments)
    assert list(models.iterdir()) == []
    monkeypatch.setitem(example.READERS, ".parquet", lambda _: Table(customers().copy()))
    command.main(arguments)
    assert load_packaged_model(models / "churn" / "1.0").qualified_name == "churn"


def test_without_arguments_the_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["model"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("  make model NAME=") == 3


@pytest.mark.parametrize("end", [".joblib", ".pkl", ".skops"])
def test_an_estimator_is_loaded_from_what_it_was_saved_as(tmp_path: Path, end: str) -> None:
    import pickle

    import skops.io

    path = tmp_path / f"wine{end}"
    save = {".joblib": joblib.dump, ".skops": skops.io.dump}.get(end)
    if save:
        save(wine_model(), path)
    else:
        path.write_bytes(pickle.dumps(wine_model()))
    loaded = load_estimator(path)
    assert loaded.estimator.classes_.tolist() == [0, 1, 2]
    assert loaded.notes == ()


def test_an_estimator_of_another_scikit_learn_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        other.setattr("sklearn.base.__version__", "1.5.0")
        joblib.dump(wine_model(), tmp_path / "old.joblib")
    (note,) = load_estimator(tmp_path / "old.joblib").notes
    assert note.startswith("saved by scikit-learn 1.5.0 and compared as ")


def test_json_lines_are_an_example_too(models: Path, files: list[str], tmp_path: Path) -> None:
    lines = tmp_path / "churn.jsonl"
    lines.write_text(customers().to_json(orient="records", lines=True))
    command.main(["model", "--name=churn", files[0], f"--example={lines}", "--label=leaves"])
    manifest = json.loads((models / "churn" / "1.0" / "manifest.json").read_text())
    assert [field["type"] for field in manifest["fields"]] == [
        "category",
        "integer",
        "number",
        "boolean",
        "category",
    ]


@pytest.mark.parametrize("content", [b"", b"hello world", b"a,b\n1,2\n", None])
def test_a_file_that_holds_no_estimator_is_told_from_one_of_other_versions(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "bad.joblib"
    joblib.dump(wine_model(), path)
    path.write_bytes(path.read_bytes()[:-40] if content is None else content)
    with pytest.raises(ExportError, match="is not a joblib or pickle file"):
        load_estimator(path)


def test_a_class_of_a_script_is_told_and_a_module_beside_the_file_is_found(tmp_path: Path) -> None:
    script = tmp_path / "script.pkl"
    script.write_bytes(b"\x80\x04c__main__\nNowhereDefined\n.")
    with pytest.raises(ExportError, match="move that to a module, import it from there"):
        load_estimator(script)
    (tmp_path / "beside_it.py").write_text("VALUE = 7\n")
    beside = tmp_path / "beside.pkl"
    beside.write_bytes(b"\x80\x04cbeside_it\nVALUE\n.")
    assert load_estimator(beside).estimator == 7
    beside.write_bytes(b"\x80\x04cnowhere_at_all\nVALUE\n.")
    with pytest.raises(ExportError, match="nowhere_at_all, which cannot be imported: put it bes"):
        load_estimator(beside)
