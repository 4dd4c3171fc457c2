"""The choices that the notebook about cold starts speaks of are measured in milliseconds."""

from benchmarks.savings import savings


def test_each_choice_is_measured_beside_the_usual_way() -> None:
    named = [
        [cell.rpartition(": ")[0] for cell in (row["usual"], row["here"])] for row in savings()
    ]
    assert named == [
        ["hashlib", "the built-in SHA-256"],
        ["a dataclass", "a named tuple"],
        ["a thread a processor", "one thread"],
    ]
