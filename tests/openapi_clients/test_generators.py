"""The client generators are installed once for each lock, and a failure says what to do."""

import sys
from pathlib import Path

import pytest

from deploy.commands import DeployError
from tests.openapi_clients.generators import fetch, kept


def test_a_lock_is_installed_once_and_anew_when_it_changed_or_was_interrupted(
    tmp_path: Path,
) -> None:
    lock, cache = tmp_path / "lock", tmp_path / "cache"
    installed: list[Path] = []

    def install(folder: Path) -> None:
        folder.mkdir()
        installed.append(folder)

    def interrupt(folder: Path) -> None:
        install(folder)
        raise KeyboardInterrupt

    lock.write_text("one")
    with pytest.raises(KeyboardInterrupt):
        kept("node", lock, interrupt, cache)
    first = [kept("node", lock, install, cache) for _ in range(2)]
    lock.write_text("two")
    second = kept("node", lock, install, cache)
    assert installed == [first[0], first[0], second]
    assert [path for path in cache.iterdir() if path.is_dir()] == [second]


@pytest.mark.parametrize(
    ("said", "expected"),
    [("getaddrinfo ENOTFOUND somewhere", "^No network: .* Connect"), ("EINTEGRITY", "EINTEGRITY$")],
)
def test_a_failed_download_says_whether_the_network_is_missing(
    tmp_path: Path, said: str, expected: str
) -> None:
    with pytest.raises(DeployError, match=expected):
        fetch([sys.executable, "-c", f"raise SystemExit({said!r})"], tmp_path)
