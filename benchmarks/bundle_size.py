"""Size, start-up time and memory of the built app.

    make bundle && xvfb-run -a .venv/bin/python -m benchmarks.bundle_size [--pack]

Needs a display and `xdotool`. Start-up is measured from the start of the process until the X server lists the
window, as the median of several warm starts. The self-test measures the additional time to the first
explanation. Packing takes minutes and is only done with --pack.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 60


def size_on_disk(folder: Path) -> float:
    """Return the size of all files in MB (1,000,000 bytes), without links."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 1e6


def packed_size(folder: Path) -> float:
    """Return the size in MB of the .tar.xz made by `make dist`."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "app.tar.xz"
        subprocess.run([sys.executable, ROOT / "bundle" / "archive.py", folder, target], check=True)
        return target.stat().st_size / 1e6


def time_to_window(program: Path, home: Path) -> tuple[float, float, float]:
    """Measure start-up: wall-clock ms, CPU ms, and resident MB at rest.

    CPU time is the more reliable figure if other programs are running.
    """
    places = {"HOME": home, "XDG_CONFIG_HOME": home / "config", "XDG_DATA_HOME": home / "data"}
    environment = os.environ | {name: str(place) for name, place in places.items()}
    environment["XDG_RUNTIME_DIR"] = str(home)  # separate from other running instances
    started = time.perf_counter()
    process = subprocess.Popen([program], env=environment, stderr=subprocess.DEVNULL)
    try:
        search = ["xdotool", "search", "--onlyvisible", "--pid", str(process.pid)]
        while subprocess.run(search, capture_output=True, check=False).returncode != 0:
            if process.poll() is not None or time.perf_counter() - started > PATIENCE_S:
                raise SystemExit(f"{program} shows no window within {PATIENCE_S} s ({process.returncode=})")
        shown_ms = (time.perf_counter() - started) * 1000
        busy_ms = used_ticks(process.pid) * 1000 / os.sysconf("SC_CLK_TCK")
        wait_for_rest(process.pid)
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        resident_kb = int(re.search(r"VmRSS:\s+(\d+)", status)[1])
    finally:
        process.terminate()
        process.wait()
    return shown_ms, busy_ms, resident_kb * 1024 / 1e6


def used_ticks(pid: int) -> int:
    """Return the CPU time of a process in clock ticks, over all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def wait_for_rest(pid: int) -> None:
    """Wait until a process has used no CPU for a second."""
    deadline, before = time.perf_counter() + PATIENCE_S, -100
    while time.perf_counter() < deadline and (now := used_ticks(pid)) - before > 2:
        before = now
        time.sleep(1)


def window_in_self_test(program: Path) -> tuple[float, float]:
    """Return ms to the window and to the first explanation in the self-test."""
    run = subprocess.run([program, "self-test"], capture_output=True, text=True, check=True)
    found = re.search(r"shown after (\d+) ms, an image explained after (\d+) ms", run.stdout)
    return float(found[1]), float(found[2])


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=ROOT / "dist" / "Whylight")
    parser.add_argument("--runs", type=int, default=5, help="warm starts (default: %(default)s)")
    parser.add_argument("--pack", action="store_true", help="pack the folder too, which takes minutes")
    arguments = parser.parse_args()
    program = arguments.bundle / "Whylight"
    if not program.is_file() or shutil.which("xdotool") is None or not os.environ.get("DISPLAY"):
        raise SystemExit("needs a built app (make bundle), xdotool and a display (xvfb-run -a ...)")
    load = os.getloadavg()[0]
    print(f"{date.today()}, {platform.machine()}, {os.cpu_count()} cores, load {load:.1f} at the start")
    print(f"on disk                    {size_on_disk(arguments.bundle):7.0f} MB")
    if arguments.pack:
        print(f"as .tar.xz                 {packed_size(arguments.bundle):7.0f} MB")
    with tempfile.TemporaryDirectory() as home:
        starts = [time_to_window(program, Path(home)) for _ in range(arguments.runs + 1)][1:]
    shown_ms = statistics.median(shown for shown, _, _ in starts)
    pairs = [window_in_self_test(program) for _ in range(arguments.runs)]
    later_ms = statistics.median(explained - shown for shown, explained in pairs)
    print(f"start to visible window    {shown_ms:7.0f} ms")
    print(f"  of it processor time     {statistics.median(busy for _, busy, _ in starts):7.0f} ms")
    print(f"start to first explanation {shown_ms + later_ms:7.0f} ms")
    print(f"memory at rest, resident   {statistics.median(memory for _, _, memory in starts):7.0f} MB")


if __name__ == "__main__":
    main()
