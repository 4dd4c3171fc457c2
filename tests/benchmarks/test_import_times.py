import pytest

from benchmarks.import_times import import_tree, phases

LINES = """\
import time: self [us] | cumulative | imported package
import time:       100 |        100 | zipimport
mark: import-begin 1000000
import time:       300 |        300 |     library.inner
import time:       200 |        500 |   library
import time:        50 |         50 |   own.schemas
mark: load-begin 2000000
import time:       400 |        400 |   library.parser
mark: load-end 5000000
import time:      4000 |       4950 | own
import time:        20 |         20 | other
mark: import-end 9000000
import time:        90 |         90 | library.late
mark: answer 9700000
""".splitlines()


def test_the_tree_puts_each_import_below_the_one_that_caused_it() -> None:
    tree = {one.module: one for one in import_tree(LINES)}
    assert list(tree) == ["zipimport", "own", "other", "library.late"]
    assert [child.module for child in tree["own"].children] == [
        "library", "own.schemas", "library.parser",
    ]  # fmt: skip
    assert [one.module for one in tree["own"].walk()][:3] == ["own", "library", "library.inner"]
    assert (tree["own"].own_us, tree["own"].total_us) == (4000, 4950)


def test_the_time_is_split_by_whose_modules_and_by_the_marks() -> None:
    found = phases(LINES, "own")
    # Of the 3 ms between the marks of the loader, 0.4 are an import.
    assert found.imports == pytest.approx(0.3 + 0.2 + 0.4 + 0.02)
    assert found.model_load == pytest.approx(2.6)
    assert found.own_code == pytest.approx(4.05 - 2.6)
    assert found.first_predict == pytest.approx(0.7)


def test_a_package_is_not_taken_for_another_with_the_same_beginning() -> None:
    assert phases(LINES, "ow").imports == pytest.approx(phases(LINES, "own").imports + 4.05)
