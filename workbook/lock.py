"""Writes requirements.txt: every package of the workbook, for every supported Python and system;
and what only some need besides, which `make setup` does not install.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
REQUIREMENTS = "requirements.txt"
PARQUET = "parquet"  # 166 MB
PARQUET_REQUIREMENTS = "training/requirements-parquet.txt"


def main() -> int:
    """Resolve pyproject.toml; keep what is locked unless `--upgrade` is given."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [name for name in project["optional-dependencies"] if name != PARQUET]
    return _compile(REQUIREMENTS, extras) or _compile(
        PARQUET_REQUIREMENTS, [PARQUET], "--constraint", REQUIREMENTS
    )


def _compile(output: str, extras: list[str], *more: str) -> int:
    compile_lock = ["uv", "pip", "compile", "pyproject.toml", "--output-file", output, *more]
    named = [part for extra in extras for part in ("--extra", extra)]
    scope = [*named, "--universal", "--python-version", "3.11", "--no-annotate"]
    content = ["--generate-hashes", "--no-emit-index-url", "--custom-compile-command", "make lock"]
    command = [*compile_lock, *scope, *content, "--quiet", *sys.argv[1:]]
    return subprocess.run(command, cwd=PROJECT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
