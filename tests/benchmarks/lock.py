"""Locks what the competitors are made of, with hashes: `python -m tests.benchmarks.lock`."""

from pathlib import Path

from uv import find_uv_bin

from deploy.commands import PROJECT, run
from tests.benchmarks.packages import LOCK


def lock(output: Path = LOCK) -> Path:
    """Compile the lock on the versions of the workbook's own lock."""
    command: list[str | Path] = [
        find_uv_bin(), "pip", "compile", LOCK.with_suffix(".in"), "--quiet", "--universal",
        "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-emit-index-url",
        "--constraint", PROJECT / "requirements.txt", "--output-file", output,
        "--custom-compile-command", "python -m tests.benchmarks.lock",
    ]  # fmt: skip
    run(command, f"lock {output.name}")
    return output


if __name__ == "__main__":
    print(lock().name)
