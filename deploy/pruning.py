"""What a wheel holds and a lambda never imports.

Public modules that a model of one's own could import (numpy.random, numpy.ma, ...) stay.
The check of the finished package imports it and predicts, so a rule that takes too much is seen.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

# Glob patterns below the package's root.
UNUSED = (
    # Training, conversion and quantisation tools; 7 MB.
    "onnxruntime/transformers",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/datasets",
    "onnxruntime/backend",
    # C headers and static libraries, for builds against NumPy.
    "numpy/distutils",
    "numpy/_core/include",
    "numpy/_core/lib",
    "numpy/_pyinstaller",
    "numpy/**/_simd*.so",
    "numpy/_core/_*_tests*.so",
    # Tests (7 MB in NumPy, 30 MB in SciPy and scikit-learn), stubs for type checkers, sources.
    "**/tests",
    "**/*.pyi",
    "**/*.pxd",
    "**/*.pyx",
    "**/*.pyx.tp",
    "**/*.h",
    "**/*.pc",
    "**/*.a",
    "scipy/_lib/array_api_compat/torch",
    "sklearn/datasets/data",
    "sklearn/datasets/images",
    "sklearn/datasets/descr",
    # Console scripts, and the installer's notes about files that are no longer all there.
    "bin",
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.dist-info/entry_points.txt",
    "**/__pycache__",
    # What the installer locks while it writes.
    ".lock",
)
# NumPy's Fortran bindings are never used, but SciPy takes every name that NumPy has.
_FORTRAN_BINDINGS = "numpy/f2py"
# ONNX Runtime's C library for other programs; the Python extension holds a copy of its own.
_C_LIBRARY = "onnxruntime/capi/libonnxruntime.so*"


def prune(package: Path) -> int:
    """Delete what is never imported.

    Args:
        package: The folder into which the wheels were installed.

    Returns:
        The number of bytes saved.
    """
    before = folder_size(package)
    for path in [*_matches(package), *_unreferenced_c_library(package)]:
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
    return before - folder_size(package)


def folder_size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _matches(package: Path) -> Iterator[Path]:
    unused = UNUSED if (package / "scipy").exists() else (*UNUSED, _FORTRAN_BINDINGS)
    for pattern in unused:
        yield from sorted(package.glob(pattern))


def _unreferenced_c_library(package: Path) -> Iterator[Path]:
    """The C library, unless an extension module links to it by its name."""
    libraries = sorted(package.glob(_C_LIBRARY))
    extensions = (package / "onnxruntime" / "capi").glob("*state*.so")
    if libraries and not any(b"libonnxruntime.so" in path.read_bytes() for path in extensions):
        yield from libraries
