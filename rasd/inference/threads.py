"""How many threads computing may use: what the user set, the cores the process may run on, its container's quota.

Neither torch nor ONNX Runtime looks at the quota: in a container with two CPUs on a machine with 64 cores they would
start 64 threads that stand in each other's way.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path


def count_threads() -> int:
    """Return the threads to compute with: `OMP_NUM_THREADS` where it is set, else one for each core that we may use."""
    asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    quota = read_quota()
    cores = count_cores()
    return cores if quota is None else max(1, min(cores, math.ceil(quota)))


def count_cores(topology: Path = Path("/sys/devices/system/cpu")) -> int:
    """Return the physical cores that the process may run on; two threads of one core would share its arithmetic."""
    if not hasattr(os, "sched_getaffinity"):  # macOS and Windows
        return os.cpu_count() or 1
    cores = set()
    for cpu in os.sched_getaffinity(0):
        try:
            cores.add((topology / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text())
        except OSError:
            cores.add(str(cpu))
    return max(1, len(cores))


def read_quota(process: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")) -> float | None:
    """Return the CPUs that the control groups of the process leave it, None where they set no limit.

    Args:
        process: The file that names the groups.
        root: Where the groups are mounted.
    """
    try:
        lines = process.read_text().splitlines()
    except OSError:  # not Linux, or /proc is hidden
        return None
    limits = []
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if not controllers:
            limits += [_parse_v2(folder / "cpu.max") for folder in _with_parents(root, group)]
        elif "cpu" in controllers.split(","):
            for mount in (root / controllers, root / "cpu"):
                limits += [_parse_v1(folder) for folder in _with_parents(mount, group)]
    return min((limit for limit in limits if limit is not None), default=None)


def _with_parents(mount: Path, group: str) -> Iterator[Path]:
    """Yield the folder of a group and those around it up to the mount, which is all that a container shows."""
    folder = mount / group.strip("/")
    yield folder
    while folder != mount and mount in folder.parents:
        folder = folder.parent
        yield folder


def _parse_v2(path: Path) -> float | None:
    """Read "QUOTA PERIOD" or "max PERIOD"."""
    words = _read(path).split()
    return _ratio(*words) if len(words) == 2 else None


def _parse_v1(folder: Path) -> float | None:
    return _ratio(_read(folder / "cpu.cfs_quota_us").strip(), _read(folder / "cpu.cfs_period_us").strip())


def _ratio(quota: str, period: str) -> float | None:
    is_limit = quota.isdecimal() and period.isdecimal() and int(quota) > 0 and int(period) > 0
    return int(quota) / int(period) if is_limit else None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
