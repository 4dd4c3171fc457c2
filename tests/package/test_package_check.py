"""What the check refuses: each test damages a good package in one way."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import package_check
from deploy.build import write_zip
from deploy.package_check import (
    CheckFailedError,
    Package,
    check,
    check_import,
    check_limits,
    check_platform,
    unpack,
)
from deploy.package_settings import SETTINGS_FILE, PackageSettings

AWS = PackageSettings("aws", "3.13", "x86_64")
HANDLER = "model_lambda/lambda_function.py"


def append(package: Package, name: str, text: str) -> None:
    """Add source to a module of the package, and forget its bytecode."""
    path = package.folder / name
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as source:
        source.write(text)
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def small(tmp_path: Path, settings: PackageSettings = AWS) -> Package:
    """A package with nothing in it."""
    folder = tmp_path / "small"
    folder.mkdir()
    archive = tmp_path / "small.zip"
    write_zip(folder, archive)
    return Package(archive, folder, settings)


def wheel(package: Package, *tags: str) -> None:
    """Put a wheel with these tags into the package."""
    path = package.folder / "numpy-2.5.5.dist-info" / "WHEEL"
    path.parent.mkdir()
    path.write_text("Wheel-Version: 1.0\n" + "".join(f"Tag: {tag}\n" for tag in tags))


def library(package: Package, name: str, needed: str, machine: int = 62) -> None:
    """Put a shared library for a machine, that needs a glibc, into the package."""
    header = b"\x7fELF".ljust(18, b"\0") + machine.to_bytes(2, "little")
    (package.folder / name).write_bytes(header + needed.encode())


@pytest.mark.slow
def test_a_good_package_passes(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(built)
    lines = capsys.readouterr().out.splitlines()
    passed = [line.split()[1] for line in lines if line.startswith("  ok")]
    assert passed == ["limits:", "platform:", "import:", "reproducible:"]


@pytest.mark.slow
def test_a_changed_source_is_refused(
    package: Package, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append(package, HANDLER, "# changed\n")
    changed = tmp_path / "changed.zip"
    write_zip(package.folder, changed)
    assert not check(changed)
    refused = [line for line in capsys.readouterr().out.splitlines() if "FAILED" in line]
    assert len(refused) == 1
    assert "reproducible: another build differs in" in refused[0]
    assert HANDLER in refused[0]


@pytest.mark.slow
def test_a_damaged_model_is_refused(package: Package) -> None:
    model = next(package.folder.rglob("*.onnx"))
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    with pytest.raises(CheckFailedError, match="cannot be imported alone"):
        check_import(package)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dependency", "problem"),
    [
        ("onnxruntime", "cannot be imported alone: .*No module named 'onnxruntime'"),
        # Imported when a request needs it: noticed by the answers to the events.
        ("marshmallow", r"cannot be imported alone|events/.*\.json"),
    ],
)
def test_a_missing_dependency_is_refused(package: Package, dependency: str, problem: str) -> None:
    shutil.rmtree(package.folder / dependency)
    with pytest.raises(CheckFailedError, match=problem):
        check_import(package)


@pytest.mark.slow
@pytest.mark.parametrize("module", ["boto3", "requests", "sklearn"])
def test_modules_of_this_environment_are_not_seen(package: Package, module: str) -> None:
    append(package, HANDLER, f"\nimport {module}\n")
    with pytest.raises(CheckFailedError, match=f"No module named '{module}'"):
        check_import(package)


@pytest.mark.slow
def test_a_heavy_module_is_refused_even_when_it_is_packaged(package: Package) -> None:
    append(package, "pandas/__init__.py", "")
    append(package, HANDLER, "\nimport pandas\n")
    with pytest.raises(CheckFailedError, match="the import loads pandas"):
        check_import(package)


@pytest.mark.slow
def test_an_event_that_is_answered_differently_is_refused(package: Package) -> None:
    append(package, HANDLER, "\ndef lambda_handler(event, context):\n    return {}\n")
    with pytest.raises(CheckFailedError, match=r"events/.*\.json"):
        check_import(package)


@pytest.mark.slow
def test_the_host_environment_does_not_reach_the_import(
    package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_RUNTIME", "no-such-runtime")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    assert "answered as stored" in check_import(package)


def test_a_zip_over_the_upload_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = small(tmp_path)
    size = package.archive.stat().st_size
    monkeypatch.setattr(package_check, "ZIPPED_LIMIT", size)
    assert check_limits(package)
    monkeypatch.setattr(package_check, "ZIPPED_LIMIT", size - 1)
    with pytest.raises(CheckFailedError, match="AWS takes at most"):
        check_limits(package)


def test_a_package_over_the_unzipped_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = small(tmp_path)
    (package.folder / "large").write_bytes(b"x" * 1000)
    monkeypatch.setattr(package_check, "UNZIPPED_LIMIT", 1000)
    assert check_limits(package)
    monkeypatch.setattr(package_check, "UNZIPPED_LIMIT", 999)
    with pytest.raises(CheckFailedError, match="AWS takes at most"):
        check_limits(package)


@pytest.mark.parametrize(
    "tags",
    [
        ["cp313-cp313-manylinux_2_27_x86_64", "cp313-cp313-manylinux_2_28_x86_64"],
        ["cp313-cp313-manylinux2014_x86_64"],
        ["py3-none-any"],
        ["cp313-cp313-manylinux_2_40_x86_64", "cp313-cp313-manylinux_2_34_x86_64"],
    ],
)
def test_wheels_for_the_runtime_pass(tmp_path: Path, tags: list[str]) -> None:
    package = small(tmp_path)
    wheel(package, *tags)
    assert "glibc 2.34" in check_platform(package)


@pytest.mark.parametrize(
    "tag",
    [
        "cp313-cp313-manylinux_2_35_x86_64",
        "cp313-cp313-manylinux_2_28_aarch64",
        "cp312-cp312-manylinux_2_28_x86_64",
        "cp313-cp313-musllinux_1_2_x86_64",
        "cp313-cp313-macosx_14_0_arm64",
    ],
)
def test_wheels_for_another_machine_are_refused(tmp_path: Path, tag: str) -> None:
    package = small(tmp_path)
    wheel(package, tag)
    with pytest.raises(CheckFailedError, match=re.escape(f"does not load there: {tag}")):
        check_platform(package)


def test_a_wheel_is_refused_by_the_older_glibc_of_an_older_runtime(tmp_path: Path) -> None:
    package = small(tmp_path, PackageSettings("aws", "3.11", "x86_64"))
    wheel(package, "cp311-cp311-manylinux_2_27_x86_64")
    with pytest.raises(CheckFailedError, match="does not load there"):
        check_platform(package)


def test_libraries_for_the_runtime_pass(tmp_path: Path) -> None:
    package = small(tmp_path)
    library(package, "a.cpython-313-x86_64-linux-gnu.so", "GLIBC_2.2.5 GLIBC_2.34")
    assert check_platform(package)


@pytest.mark.parametrize(
    ("name", "needed", "machine", "problem"),
    [
        ("a.so", "GLIBC_2.35", 62, "a.so needs glibc 2.35"),
        ("a.so", "GLIBC_2.17", 183, "a.so is for another architecture"),
        ("a.cpython-312-x86_64-linux-gnu.so", "", 62, "is for another Python"),
    ],
)
def test_libraries_for_another_machine_are_refused(
    tmp_path: Path, name: str, needed: str, machine: int, problem: str
) -> None:
    package = small(tmp_path)
    library(package, name, needed, machine)
    with pytest.raises(CheckFailedError, match=re.escape(problem)):
        check_platform(package)


@pytest.mark.parametrize(
    "settings", [{}, {"target": "aws"}, {"target": "mars", "python_version": "3.13"}]
)
def test_a_zip_with_other_settings_is_refused(tmp_path: Path, settings: dict[str, str]) -> None:
    (tmp_path / SETTINGS_FILE).write_text(json.dumps(settings))
    archive = tmp_path / "other.zip"
    write_zip(tmp_path, archive)
    with pytest.raises(CheckFailedError, match=r"not a package made by deploy\.build"):
        unpack(archive, tmp_path / "unpacked")


def test_a_file_that_is_no_zip_is_refused_with_one_line(tmp_path: Path) -> None:
    archive = tmp_path / "no.zip"
    archive.write_text("this is no zip")
    command = [sys.executable, "-m", "deploy.package_check", str(archive)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith(f"error: {archive} is not a package made by deploy.build")
    assert result.stderr.count("\n") == 1
