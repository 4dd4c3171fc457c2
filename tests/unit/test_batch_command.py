"""A file is predicted in parts, and its predictions appear whole and in order, or not at all."""

import gzip
import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from deploy.batch.row_files import csv_records, parts, row_file
from deploy.batch.run import Clock, Options, RefusedPartError, Run
from deploy.commands import DeployError
from model_lambda.config import Settings
from model_lambda.event_sources.files import Files
from model_lambda.event_sources.object_storage import Listed, ObjectStorage
from model_lambda.models.iris.iris_model import IrisModel
from tests.unit.fake_s3 import BUCKET, FakeS3
from tests.unit.flower_rows import SETOSA, manager_of

SETTINGS = Settings(files_bucket=BUCKET, results_prefix="out/")


@cache
def iris() -> IrisModel:
    return IrisModel()


class Bucket:
    """A bucket whose function runs while somebody waits.

    Attributes:
        asked: how often it was asked for what has no result.
    """

    def __init__(self) -> None:
        self.s3 = FakeS3()
        models = manager_of(iris())
        self._files = Files(models, SETTINGS, ObjectStorage(self.s3, BUCKET))
        self.metadata: dict[str, Any] = {
            "qualified_name": "iris_model",
            "major_version": 1,
            "minor_version": 0,
        }
        self.asked = 0

    @property
    def sent(self) -> list[str]:
        return [key for key in self.s3.objects if key.startswith("in/")]

    def function(self, _seconds: float = 0) -> None:
        """Score what lies there."""
        for key in self.sent:
            self._files.score(Listed(key, self.s3.objects[key].etag.strip('"')), lambda: None)

    def ask_again(self) -> None:
        self.asked += 1

    def run(self, path: Path, wait: Callable[[float], None] | None = None, **options: Any) -> Run:
        ticks = count()
        clock = Clock(lambda: float(next(ticks)), wait or self.function)
        storage = ObjectStorage(self.s3, BUCKET)
        chosen = Options(most_rows=2, **options)
        return Run(row_file(path), self.metadata, storage, self.ask_again, chosen, clock)


def rows(number: int, first: int = 1) -> list[dict[str, float]]:
    return [{**SETOSA, "petal_length": 1 + i / 10} for i in range(first, first + number)]


def csv_of(flowers: list[dict[str, float]]) -> str:
    lines = [",".join(SETOSA), *(",".join(map(str, one.values())) for one in flowers)]
    return "\n".join(lines) + "\n"


def interrupt(_seconds: float) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(csv_of(rows(5)))
    return path


def test_predictions_are_joined_in_the_order_of_the_rows_and_nothing_is_left(table: Path) -> None:
    bucket = Bucket()
    predictions = table.with_name("rows.predictions.csv")
    assert bucket.run(table).predict(predictions) == (5, 0)
    lines = predictions.read_text().splitlines()
    assert lines[0] == ",".join([*SETOSA, "species", "error"])
    assert lines[1:] == [f"5.1,3.5,{length},0.2,setosa," for length in (1.1, 1.2, 1.3, 1.4, 1.5)]
    assert bucket.s3.objects == {}
    assert sorted(path.name for path in table.parent.iterdir()) == [
        "rows.csv",
        "rows.predictions.csv",
    ]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.ndjson.gz"])
def test_json_lines_are_predicted_so_and_refused_rows_are_counted(
    name: str, tmp_path: Path
) -> None:
    flowers = [*rows(2), {**SETOSA, "petal_length": 99.0}]
    text = "\n\n".join(map(json.dumps, flowers))
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    file = row_file(path)
    assert Bucket().run(path).predict(file.predictions) == (3, 1)
    assert file.predictions.suffix == file.ending
    answers = list(map(json.loads, file.predictions.read_text().splitlines()))
    assert [one["petal_length"] for one in answers] == [1.1, 1.2, 99.0]
    assert [one.get("species") for one in answers] == ["setosa", "setosa", None]


def test_an_interrupted_run_goes_on_and_sends_nothing_twice(table: Path) -> None:
    bucket = Bucket()
    predictions = table.with_name("rows.predictions.csv")
    with pytest.raises(KeyboardInterrupt):
        bucket.run(table, interrupt).predict(predictions)
    assert not predictions.exists()
    assert len(bucket.sent) == 3
    bucket.s3.calls.clear()
    assert bucket.run(table, keep=True).predict(predictions) == (5, 0)
    # Three of the function's results, and no part.
    assert bucket.s3.calls.count("put_object") == 3
    assert (len(bucket.sent), bucket.asked) == (3, 1)


def test_other_rows_and_another_model_are_another_run(table: Path) -> None:
    bucket = Bucket()
    names = {bucket.run(table).folder.name}
    bucket.metadata = {**bucket.metadata, "description": "trained again"}
    names.add(bucket.run(table).folder.name)
    table.write_text(csv_of(rows(4)))
    names.add(bucket.run(table).folder.name)
    assert len(names) == 3
    assert all(name.startswith("iris_model/") for name in names)


def test_a_file_that_the_function_refuses_ends_the_run_with_its_reason(tmp_path: Path) -> None:
    bucket, path = Bucket(), tmp_path / "rows.csv"
    path.write_text("petal_length\n1\n2\n3\n")
    with pytest.raises(RefusedPartError, match=r"rows \d to \d of rows.csv: the header lacks"):
        bucket.run(path).predict(tmp_path / "rows.predictions.csv")
    assert [one.name for one in tmp_path.iterdir()] == ["rows.csv"]
    assert bucket.s3.objects == {}


def test_a_result_of_an_earlier_object_is_not_taken_for_one_of_this(table: Path) -> None:
    bucket = Bucket()
    run = bucket.run(table, keep=True, stall_seconds=5)
    run.predict(table.with_name("rows.predictions.csv"))
    for key in bucket.sent:
        # The same key, but another object: what was there is of the first.
        bucket.s3.put(key, csv_of(rows(2)))
    with pytest.raises(DeployError, match="nothing happened, and rows 1 to 2 have no result"):
        bucket.run(table, lambda _: None, stall_seconds=5).predict(table.with_name("new.csv"))


def test_an_error_of_an_earlier_object_does_not_end_a_run(table: Path) -> None:
    bucket = Bucket()
    run = bucket.run(table)
    bucket.s3.put(f"out/{run.folder.name}part-00001.csv.error.json", '{"error": "deleted"}')
    assert run.predict(table.with_name("rows.predictions.csv")) == (5, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.rpartition("1.2")[0].rpartition("\n")[0] + "\n", "has 1 rows, not 2"),
        (lambda text: text.replace("species", "kind"), "has other columns"),
    ],
)
def test_a_result_that_does_not_fit_its_part_is_not_joined(
    change: Callable[[str], str], message: str, table: Path
) -> None:
    bucket = Bucket()
    predictions = table.with_name("rows.predictions.csv")
    bucket.run(table, keep=True).predict(predictions)
    predictions.unlink()
    number = 1 if "rows" in message else 2
    (key,) = (one for one in bucket.s3.objects if one.startswith("out/") and f"{number}.csv" in one)
    stored = bucket.s3.objects[key]
    bucket.s3.objects[key] = stored._replace(content=change(stored.content.decode()).encode())
    with pytest.raises(DeployError, match=message):
        bucket.run(table).predict(predictions)
    assert not predictions.exists()


def test_a_file_that_changes_while_it_is_sent_is_refused(table: Path) -> None:
    bucket = Bucket()
    run = bucket.run(table)
    table.write_text(csv_of(rows(5, first=3)))
    with pytest.raises(DeployError, match="was changed while it was sent"):
        run.predict(table.with_name("rows.predictions.csv"))


def test_a_record_stays_whole_wherever_its_lines_end() -> None:
    lines = iter(['a,"b\n', "\n", 'c"\r\n', "\n", '5" tall,1\n', '"x"y,2\n', "last"])
    assert list(csv_records(lines)) == ['a,"b\n\nc"\r\n', '5" tall,1\n', '"x"y,2\n', "last"]


def test_a_quote_without_an_end_is_refused() -> None:
    with pytest.raises(DeployError, match="a quote does not end: a,"):
        list(csv_records(iter(['a,"b\n', "c,d\n"])))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "holds no row"), (b"a,b\n", "holds no row"), (b"a\n\xff\n", "is not UTF-8")],
)
def test_a_file_without_rows_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(DeployError, match=message):
        list(parts(row_file(path), 2))


def test_a_file_of_another_kind_or_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="ends with none of"):
        row_file(Path("rows.parquet"))
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"a\n1\n")[:-9])
    with pytest.raises(DeployError, match="cannot be read"):
        list(parts(row_file(path), 2))


def test_memory_holds_no_more_than_a_part() -> None:
    def endless() -> Iterator[str]:
        while True:
            yield "1,2\n"

    records = csv_records(endless())
    assert [next(records) for _ in range(3)] == ["1,2\n"] * 3
