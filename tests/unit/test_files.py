"""What becomes of the files of a bucket: one result each, or a clear refusal, and nothing half."""

import gzip
import json
import tracemalloc
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote_plus

import pytest

from model_lambda.config import Settings
from model_lambda.errors import (
    DeadlineError,
    PredictionError,
    ResultConflictError,
    UnsupportedEventError,
)
from model_lambda.event_sources.object_storage import ObjectStorage, connect
from model_lambda.lambda_function import create_handler
from model_lambda.model_manager import ModelManager
from model_lambda.model_store import S3Files
from model_lambda.model_store import connect as connect_to_models
from model_lambda.models.iris.iris_model import IrisModel
from tests.contract.lambda_context import LambdaContext
from tests.unit.fake_s3 import BUCKET, SHORTEST_PART, FakeS3, FakeS3Error
from tests.unit.flower_rows import ScriptedModel

NAMES = "sepal_length,sepal_width,petal_length,petal_width"
HEADER = f"{NAMES}\n"
ROW = "5.1,3.5,1.4,0.2\n"
SCORED_HEADER = f"{NAMES},species,error\n"
SCORED_ROW = "5.1,3.5,1.4,0.2,setosa,\n"
KEY, RESULT = "in/iris_model/a.csv", "out/iris_model/a.csv"
ERROR = f"{RESULT}.error.json"
SETTINGS = Settings(files_bucket=BUCKET, results_prefix="out/")


@cache
def iris() -> IrisModel:
    return IrisModel()


@pytest.fixture
def s3() -> FakeS3:
    return FakeS3()


def record(key: str, etag: str = "unknown", bucket: str = BUCKET, **more: Any) -> dict[str, Any]:
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": bucket}, "object": {"key": quote_plus(key), "eTag": etag}},
        **more,
    }


def ask(s3: FakeS3, event: Any, context: Any = None, model: Any = None) -> Any:
    models = ModelManager([model or iris()])
    return create_handler(SETTINGS, models, storage=ObjectStorage(s3, BUCKET))(event, context)


def score(s3: FakeS3, *keys: str, context: Any = None, model: Any = None) -> Any:
    return ask(s3, {"Records": [record(key) for key in keys]}, context, model)


def scored(s3: FakeS3, content: bytes | str, key: str = KEY) -> str:
    """The text of the result."""
    s3.put(key, content)
    assert score(s3, key) == {"scored": 1}
    return s3.text(key.replace("in/", "out/", 1))


def refusal(s3: FakeS3, content: bytes | str, key: str = KEY) -> str:
    """Why a file was refused as a whole; nothing else is left of it."""
    s3.put(key, content)
    assert score(s3, key) == {"refused": 1}
    result = key.replace("in/", "out/", 1)
    assert result not in s3.objects
    assert s3.uploads == {}
    document: dict[str, Any] = json.loads(s3.text(f"{result}.error.json"))
    return str(document["error"])


def test_a_csv_file_has_a_result_with_its_rows_in_order_and_their_predictions(s3: FakeS3) -> None:
    rows = ROW + "6.3,3.3,6.0,2.5\n"
    assert scored(s3, HEADER + rows) == (
        SCORED_HEADER + SCORED_ROW + "6.3,3.3,6.0,2.5,virginica,\n"
    )


def test_a_json_lines_file_has_a_result_with_its_lines_to_the_digit(s3: FakeS3) -> None:
    line = '{"sepal_length": 5.10, "sepal_width":3.5,"petal_length":1.4, "petal_width":0.2 }'
    for key in ("in/iris_model/a.jsonl", "in/iris_model/a.ndjson"):
        assert scored(s3, f"{line}\n", key) == f'{line[:-2]}, "species": "setosa"}}\n'


@pytest.mark.parametrize("key", ["in/iris_model/a.csv.gz", "in/iris_model/A.CSV.GZ"])
def test_a_packed_file_has_a_packed_result(s3: FakeS3, key: str) -> None:
    s3.put(key, gzip.compress((HEADER + ROW).encode()) + gzip.compress(ROW.encode()))
    assert score(s3, key) == {"scored": 1}
    content = s3.objects[key.replace("in/", "out/", 1)].content
    assert gzip.decompress(content).decode() == SCORED_HEADER + 2 * SCORED_ROW


def test_a_bad_row_has_an_error_and_the_rest_goes_on(s3: FakeS3) -> None:
    found = scored(s3, HEADER + ROW + "x,3.5,1.4,99\n" + ROW)
    assert found.startswith(SCORED_HEADER + SCORED_ROW + "x,3.5,1.4,99,,")
    assert found.endswith("\n" + SCORED_ROW)
    assert "/sepal_length: Not a valid number. /petal_width: Must be greater" in found


@pytest.mark.parametrize(
    "line",
    ["5.1,3.5,1.4\n", "5.1,3.5,1.4,0.2,9\n", '5.1,"3.5"x,1.4,0.2\n', '5.1,"3.5\n'],
    ids=["a missing cell", "a cell too many", "text behind a quote", "an open quote at the end"],
)
def test_a_line_of_another_shape_is_a_bad_row(s3: FakeS3, line: str) -> None:
    lines = scored(s3, HEADER + ROW + line).splitlines()
    assert lines[1] == SCORED_ROW.strip()
    assert len(lines) == 3
    assert lines[2].split(",")[4] == ""
    assert lines[2].endswith(("cells in the line.", "The quotes of the line do not fit."))


def test_columns_are_found_by_name_in_any_order(s3: FakeS3) -> None:
    found = scored(s3, "petal_width,petal_length,sepal_width,sepal_length\n2.5,6.0,3.3,6.3\n")
    assert found.splitlines()[1] == "2.5,6.0,3.3,6.3,virginica,"


def test_a_bom_is_left_out_and_lines_end_as_they_did(s3: FakeS3) -> None:
    content = "\ufeff" + (HEADER + ROW).replace("\n", "\r\n")
    assert scored(s3, content) == (SCORED_HEADER + SCORED_ROW).replace("\n", "\r\n")


def test_quoted_cells_and_blank_lines_are_read_as_csv_says(s3: FakeS3) -> None:
    content = NAMES.replace("sepal_length", '"sepal_length"') + '\n"5.1",3.5,"1.4",0.2\n\n' + ROW
    assert scored(s3, content) == SCORED_HEADER + 2 * SCORED_ROW


def test_a_last_line_needs_no_end(s3: FakeS3) -> None:
    assert scored(s3, HEADER + ROW.strip()) == SCORED_HEADER + SCORED_ROW


def test_a_header_alone_has_a_result_without_rows(s3: FakeS3) -> None:
    assert scored(s3, HEADER) == SCORED_HEADER


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "it has no header"),
        ("\n\n", "it has no header"),
        ("\ufeff", "it has no header"),
        ('"a\n', "the header is not a line of CSV"),
        ((HEADER + ROW).replace(",", ";"), "column 1 of the header is no field of iris_model"),
        ((HEADER + ROW).replace(",", "\t"), "with commas"),
        (NAMES + ",id\n5.1,3.5,1.4,0.2,1\n", "column 5 of the header is no field"),
        (NAMES + ",species\n", "column 5 of the header is no field"),
        (" " + HEADER + ROW, "column 1 of the header is no field"),
        ("sepal_length,sepal_width,petal_length\n5.1,3.5,1.4\n", "lacks the column petal_width"),
        (NAMES + ",petal_width\n", "a column stands twice"),
        (HEADER + '"5.1,3.5,1.4,0.2\n' + 3 * ROW, "a quote in line 2 does not end there"),
        ((HEADER + ROW).encode("utf-16"), "not UTF-8"),
        (HEADER.encode() + b"\xe9", "not UTF-8"),
        (HEADER + "1" * 2_000_000, "a line is longer than"),
    ],
)
def test_a_file_that_is_no_table_of_the_model_is_refused_with_a_reason(
    s3: FakeS3, content: bytes | str, reason: str
) -> None:
    assert reason in refusal(s3, content)


def test_a_quote_that_swallows_lines_after_good_rows_refuses_the_file(s3: FakeS3) -> None:
    content = HEADER + 10_001 * ROW + '5.1,"3.5,1.4,0.2\n' + 10 * ROW
    assert refusal(s3, content) == "a quote in line 10003 does not end there"
    assert json.loads(s3.text(ERROR))["rows_read"] == 10_000


PACKED = gzip.compress((HEADER + 1000 * ROW).encode(), mtime=0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (PACKED[:-20], "the gzip file is cut off"),
        (PACKED[:15], "the gzip file is cut off"),
        (PACKED[:30] + b"\xff\xff\xff" + PACKED[33:], "the gzip file is damaged"),
        (PACKED[:-8] + bytes(8), "the gzip file is damaged"),
        (HEADER.encode(), "the gzip file is damaged, or is none"),
        (b"PK\x03\x04", "the gzip file is damaged, or is none"),
        (b"", "it has no header"),
    ],
    ids=["no end", "no content", "other bits", "other sum", "text", "zip", "empty"],
)
def test_a_gzip_file_that_is_not_whole_is_refused(s3: FakeS3, content: bytes, reason: str) -> None:
    assert reason in refusal(s3, content, "in/iris_model/a.csv.gz")


def test_a_bomb_is_refused_while_it_is_unpacked(s3: FakeS3) -> None:
    bomb = gzip.compress(HEADER.encode() + 200 * (b" " * 100_000 + b",,,\n"))
    assert "more than 200 times" in refusal(s3, bomb, "in/iris_model/a.csv.gz")


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("in/wine_model/a.csv", "no model has this qualified name"),
        ("in/iris_model/7.0/a.csv", "the model has no such version"),
        ("in/a.csv", "the key names no model"),
        ("in/iris_model/a.parquet", "the name ends with none of .csv, .jsonl, .ndjson"),
        ("in/iris_model/csv", "the name ends with none of"),
    ],
)
def test_a_key_that_names_no_model_or_format_is_refused(s3: FakeS3, key: str, reason: str) -> None:
    assert reason in refusal(s3, HEADER + ROW, key)


@pytest.mark.parametrize(
    "key",
    [
        "in/iris_model/1.0/a.csv",
        "in/iris_model/2026/november/a.csv",
        "in/iris_model/1.0.csv",
        "in/iris_model/gr\u00fc\u00dfe + \u82b1 50%.csv",
        "in/iris_model/in/a.csv",
    ],
)
def test_any_key_below_a_model_has_its_result_under_the_same_name(s3: FakeS3, key: str) -> None:
    assert scored(s3, HEADER + ROW, key) == SCORED_HEADER + SCORED_ROW


def test_a_deleted_object_is_refused_and_one_that_comes_back_is_scored(s3: FakeS3) -> None:
    assert score(s3, KEY) == {"refused": 1}
    assert json.loads(s3.text(ERROR))["error"] == "the object was deleted before it was read"
    assert scored(s3, HEADER + ROW) == SCORED_HEADER + SCORED_ROW
    assert ERROR not in s3.objects


def test_a_second_event_for_an_object_writes_nothing(s3: FakeS3) -> None:
    scored(s3, HEADER + ROW)
    before = dict(s3.objects)
    assert score(s3, KEY, KEY) == {"known": 2}
    assert s3.objects == before


def test_an_event_for_what_is_known_does_not_open_the_object(s3: FakeS3) -> None:
    etag = s3.put(KEY, HEADER + ROW)
    score(s3, KEY)
    s3.calls.clear()
    assert ask(s3, {"Records": [record(KEY, etag)]}) == {"known": 1}
    assert s3.calls == ["head_object", "head_object"]


def test_an_overwritten_object_has_a_new_result(s3: FakeS3) -> None:
    scored(s3, HEADER + ROW)
    assert scored(s3, HEADER + 2 * ROW) == SCORED_HEADER + 2 * SCORED_ROW


def test_a_refusal_takes_the_place_of_a_result_and_a_result_that_of_a_refusal(s3: FakeS3) -> None:
    scored(s3, HEADER + ROW)
    refusal(s3, "nonsense\n")
    assert "no field" in refusal(s3, "other nonsense\n")
    scored(s3, HEADER + ROW)
    assert ERROR not in s3.objects


def test_a_result_names_its_source_and_the_model(s3: FakeS3) -> None:
    etag = s3.put(KEY, HEADER + ROW)
    score(s3, KEY)
    assert s3.objects[RESULT].metadata == {
        "source-etag": etag,
        "model": "iris_model",
        "model-version": "1.0",
    }


def test_a_result_names_the_version_of_its_source_in_a_bucket_that_keeps_versions() -> None:
    class Versioned(FakeS3):
        def answer_get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
            return super().answer_get_object(Bucket, Key) | {"VersionId": "v7"}

    versioned = Versioned()
    scored(versioned, HEADER + ROW)
    assert versioned.objects[RESULT].metadata["source-version-id"] == "v7"


def test_a_result_that_ends_with_a_part_has_no_empty_one(s3: FakeS3) -> None:
    with ObjectStorage(s3, BUCKET).upload("out/a", "etag", {}, None) as upload:
        upload.write(bytes(SHORTEST_PART))
        upload.complete()
    assert s3.calls == ["create_multipart_upload", "upload_part", "complete_multipart_upload"]
    assert len(s3.objects["out/a"].content) == SHORTEST_PART


def test_a_file_without_one_good_line_has_a_result(s3: FakeS3) -> None:
    assert scored(s3, f"{HEADER}1,2\n") == f"{SCORED_HEADER}1,2,,,,2 cells in the line.\n"


def test_the_client_is_that_of_lambdas_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert connect(SETTINGS).bucket == BUCKET
    assert isinstance(connect_to_models(), S3Files)


def once(method: str, then: Callable[[], object]) -> Callable[[str, Mapping[str, Any]], None]:
    """Do something before the first call of a method."""
    left = [then]

    def before(called: str, request: Mapping[str, Any]) -> None:
        if called == method and left:
            left.pop()()

    return before


def test_of_two_functions_at_once_one_writes_the_result(s3: FakeS3) -> None:
    s3.put(KEY, HEADER + ROW)
    s3.before = once("put_object", lambda: score(s3, KEY))
    assert score(s3, KEY) == {"known": 1}
    assert s3.calls.count("put_object") == 2
    assert s3.text(RESULT) == SCORED_HEADER + SCORED_ROW


def test_an_older_version_never_replaces_the_result_of_a_newer_one(s3: FakeS3) -> None:
    s3.put(KEY, HEADER + ROW)
    newer = HEADER + 2 * ROW
    s3.before = once("put_object", lambda: scored(s3, newer))
    with pytest.raises(ResultConflictError):
        score(s3, KEY)
    assert s3.text(RESULT) == SCORED_HEADER + 2 * SCORED_ROW
    assert score(s3, KEY) == {"known": 1}


def test_a_version_that_comes_while_the_older_is_read_is_scored_by_its_own_event(
    s3: FakeS3,
) -> None:
    s3.put(KEY, HEADER + ROW)
    s3.before = once("put_object", lambda: s3.put(KEY, HEADER + 2 * ROW))
    assert score(s3, KEY) == {"scored": 1}
    assert score(s3, KEY) == {"scored": 1}
    assert s3.text(RESULT) == SCORED_HEADER + 2 * SCORED_ROW


def test_two_refusals_at_once_are_one(s3: FakeS3) -> None:
    s3.put(KEY, "nonsense\n")
    s3.before = once("put_object", lambda: score(s3, KEY))
    assert score(s3, KEY) == {"known": 1}


LARGE = "in/iris_model/a.jsonl"
LARGE_RESULT = "out/iris_model/a.jsonl"
# Ten kilobytes of JSON, so that few rows make parts.
LINE = (
    '{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4,'
    + " " * 9_960
    + '"petal_width": 0.2'
)
LARGE_FILE = 1_200 * f"{LINE}}}\n"


def test_a_large_result_is_written_in_parts_and_appears_at_once(s3: FakeS3) -> None:
    seen: list[bool] = []
    s3.before = lambda method, request: seen.append(LARGE_RESULT in s3.objects)
    found = scored(s3, LARGE_FILE, LARGE)
    assert found == 1_200 * f'{LINE}, "species": "setosa"}}\n'
    assert s3.calls.count("upload_part") == 2
    assert not any(seen)
    assert s3.uploads == {}


def test_a_large_result_loses_a_race_without_a_trace(s3: FakeS3) -> None:
    s3.put(LARGE, LARGE_FILE)
    s3.before = once("complete_multipart_upload", lambda: score(s3, LARGE))
    assert score(s3, LARGE) == {"known": 1}
    assert s3.uploads == {}


@pytest.mark.parametrize(
    "method", ["upload_part", "complete_multipart_upload", "create_multipart_upload"]
)
def test_a_call_that_fails_raises_and_leaves_nothing(s3: FakeS3, method: str) -> None:
    def fail() -> None:
        raise FakeS3Error("SlowDown")

    s3.put(LARGE, LARGE_FILE)
    s3.before = once(method, fail)
    with pytest.raises(FakeS3Error, match="SlowDown"):
        score(s3, LARGE)
    assert list(s3.objects) == [LARGE]
    assert s3.uploads == {}
    assert score(s3, LARGE) == {"scored": 1}


def test_an_upload_that_cannot_be_dropped_hides_no_other_error(s3: FakeS3) -> None:
    def before(method: str, request: Mapping[str, Any]) -> None:
        if method in ("complete_multipart_upload", "abort_multipart_upload"):
            raise FakeS3Error(method)

    s3.put(LARGE, LARGE_FILE)
    s3.before = before
    with pytest.raises(FakeS3Error, match="complete_multipart_upload"):
        score(s3, LARGE)


@pytest.mark.parametrize("method", ["get_object", "head_object", "delete_object"])
def test_what_s3_refuses_is_not_taken_for_absence(s3: FakeS3, method: str) -> None:
    def fail() -> None:
        raise FakeS3Error("AccessDenied")

    refusal(s3, "nonsense\n")
    s3.put(KEY, HEADER + ROW)
    s3.before = once(method, fail)
    with pytest.raises(FakeS3Error, match="AccessDenied"):
        score(s3, KEY)


def test_an_error_that_another_function_deleted_is_no_failure(s3: FakeS3) -> None:
    refusal(s3, "nonsense\n")
    s3.before = once("delete_object", lambda: s3.put(ERROR, "another"))
    scored(s3, HEADER + ROW)
    assert s3.text(ERROR) == "another"


def test_a_connection_that_ends_early_raises_and_leaves_nothing(s3: FakeS3) -> None:
    class Shortened(FakeS3):
        def answer_get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
            found = super().answer_get_object(Bucket, Key)
            return found | {"ContentLength": found["ContentLength"] + 1}

    shortened = Shortened()
    shortened.put(KEY, HEADER + ROW)
    with pytest.raises(OSError, match="the object ended after 66 of 67 bytes"):
        score(shortened, KEY)
    assert list(shortened.objects) == [KEY]


class Clock(LambdaContext):
    """Has less time left each time it is asked."""

    def __init__(self, *remaining_ms: int) -> None:
        super().__init__()
        self._left = list(remaining_ms)

    def get_remaining_time_in_millis(self) -> int:
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]


def test_a_file_that_cannot_be_finished_says_how_far_it_came_and_leaves_nothing(
    s3: FakeS3,
) -> None:
    s3.put(LARGE, LARGE_FILE)
    with pytest.raises(DeadlineError, match=r"after \d+ rows, 8\d+ of 12\d+ bytes"):
        score(s3, LARGE, context=Clock(60_000, 4_999))
    assert list(s3.objects) == [LARGE]
    assert s3.uploads == {}


def test_all_files_of_an_event_are_scored_though_one_fails(s3: FakeS3) -> None:
    s3.put(KEY, HEADER + ROW)
    s3.put("in/iris_model/b.csv", HEADER + ROW)
    s3.before = once("get_object", lambda: (_ for _ in ()).throw(FakeS3Error("SlowDown")))
    with pytest.raises(FakeS3Error, match="SlowDown"):
        score(s3, KEY, "in/iris_model/b.csv")
    assert "out/iris_model/b.csv" in s3.objects


def test_a_schedule_scores_what_has_no_result_yet(s3: FakeS3) -> None:
    scored(s3, HEADER + ROW)
    for name in "bcde":
        s3.put(f"in/iris_model/{name}.csv", HEADER + ROW)
    s3.put("in/iris_model/", "")
    assert ask(s3, {"batch": True}) == {"known": 1, "scored": 4}
    assert ask(s3, {"batch": True}) == {"known": 5}


def test_a_schedule_has_nothing_to_do_in_an_empty_bucket(s3: FakeS3) -> None:
    assert ask(s3, {"batch": True}) == {}


def test_a_schedule_begins_with_the_smallest_and_leaves_the_rest_for_the_next_time(
    s3: FakeS3,
) -> None:
    s3.put("in/iris_model/a.csv", HEADER + 20_000 * ROW)
    s3.put("in/iris_model/b.csv", HEADER + ROW)
    assert ask(s3, {"batch": True}, Clock(60_000, 60_000, 60_000, 0)) == {"scored": 1}
    assert "out/iris_model/b.csv" in s3.objects
    # Now it comes first, and no later time would be better.
    with pytest.raises(DeadlineError, match="split the file"):
        ask(s3, {"batch": True}, Clock(60_000, 0))
    assert ask(s3, {"batch": True}) == {"known": 1, "scored": 1}


@pytest.mark.parametrize(
    "event",
    [
        {"Records": [record(KEY, bucket="another")]},
        {"Records": [record("out/iris_model/a.csv")]},
        {"Records": [record(KEY, eventName="ObjectRemoved:Delete")]},
        {"Records": [record(KEY) | {"s3": None}]},
        {"Records": [record("")]},
        {"Records": []},
        {"Records": None},
        {"batch": 1},
    ],
)
def test_an_event_that_is_not_for_this_function_raises(s3: FakeS3, event: Any) -> None:
    with pytest.raises(UnsupportedEventError):
        ask(s3, event)
    assert s3.calls == []


class Failing(ScriptedModel):
    """Fails where a sepal is 6.6 cm long."""

    qualified_name = "iris_model"
    json_schemas = iris().json_schemas
    sepal_length = 6.6

    def predict_batch(self, rows: Any, *, probabilities: bool = False) -> Any:
        if any(row["sepal_length"] == self.sepal_length for row in rows):
            raise RuntimeError("no")
        return [{"species": "setosa"} for _ in rows]


class Broken(Failing):
    """Fails on the usual row."""

    sepal_length = 5.1


def test_a_row_on_which_the_model_fails_is_a_bad_row(s3: FakeS3) -> None:
    s3.put(KEY, HEADER + 20 * ROW + "6.6,3.3,6.0,2.5\n" + 20 * ROW)
    s3.put("in/iris_model/a.jsonl", "")
    assert score(s3, KEY, "in/iris_model/a.jsonl", model=Failing()) == {"scored": 2}
    assert s3.text(RESULT) == (
        SCORED_HEADER
        + 20 * SCORED_ROW
        + "6.6,3.3,6.0,2.5,,The model failed on this row.\n"
        + 20 * SCORED_ROW
    )


def test_a_model_that_fails_on_every_row_fails_the_file(s3: FakeS3) -> None:
    s3.put(KEY, HEADER + 3 * ROW)
    with pytest.raises(PredictionError):
        score(s3, KEY, model=Broken())
    assert list(s3.objects) == [KEY]


def peak_bytes(times: int) -> int:
    """The most memory that is allocated while a file is scored, without the bucket's own."""
    s3 = FakeS3()
    s3.put(LARGE, times * LARGE_FILE)
    peaks: list[int] = []

    def before(method: str, request: Mapping[str, Any]) -> None:
        # What the bucket keeps from here on is not the function's.
        _, peak = tracemalloc.get_traced_memory()
        peaks.append(peak - bytes_of_parts(s3))
        tracemalloc.reset_peak()

    s3.before = before
    tracemalloc.start()
    try:
        score(s3, LARGE)
    finally:
        tracemalloc.stop()
    return max(peaks)


def bytes_of_parts(s3: FakeS3) -> int:
    """How much of the allocated memory is the bucket's."""
    return sum(len(part) for one in s3.uploads.values() for part in one["parts"].values())


def test_memory_does_not_grow_with_the_file() -> None:
    assert peak_bytes(4) < 1.1 * peak_bytes(1)
