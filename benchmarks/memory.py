"""What the process at hand holds in memory."""

from __future__ import annotations

import re
from pathlib import Path


def resident_mb() -> float:
    """Megabytes of memory resident now, as Linux tells them."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    if found is None:
        raise SystemExit("this system does not tell the resident memory as Linux does")
    return int(found[1]) * 1024 / 1e6
