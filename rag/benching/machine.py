"""What this machine has, and who else uses it.

In: the operating system's own figures. Out: numbers. Knows nothing about models.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path

import psutil

from rag.benching.records import Machine
from rag.generating import physical_cores

try:
    import resource
except ImportError:  # Windows has none
    resource = None

_CPUINFO = Path("/proc/cpuinfo")


def logical_processors() -> int:
    """Return the number of processors, as the system counts them, that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def peak_memory() -> int:
    """Return the most bytes of memory that this process has had so far."""
    if resource is None:
        return psutil.Process().memory_info().peak_wset
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


class Watch:
    """Tells, from its making on, how much of the processors other programs use."""

    def __init__(self) -> None:
        self._began, self._used, self._own = time.perf_counter(), _used(), _own()

    def machine(self) -> Machine:
        """Return the machine with what others have used of it since."""
        used, own = _used() - self._used, _own() - self._own
        seconds = (time.perf_counter() - self._began) * (psutil.cpu_count() or 1)
        return Machine(
            processor=_processor(),
            physical=physical_cores(),
            logical=logical_processors(),
            memory=psutil.virtual_memory().total,
            busy=share_of_others(used=used, own=own, seconds=seconds),
        )


def share_of_others(*, used: float, own: float, seconds: float) -> float:
    """Return the share, 0…1, of so many processor seconds that others than this program used."""
    return round(min(1.0, max(0.0, (used - own) / seconds)), 3) if seconds > 0 else 0.0


def _used() -> float:
    """Return the processor seconds that anything has used; a virtual machine's neighbours too."""
    times = psutil.cpu_times()._asdict()
    waiting = ("idle", "iowait", "guest", "guest_nice")  # guests are counted as user already
    return sum(seconds for name, seconds in times.items() if name not in waiting)


def _own() -> float:
    times = psutil.Process().cpu_times()
    return times.user + times.system


def _processor() -> str:
    if _CPUINFO.is_file():
        for line in _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
