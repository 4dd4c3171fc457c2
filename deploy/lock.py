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


def lock(name: str, folder: Path = DEPLOY) -> Path:
    """Compile one lock from pyproject.toml, on the versions of the workbook's own lock."""
    path = folder / LOCKS[name].name
    command: list[str | Path] = [
        find_uv_bin(), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
        "--generate-hashes", "--no-annotate", "--no-header",
        "--constraint", PROJECT / "requirements.txt", "--output-file", path,
    ]  # fmt: skip
    for package in _LEFT_OUT[name]:
        command += ["--no-emit-package", package]
    with tempfile.TemporaryDirectory() as scratch:
        run([*command, *_sources(name, Path(scratch))], f"lock {path.name}")
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
