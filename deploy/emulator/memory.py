"""How much memory a process uses, in megabytes (1,024 KiB), as its kernel counts it."""

from pathlib import Path


def peak_mb(pid: int) -> float:
    """The largest resident memory that a process has had; 0 where the system does not tell.

    Lambda counts what its sandbox uses, of which the process is nearly all, and its kernel kills
    what takes more than the function's memory
    (https://repost.aws/knowledge-center/lambda-runtime-error).
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    peak = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(peak.split()[1]) / 1024
