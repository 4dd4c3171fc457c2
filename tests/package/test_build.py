"""The built zip: small, complete, the same every time, never half written."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deploy import build as building
from deploy.build import build, write_zip
from deploy.commands import DeployError
from deploy.package_check import Package, check_contents, check_platform, unpack
from deploy.package_settings import PackageSettings, settings_for, this_python

MB = 1_000_000


def names(path: Path) -> list[str]:
    """Names in a zip, in its order."""
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.mark.slow
def test_the_zip_is_small(built: Path, package: Package) -> None:
    assert built.stat().st_size <= 36 * MB
    assert package.unzipped_size <= 110 * MB


@pytest.mark.slow
def test_another_build_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    again = build(settings_for("local"), tmp_path / "again.zip")
    assert again.read_bytes() == built.read_bytes()


@pytest.mark.slow
def test_the_other_engines_model_is_left_out(built: Path) -> None:
    ours = [name for name in names(built) if name.startswith("model_lambda/")]
    assert "model_lambda/lambda_function.py" in ours
    assert [name for name in ours if name.endswith(".onnx")]
    assert not [name for name in ours if ".skops" in name or "/sklearn/" in name]


@pytest.mark.slow
def test_every_module_comes_with_bytecode(built: Path) -> None:
    found = names(built)
    tag = f"cpython-{this_python().replace('.', '')}.pyc"
    modules = [name for name in found if name.endswith(".py")]
    compiled = [name for name in found if name.endswith(tag)]
    assert len(compiled) == len(modules) > 100


@pytest.mark.slow
def test_versions_can_be_asked_for_inside_the_package(package: Package) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(package.folder)!r});"
        "from importlib.metadata import version; print(version('onnxruntime'))"
    )
    command = [sys.executable, "-I", "-S", "-c", code]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert asked.stdout.strip() == "1.32.0"


@pytest.mark.slow
def test_a_runtime_whose_glibc_is_too_old_is_refused(tmp_path: Path) -> None:
    settings = PackageSettings("aws", "3.11", "x86_64")
    with pytest.raises(DeployError, match=r"python3\.11 on x86_64 with glibc 2\.26"):
        build(settings, tmp_path / "old.zip")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_package_for_another_machine_holds_what_loads_there(tmp_path: Path) -> None:
    settings = PackageSettings("aws", "3.14", "arm64", bytecode="off")
    package = unpack(build(settings, tmp_path / "arm64.zip"), tmp_path / "package")
    assert list(package.folder.rglob("*.cpython-314-aarch64-linux-gnu.so"))
    assert check_platform(package) == "every wheel and library loads on glibc 2.34, arm64"
    assert "modules without bytecode" in check_contents(package)


def test_a_failed_build_leaves_the_earlier_zip_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "model-lambda.zip"
    output.write_text("earlier")

    def fail(_folder: Path, path: Path) -> None:
        path.write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(building, "assemble", lambda _settings, folder: folder.mkdir())
    monkeypatch.setattr(building, "write_zip", fail)
    with pytest.raises(KeyboardInterrupt):
        build(settings_for("local"), output)
    assert output.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [output]


def test_a_zips_bytes_depend_on_names_and_contents_alone(tmp_path: Path) -> None:
    for number, order in enumerate((("b.py", "a.so"), ("a.so", "b.py"))):
        folder = tmp_path / str(number)
        folder.mkdir(mode=0o700 + number * 0o55)
        for name in order:
            (folder / name).write_text(name)
            (folder / name).chmod(0o600 + number * 0o44)
        write_zip(folder, tmp_path / f"{number}.zip")
    assert (tmp_path / "0.zip").read_bytes() == (tmp_path / "1.zip").read_bytes()


def test_files_in_the_zip_can_be_read_by_the_functions_user(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.py").touch(mode=0o600)
    (folder / "b.so.1").touch(mode=0o600)
    write_zip(folder, tmp_path / "made.zip")
    with zipfile.ZipFile(tmp_path / "made.zip") as archive:
        modes = [oct(entry.external_attr >> 16) for entry in archive.infolist()]
    assert modes == ["0o100644", "0o100755"]
