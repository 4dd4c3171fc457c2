"""What the check refuses: each test damages a good package in one way."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from deploy import package_check
from deploy.build import write_zip
from deploy.package_check import (
    CheckFailedError,
    Package,
    check,
    check_contents,
    check_import,
    check_limits,
    check_platform,
    unpack,
)
from deploy.package_settings import SETTINGS_FILE, PackageSettings
from tests.package.elf import elf_library

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


def library(package: Package, name: str, needed: dict[str, str], machine: int = 62) -> None:
    """Put a shared library for a machine into the package.

    Args:
        package: The package.
        name: The library's name.
        needed: Symbol versions with blanks between them, by the library that has to have them.
        machine: 62 for x86_64, 183 for arm64.
    """
    (package.folder / name).write_bytes(elf_library(needed, machine))


@pytest.mark.slow
def test_a_good_package_passes(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(built)
    lines = capsys.readouterr().out.splitlines()
    passed = [line.split()[1] for line in lines if line.startswith("  ok")]
    assert passed == ["limits:", "contents:", "platform:", "import:", "reproducible:"]


@pytest.mark.slow
def test_a_changed_source_is_refused(
    package: Package, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (package.folder / HANDLER).open("a") as source:
        source.write("# changed\n")
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


@pytest.mark.iris_model
@pytest.mark.slow
def test_the_host_environment_does_not_reach_the_import(
    package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE", "no-such-engine")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    assert "answered as stored" in check_import(package)


def test_a_zip_that_only_s3_takes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = small(tmp_path)
    size = package.archive.stat().st_size
    monkeypatch.setattr(package_check, "UPLOADED_ZIP_BYTES", size)
    assert "S3" not in check_limits(package)
    monkeypatch.setattr(package_check, "UPLOADED_ZIP_BYTES", size - 1)
    assert "by way of S3" in check_limits(package)


def test_a_package_over_the_unzipped_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = small(tmp_path)
    (package.folder / "large").write_bytes(b"x" * 1000)
    monkeypatch.setattr(package_check, "UNZIPPED_BYTES", 1000)
    assert check_limits(package)
    monkeypatch.setattr(package_check, "UNZIPPED_BYTES", 999)
    with pytest.raises(CheckFailedError, match="AWS takes at most"):
        check_limits(package)


@pytest.mark.parametrize(
    "tags",
    [
        ["cp313-cp313-manylinux_2_27_x86_64", "cp313-cp313-manylinux_2_28_x86_64"],
        ["cp313-cp313-manylinux2014_x86_64"],
        ["py3-none-any"],
        ["cp310-abi3-manylinux_2_17_x86_64"],
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
        "cp314-abi3-manylinux_2_28_x86_64",
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
    needed = {
        "libc.so.6": "GLIBC_2.2.5 GLIBC_2.34",
        "libstdc++.so.6": "GLIBCXX_3.4.29 CXXABI_1.3.13 CXXABI_TM_1",
        "libgcc_s.so.1": "GCC_7.0.0",
        # A wheel may bring along what the runtime lacks.
        "libstdc++-0a1b2c3d.so.6": "GLIBCXX_3.4.33",
        "libgfortran.so.5": "GFORTRAN_8",
    }
    library(package, "libstdc++-0a1b2c3d.so.6", {"libc.so.6": "GLIBC_2.17"})
    library(package, "a.cpython-313-x86_64-linux-gnu.so", needed)
    assert check_platform(package)


@pytest.mark.parametrize(
    ("name", "needed", "machine", "problem"),
    [
        ("a.so", {"libc.so.6": "GLIBC_2.4 GLIBC_2.35"}, 62, "a.so needs GLIBC_2.35, the runtime"),
        ("a.so", {"libc.so.6": "GLIBC_ABI_DT_RELR"}, 62, "a.so needs GLIBC_2.36"),
        ("a.so", {"libstdc++.so.6": "GLIBCXX_3.4.30"}, 62, "the runtime has GLIBCXX_3.4.29"),
        ("a.so", {"libstdc++.so.6": "CXXABI_1.3.14"}, 62, "the runtime has CXXABI_1.3.13"),
        ("a.so", {"libgcc_s.so.1": "GCC_12.0.0"}, 62, "the runtime has GCC_11.0"),
        ("a.so", {}, 183, "a.so is for another architecture"),
        ("a.cpython-312-x86_64-linux-gnu.so", {}, 62, "is for another Python"),
    ],
)
def test_libraries_for_another_machine_are_refused(
    tmp_path: Path, name: str, needed: dict[str, str], machine: int, problem: str
) -> None:
    package = small(tmp_path)
    library(package, name, needed, machine)
    with pytest.raises(CheckFailedError, match=re.escape(problem)):
        check_platform(package)


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        ("GLIBCXX_3.4.24 CXXABI_1.3.11", None),
        ("GLIBCXX_3.4.25", "needs GLIBCXX_3.4.25, the runtime has GLIBCXX_3.4.24"),
        ("CXXABI_1.3.12", "needs CXXABI_1.3.12, the runtime has CXXABI_1.3.11"),
    ],
)
def test_the_older_runtime_has_an_older_c_plus_plus_library(
    tmp_path: Path, version: str, problem: str | None
) -> None:
    package = small(tmp_path, PackageSettings("aws", "3.11", "arm64"))
    library(package, "a.so", {"libstdc++.so.6": version}, 183)
    expected = pytest.raises(CheckFailedError, match=problem) if problem else nullcontext()
    with expected:
        check_platform(package)


def test_a_file_that_only_looks_like_a_library_is_refused(tmp_path: Path) -> None:
    package = small(tmp_path)
    (package.folder / "a.so").write_text("version https://git-lfs.github.com/spec/v1")
    with pytest.raises(CheckFailedError, match=r"a\.so is not a library"):
        check_platform(package)


CONTENTS = (
    "model_lambda/config.py",
    "model_lambda/__pycache__/config.cpython-313.pyc",
    "numpy/__init__.py",
    "numpy/__pycache__/__init__.cpython-313.pyc",
    "numpy/LICENSE",
)


def zipped(tmp_path: Path, names: Iterable[str], bytecode: str = "on") -> Package:
    """A package of these files, empty."""
    folder, archive = tmp_path / "folder", tmp_path / "zipped.zip"
    (folder / "model_lambda").mkdir(parents=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    write_zip(folder, archive)
    return Package(archive, folder, replace(AWS, bytecode=bytecode))


def test_contents_on_the_list_pass(tmp_path: Path) -> None:
    assert check_contents(zipped(tmp_path, CONTENTS)) == "5 files, 2 modules with bytecode"


@pytest.mark.parametrize(
    "name",
    [
        ".lock",
        "numpy/.DS_Store",
        "model_lambda/.env",
        "model_lambda/config.py~",
        "model_lambda/notes.txt",
        "model_lambda/other.onnx",
        "model_lambda/my model.py",
        "model_lambda/__pycache__/gone.cpython-313.pyc",
    ],
)
def test_what_is_not_on_the_list_is_refused_by_name(tmp_path: Path, name: str) -> None:
    package = zipped(tmp_path, [*CONTENTS, name])
    with pytest.raises(CheckFailedError, match=f"^{re.escape(name)} does not belong in it$"):
        check_contents(package)


def test_a_link_in_the_zip_is_refused_by_name(tmp_path: Path) -> None:
    package = zipped(tmp_path, CONTENTS)
    with zipfile.ZipFile(package.archive, "a") as archive:
        entry = zipfile.ZipInfo("numpy/linked.py")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "../model_lambda/config.py")
    with pytest.raises(CheckFailedError, match=r"^numpy/linked\.py does not belong in it$"):
        check_contents(package)


@pytest.mark.parametrize(
    ("bytecode", "name", "problem"),
    [
        ("on", "numpy/__pycache__/gone.cpython-313.pyc", "is bytecode without its module"),
        ("on", "numpy/__pycache__/__init__.cpython-312.pyc", "is bytecode without its module"),
        ("off", "numpy/more.txt", "is bytecode without its module"),
        ("on", "numpy/more.py", "is missing: the bytecode of a module"),
    ],
)
def test_bytecode_that_is_not_what_the_settings_say_is_refused(
    tmp_path: Path, bytecode: str, name: str, problem: str
) -> None:
    package = zipped(tmp_path, [*CONTENTS, name], bytecode)
    with pytest.raises(CheckFailedError, match=problem):
        check_contents(package)


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
