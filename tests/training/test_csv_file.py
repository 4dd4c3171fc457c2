"""A CSV of another separator or encoding is read as it is meant, or refused with what to do."""

from pathlib import Path

import pandas as pd
import pytest

from training.csv_file import read_csv
from training.errors import ExportError
from training.example import read_example

TABLE = pd.DataFrame({"région": ["a,b", "c"], "age": [1.5, 2.0]})


def _read(folder: Path, content: bytes) -> tuple[pd.DataFrame, tuple[str, ...]]:
    path = folder / "made.csv"
    path.write_bytes(content)
    return read_csv(path)


@pytest.mark.parametrize(
    ("separator", "notes"),
    [
        (",", ()),
        (";", ("made.csv is separated by semicolons",)),
        ("\t", ("made.csv is separated by tabs",)),
    ],
)
def test_the_separator_that_divides_the_header_is_taken(
    tmp_path: Path, separator: str, notes: tuple[str, ...]
) -> None:
    frame, told = _read(tmp_path, TABLE.to_csv(index=False, sep=separator).encode())
    pd.testing.assert_frame_equal(frame, TABLE)
    assert told == notes


@pytest.mark.parametrize(
    ("encoding", "notes"),
    [
        ("utf-8-sig", ()),
        ("utf-16", ("made.csv is UTF-16, as its first bytes say",)),
        ("utf-32", ("made.csv is UTF-32, as its first bytes say",)),
    ],
)
def test_the_encoding_that_the_first_bytes_say_is_taken(
    tmp_path: Path, encoding: str, notes: tuple[str, ...]
) -> None:
    frame, told = _read(tmp_path, TABLE.to_csv(index=False).encode(encoding))
    pd.testing.assert_frame_equal(frame, TABLE)
    assert told == notes


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("text\nof one column; with a semicolon\n", ["text"]),
        ("weight (kg; dry),age\n1,2\n3,4\n", ["weight (kg; dry)", "age"]),
        ('"weight, dry";age\n1;2\n3;4\n', ["weight, dry", "age"]),
        ("a,b\n1,2;3\n", ["a", "b"]),
    ],
)
def test_a_separator_inside_of_a_name_or_a_text_divides_nothing(
    tmp_path: Path, text: str, columns: list[str]
) -> None:
    assert list(_read(tmp_path, text.encode())[0].columns) == columns


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("age,région\n1,é\n".encode("latin-1"), r"made\.csv is not UTF-8 \(line 1\): save it as"),
        ("age,b\n1,é\n".encode("latin-1"), r"made\.csv is not UTF-8 \(line 2\): save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16-le"), r"made\.csv holds NUL characters: save it as UTF-8"),
        (b"a;b,c\n1;2,3\n", r"may be separated by commas or semicolons: save it with commas, and"),
        (
            b"a;b\n1,5;x\n;y\n-2,25;z\n",
            r"column a of made\.csv has numbers with a comma \(1,5\): s",
        ),
        (b'a,b\n"1,5",x\n', r"numbers with a comma \(1,5\): save them with decimal points"),
        (b"a;b;a\n1;2;3\n", r"the example has two columns a: name each column once"),
    ],
)
def test_what_only_a_person_can_tell_is_refused(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    with pytest.raises(ExportError, match=problem):
        _read(tmp_path, content)


def test_the_report_of_an_export_says_how_the_example_was_read(tmp_path: Path) -> None:
    path = tmp_path / "made.csv"
    pd.DataFrame({"a": range(20), "b": range(20)}).to_csv(path, index=False, sep=";")
    assert read_example(object(), path).notes[0] == "made.csv is separated by semicolons"


def test_json_lines_with_a_mark_are_read_and_of_another_encoding_refused(tmp_path: Path) -> None:
    path = tmp_path / "made.jsonl"
    lines = '{"a": 1, "b": "é\u2028"}\n' * 20
    path.write_bytes(lines.encode("utf-8-sig"))
    assert read_example(object(), path).frame.a.tolist() == [1] * 20
    path.write_bytes(lines.replace("\u2028", "").encode("latin-1"))
    with pytest.raises(ExportError, match=r"made\.jsonl is not UTF-8 \(line 1\)"):
        read_example(object(), path)
