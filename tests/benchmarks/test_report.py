"""The tables, and that the stored ones and the README's are those of the stored run."""

from pathlib import Path
from statistics import median

import pytest

from benchmarks import report
from benchmarks.results import STORED, stored_results
from benchmarks.targets import TARGETS
from tests.benchmarks.sample_run import sample_run

README = Path(__file__).resolve().parents[2] / "README.md"


def cells(table: str) -> list[list[str]]:
    lines = [line.strip("|").split("|") for line in table.splitlines()]
    return [[cell.strip() for cell in line] for line in lines]


def test_the_summary_has_a_row_a_contestant_and_its_median() -> None:
    run = sample_run()
    table = cells(report.table(report.SUMMARY, run))
    assert [row[0] for row in table[2:]] == [one.title for one in run.contestants.values()]
    start = median(run.contestants["ours-onnx"].start_ms)
    assert table[4][1].startswith(f"{start:,.0f} (")


def test_what_answers_no_batch_is_counted_row_by_row() -> None:
    run = sample_run()
    run.contestants["article"].handler_us["predict"].p50 = [250.0]
    assert cells(report.table(report.SUMMARY, run))[2][5] == "4,000 (single)"
    assert cells(report.table(report.SUMMARY, run))[-1][5] == "-"


def test_each_target_is_met_or_missed_by_a_share() -> None:
    run = sample_run()
    run.contestants["ours-onnx"].zip_mb = 45.0
    run.contestants["ours-onnx"].unzipped_mb = 99.0
    verdicts = {row[0]: row[1:] for row in cells(report.targets_table(run))[2:]}
    assert list(verdicts) == [target.title for target in TARGETS]
    assert verdicts["zip"] == ["at most 36 MB", "45 MB", "missed by 25%"]
    assert verdicts["unzipped"] == ["at most 110 MB", "99 MB", "met, 10% to spare"]


def test_more_rows_than_the_limit_are_met() -> None:
    run = sample_run()
    target = next(one for one in TARGETS if one.key == "rows")
    run.contestants["ours-onnx"].rows_per_second["10000"] = [250_000.0]
    assert target.is_met(run)
    run.contestants["ours-onnx"].rows_per_second["10000"] = [249_999.0]
    assert not target.is_met(run)


def test_a_run_without_a_deployed_endpoint_has_no_table_of_it() -> None:
    run = sample_run()
    assert "clients" in report.markdown(run)
    run.endpoint = []
    assert "clients" not in report.markdown(run)


def test_the_stored_tables_are_those_of_the_stored_run() -> None:
    assert report.STORED_TABLE.read_text() == report.markdown(stored_results())


def test_the_readme_shows_the_stored_run() -> None:
    readme = README.read_text()
    assert report.readme_with(stored_results(), readme) == readme


def test_a_readme_gets_the_tables_between_its_marks() -> None:
    text = report.readme_with(sample_run(), "a\n<!-- measured -->\nold\n<!-- /measured -->\nz\n")
    assert text.startswith("a\n<!-- measured -->\n\nMade by `make bench")
    assert text.endswith("\n\n<!-- /measured -->\nz\n")
    assert "old" not in text
    assert report.readme_with(sample_run(), text) == text


@pytest.mark.parametrize("text", ["", "<!-- measured -->", "<!-- /measured -->"])
def test_a_readme_without_both_marks_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="lacks"):
        report.readme_with(sample_run(), text)


def test_every_plot_is_stored() -> None:
    assert {path.name for path in STORED.glob("*.svg")} == {
        "batch.svg", "predict.svg", "size.svg", "start.svg",
    }  # fmt: skip
