"""The emulator's private functions are replaced, so its version must be the tested one."""

from importlib.metadata import version

TESTED = "1.5.33"


def require_tested_version() -> None:
    """Refuse another version of MiniStack.

    Raises:
        RuntimeError: Its private functions may differ from those that are replaced here.
    """
    if (found := version("ministack")) != TESTED:
        raise RuntimeError(f"ministack {found} is installed; the fixes are tested with {TESTED}")
