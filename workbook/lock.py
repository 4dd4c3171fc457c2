"""Writes requirements.txt: every package of the workbook, for every supported Python and system."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Resolve pyproject.toml with all extras; keep what is locked unless `--upgrade` is given."""
    compile_lock = ["uv", "pip", "compile", "pyproject.toml", "--output-file", "requirements.txt"]
    scope = ["--all-extras", "--universal", "--python-version", "3.11", "--no-annotate"]
    content = ["--generate-hashes", "--no-emit-index-url", "--custom-compile-command", "make lock"]
    command = [*compile_lock, *scope, *content, "--quiet", *sys.argv[1:]]
    return subprocess.run(command, cwd=PROJECT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
