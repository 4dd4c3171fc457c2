"""Sizes by library: everything is counted once, under the name a reader knows."""

from pathlib import Path

from deploy.package_contents import sizes_by_library


def test_every_byte_counts_once_with_the_library_it_belongs_to(tmp_path: Path) -> None:
    contents = {
        "numpy/core.py": 5,
        "numpy.libs/libblas.so": 30,
        "numpy-2.4.6.dist-info/METADATA": 2,
        "model_lambda/errors.py": 3,
        "package_settings.json": 1,
    }
    for name, size in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)
    assert sizes_by_library(tmp_path) == {
        "numpy": 37,
        "model_lambda": 3,
        "package_settings.json": 1,
    }
