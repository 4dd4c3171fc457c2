"""A function's code is read-only, as in /var/task.

A function runs on a read-only file system with a writable /tmp
(https://docs.aws.amazon.com/lambda/latest/dg/images-create.html, requirements of images). Here the
permission bits say so, and root's right to ignore them is taken from the functions. A function that
changes the bits first still can write.
"""

import ctypes
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

# linux/prctl.h, linux/capability.h
_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE = 1
_NOT_TAKEN = "note: root may write where it must not: the code of functions is not read-only here"


def take_override_from_children() -> None:
    """Let the processes that are started from now on obey permission bits, root's too.

    Call it before the first thread: each thread hands on what it may give away.
    """
    if sys.platform != "linux" or os.geteuid() != 0:
        return
    if ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0) != 0:
        print(_NOT_TAKEN, file=sys.stderr)


def make_read_only(folder: Path) -> None:
    """Take the right to write from a folder and all in it."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o555)


def delete(folder: Path) -> None:
    """Delete a folder with the read-only ones in it; one that is gone is fine."""
    for path, _, _ in os.walk(folder):
        with suppress(OSError):
            Path(path).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
