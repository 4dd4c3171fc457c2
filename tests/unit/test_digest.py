import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from model_lambda import digest
from model_lambda.digest import sha256_hex

PROJECT = Path(__file__).resolve().parents[2]
CODE = """
import json, sys
from model_lambda import digest
from model_lambda.digest import sha256_hex
sha256_hex(b"small")
before = "_hashlib" in sys.modules
sha256_hex(bytes(2 ** 20 + 1))
print(json.dumps([before, "_hashlib" in sys.modules]))
"""


@pytest.mark.parametrize("size", [0, 1, 55, 64, 1000, 2**20, 2**20 + 1])
def test_it_is_the_digest_that_hashlib_gives(size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    assert sha256_hex(content) == hashlib.sha256(content).hexdigest()


def test_a_python_without_its_own_implementation_uses_hashlib(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("_sha2", "_sha256"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(digest, "_implementation", vars(digest)["_implementation"].__wrapped__)
    assert sha256_hex(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_openssl_is_loaded_for_a_large_file_only() -> None:
    environment = {"PATH": os.defpath, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=environment, check=True, timeout=120, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == [False, True]
