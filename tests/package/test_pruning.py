"""What is taken out of the wheels, and what stays."""

from pathlib import Path

import pytest

from deploy.pruning import folder_size, prune


def write(folder: Path, name: str, content: bytes = b"x") -> Path:
    """Write a file into the package."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "onnxruntime/transformers/optimizer.py",
        "onnxruntime/quantization/__init__.py",
        "numpy/_core/tests/test_umath.py",
        "numpy/random/lib/libnpyrandom.a",
        "numpy/__init__.pyi",
        "numpy-2.4.6.dist-info/RECORD",
        "sklearn/svm/tests/test_svm.py",
        "bin/f2py",
    ],
)
def test_what_a_lambda_never_imports_is_removed(tmp_path: Path, name: str) -> None:
    removed = write(tmp_path, name)
    prune(tmp_path)
    assert not removed.exists()


@pytest.mark.parametrize(
    "name",
    [
        "numpy/random/__init__.py",
        "numpy/ma/core.py",
        "numpy/testing/__init__.py",
        "numpy-2.4.6.dist-info/METADATA",
        "numpy-2.4.6.dist-info/WHEEL",
        "numpy-2.4.6.dist-info/licenses/LICENSE.txt",
        "onnxruntime/capi/onnxruntime_pybind11_state.cpython-313-x86_64-linux-gnu.so",
    ],
)
def test_what_a_model_could_import_stays(tmp_path: Path, name: str) -> None:
    kept = write(tmp_path, name)
    prune(tmp_path)
    assert kept.exists()


def test_the_c_library_goes_when_no_extension_links_to_it(tmp_path: Path) -> None:
    write(tmp_path, "onnxruntime/capi/onnxruntime_pybind11_state.so", b"ELF libc.so.6")
    library = write(tmp_path, "onnxruntime/capi/libonnxruntime.so.1.32.0")
    prune(tmp_path)
    assert not library.exists()


def test_the_c_library_stays_when_the_extension_links_to_it(tmp_path: Path) -> None:
    extension = "onnxruntime/capi/onnxruntime_pybind11_state.so"
    write(tmp_path, extension, b"ELF libonnxruntime.so.1")
    library = write(tmp_path, "onnxruntime/capi/libonnxruntime.so.1.32.0")
    prune(tmp_path)
    assert library.exists()


def test_the_saved_bytes_are_counted(tmp_path: Path) -> None:
    write(tmp_path, "numpy/f2py/a.py", b"x" * 300)
    write(tmp_path, "numpy/a.py", b"x" * 20)
    assert prune(tmp_path) == 300
    assert folder_size(tmp_path) == 20
