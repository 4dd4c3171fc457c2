"""SHA-256 without loading OpenSSL for a small file.

Importing hashlib loads OpenSSL: 2.4 ms of a cold start and 4 MB of every worker, more than a small
model takes itself. OpenSSL hashes about five times as fast, which pays from a megabyte on.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

# The interpreter's own implementation, in Python 3.12 and later, and in 3.11. CPython's random
# module takes it for the same reason.
_BUILT_IN = ("_sha2", "_sha256")
_LARGE = 1024 * 1024


def sha256_hex(content: bytes) -> str:
    """The SHA-256 digest in hexadecimal."""
    digest: str = _implementation(len(content) > _LARGE)(content).hexdigest()
    return digest


@cache  # a module that is not there is looked for in all folders every time: 0.2 ms
def _implementation(is_large: bool) -> Callable[[bytes], Any]:
    for name in () if is_large else _BUILT_IN:
        try:
            sha256: Callable[[bytes], Any] = import_module(name).sha256
        except ImportError:  # a build of Python may lack it
            continue
        return sha256
    import hashlib

    return hashlib.sha256
