"""What is in an unpacked package, by size."""

from collections import Counter
from pathlib import Path

from deploy.pruning import folder_size

_LIBRARIES_BESIDE = ".libs"


def sizes_by_library(package: Path) -> dict[str, int]:
    """Bytes of each library, the largest first.

    Shared libraries that a wheel keeps beside itself (`numpy.libs`) count with it, and so does
    its metadata (`numpy-2.4.6.dist-info`).
    """
    sizes: Counter[str] = Counter()
    for path in package.iterdir():
        size = folder_size(path) if path.is_dir() else path.stat().st_size
        sizes[_library(path.name)] += size
    return dict(sizes.most_common())


def _library(name: str) -> str:
    stem = name.split("-")[0] if name.endswith(".dist-info") else name
    return stem.removesuffix(_LIBRARIES_BESIDE)
