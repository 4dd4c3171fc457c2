"""Locks what the competitors are made of, with hashes: `python -m benchmarks.lock`."""

from benchmarks.packages import LOCK
from deploy.lock import lock_list

if __name__ == "__main__":
    print(lock_list(LOCK.with_suffix(".in"), "benchmarks.lock").name)
