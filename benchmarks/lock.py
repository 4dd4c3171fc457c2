"""Locks what the competitors are made of, with hashes: `python -m benchmarks.lock`."""

from pathlib import Path

from uv import find_uv_bin

from benchmarks.packages import LOCK
from deploy.commands import PROJECT, run


def lock(wanted: Path, module: str) -> Path:
    """Compile a lock on the versions of the workbook's own lock.

    Args:
        wanted: a `.in` file that names the packages; the lock is the `.txt` beside it.
        module: what the lock's first lines say it is made by.
    """
    output = wanted.with_suffix(".txt")
    command: list[str | Path] = [
        find_uv_bin(), "pip", "compile", wanted, "--quiet", "--universal",
        "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-emit-index-url",
        "--constraint", PROJECT / "requirements.txt", "--output-file", output,
        "--custom-compile-command", f"python -m {module}",
    ]  # fmt: skip
    run(command, f"lock {output.name}")
    return output


if __name__ == "__main__":
    print(lock(LOCK.with_suffix(".in"), "benchmarks.lock").name)
