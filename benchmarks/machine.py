"""Describes the machine of a run: what its figures depend on, and nothing that names it."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

_LIBRARIES = ("onnxruntime", "numpy", "marshmallow", "scikit-learn")


def machine() -> dict[str, str]:
    """Processor, cores, memory, system, and the versions that matter."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": processor_model(),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": f"{os.getloadavg()[0]:.1f} at the start",
        **{name: version(name) for name in _LIBRARIES},
    }


def processor_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name, where the system tells it."""
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"
