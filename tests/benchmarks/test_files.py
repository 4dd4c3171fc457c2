import pytest

from benchmarks.files import main


def test_the_cost_of_a_file_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--rows", "2000"])
    rows, peak = capsys.readouterr().out.splitlines()
    assert rows.startswith("2,000 rows: ")
    assert peak.endswith("x that of 10,000 rows")
