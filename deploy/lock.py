"""Lock what each function package holds, with hashes: `python -m deploy.lock`."""

import argparse
import tempfile
from pathlib import Path

from uv import find_uv_bin

from deploy.commands import PROJECT, run

DEPLOY = PROJECT / "deploy"
# One complete lock a package, and one for the interpreter that AWS provides.
LOCKS = {
    "onnx": DEPLOY / "requirements.txt",
    "sklearn": DEPLOY / "requirements-sklearn.txt",
    "runtime-client": DEPLOY / "requirements-runtime-client.txt",
}
# ONNX Runtime requires these for its conversion tools alone; inference never imports them.
UNUSED_BY_INFERENCE = ("flatbuffers", "packaging", "protobuf")
_RUNTIME_CLIENT = ("awslambdaric", "boto3")

_HEADERS = {
    "onnx": "What the deployed function imports (ENGINE=onnx): the project's dependencies\n"
    f"# without {', '.join(UNUSED_BY_INFERENCE)}, which ONNX Runtime's inference never imports.",
    "sklearn": "What the deployed function imports with ENGINE=sklearn: the project's\n"
    "# dependencies with the extra `sklearn`, without ONNX Runtime.",
    "runtime-client": "What AWS's Python runtimes provide: the runtime client and boto3.\n"
    "# Never packaged; the local cloud runs functions in an interpreter that holds only this.",
}
_LEFT_OUT = {
    "onnx": UNUSED_BY_INFERENCE,
    "sklearn": ("onnxruntime", "flatbuffers", "protobuf"),
    "runtime-client": (),
}


def compile_lock(output: Path, *arguments: str | Path) -> None:
    """Resolve for every system and Python, on the versions of the workbook's own lock."""
    command: list[str | Path] = [
        find_uv_bin(), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
        "--generate-hashes", "--no-annotate", "--no-emit-index-url",
        "--constraint", PROJECT / "requirements.txt", "--output-file", output,
    ]  # fmt: skip
    run([*command, *arguments], f"lock {output.name}")


def lock_list(wanted: Path, module: str) -> Path:
    """Lock what a list names.

    Args:
        wanted: a `.in` file; the lock is the `.txt` beside it.
        module: what the lock's first lines say it is made by.
    """
    output = wanted.with_suffix(".txt")
    compile_lock(output, wanted, "--custom-compile-command", f"python -m {module}")
    return output


def lock(name: str, folder: Path = DEPLOY) -> Path:
    """Compile one lock from pyproject.toml, on the versions of the workbook's own lock."""
    path = folder / LOCKS[name].name
    left_out = [word for package in _LEFT_OUT[name] for word in ("--no-emit-package", package)]
    with tempfile.TemporaryDirectory() as scratch:
        compile_lock(path, "--no-header", *left_out, *_sources(name, Path(scratch)))
    header = f"# {_HEADERS[name]}\n# Made by: python -m deploy.lock\n"
    path.write_text(header + path.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def _sources(name: str, scratch: Path) -> list[str | Path]:
    if name != "runtime-client":
        extra = ["--extra", "sklearn"] if name == "sklearn" else []
        return [PROJECT / "pyproject.toml", *extra]
    wanted = scratch / "runtime-client.in"
    wanted.write_text("\n".join(_RUNTIME_CLIENT) + "\n", encoding="utf-8")
    return [wanted]


def main() -> None:
    """Rewrite every lock file."""
    parser = argparse.ArgumentParser(description="Lock the function packages, with hashes.")
    parser.parse_args()
    for name in LOCKS:
        print(f"{name}: {lock(name).relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
