"""Soak test with a random user: exceptions, memory growth, leaked threads (Linux).

    xvfb-run -s "-screen 0 1280x800x24" python -m benchmarks.monkey.endurance [--minutes 60] [--seed 1]

Once a minute the window is brought back to its initial state and memory is measured there; at other times one
or two models and images of any size may be open. Both resident memory and memory in use are reported, since
the C library keeps freed memory. Memory in use excludes thumbnails, which are cached up to a bound, and Qt's
cache of painted widgets (up to 10 MB), which grows with every size that a widget has had.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import os
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QPixmapCache

from benchmarks.monkey.random_user import MonkeyUser
from desktop.app import make_application
from desktop.main_window.window import MainWindow
from desktop.settings import Settings
from whylight import bundled
from whylight.parallel.ordered_map import POOL_THREADS

WARM_UP = 1 / 12
"""Fraction of the duration before memory is measured, during which caches fill."""

COUNTED = 10
"""Number of measurements at the beginning and at the end whose medians are compared."""

LOOK_SECONDS = 60.0


class _Mallinfo2(ctypes.Structure):
    """`struct mallinfo2` of the GNU C library, in bytes."""

    _fields_ = [
        ("arena", ctypes.c_size_t),
        ("ordblks", ctypes.c_size_t),
        ("smblks", ctypes.c_size_t),
        ("hblks", ctypes.c_size_t),
        ("hblkhd", ctypes.c_size_t),
        ("usmblks", ctypes.c_size_t),
        ("fsmblks", ctypes.c_size_t),
        ("uordblks", ctypes.c_size_t),
        ("fordblks", ctypes.c_size_t),
        ("keepcost", ctypes.c_size_t),
    ]


@dataclass(frozen=True, slots=True)
class MemorySnapshot:
    """Memory at rest, in MB."""

    resident: float
    in_use: float
    """Memory in use, without thumbnails and Qt's cache."""
    thumbnails: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a soak test."""

    actions: int
    exceptions: list[str]
    looks: list[MemorySnapshot]
    """Measurements after the warm-up."""
    threads: int
    """Number of Whylight's threads at the end."""
    threads_left: int
    """Number of Whylight's threads after the window was closed."""

    def growth(self, name: str) -> float:
        """Return the growth of a `MemorySnapshot` field from first to last, in per cent."""
        values = [getattr(look, name) for look in self.looks]
        count = max(1, min(COUNTED, len(values) // 2))
        first, last = statistics.median(values[:count]), statistics.median(values[-count:])
        return 100 * (last / first - 1)


def run_soak_test(
    window: MainWindow, place: Path, minutes: float, seed: int, *, tells: bool = False
) -> Outcome:
    """Run the random user on an open window and close it; `tells` prints measurements."""
    folder = place / "robot"
    (folder / "rooster").mkdir(parents=True)
    for path in bundled.sample_images():
        (folder / path.name).write_bytes(path.read_bytes())
    bad = [place / "empty.png", place / "text.onnx"]
    for path in bad:
        path.write_text("")
    raised: list[str] = []
    robot = MonkeyUser(window, seed, folder, [bundled.bundled_model()], bad)
    with _noting_exceptions(raised):
        looks = _act(window, robot, minutes, raised, tells=tells)
    threads = len(_threads())
    window.close()
    window.deleteLater()
    QCoreApplication.processEvents()
    return Outcome(robot.count, raised, looks, threads, len(_threads()))


@contextlib.contextmanager
def _noting_exceptions(raised: list[str]) -> Iterator[None]:
    """Collect exceptions raised in Qt callbacks; others propagate."""
    previous, sys.excepthook = (
        sys.excepthook,
        lambda kind, error, _trace: raised.append(f"{kind.__name__}: {error}"),
    )
    try:
        yield
    finally:
        sys.excepthook = previous


def _act(
    window: MainWindow, robot: MonkeyUser, minutes: float, raised: list[str], *, tells: bool
) -> list[MemorySnapshot]:
    """Run the random user, measuring memory once a minute."""
    robot.run(minutes * 60 * WARM_UP)
    looks: list[MemorySnapshot] = []
    seconds = minutes * 60 * (1 - WARM_UP)
    count = max(2, round(seconds / LOOK_SECONDS))
    for number in range(1, count + 1):
        robot.run(seconds / count)
        robot.rest()
        looks.append(_look(window))
        if tells:
            words = (
                f"{number:3}",
                f"{robot.count:7,} actions",
                f"resident {looks[-1].resident:5.1f} MB",
                f"in use {looks[-1].in_use:5.1f} MB",
                f"thumbnails {looks[-1].thumbnails:4.1f} MB",
                f"{len(_threads())} threads",
                f"{len(raised)} exceptions",
            )
            print("  ".join(words), flush=True)
    return looks


def summarise(outcome: Outcome, minutes: float, seed: int) -> str:
    """Format the outcome as lines of text."""
    last = outcome.looks[-1]
    lines = [
        f"{minutes:g} min, seed {seed}: {outcome.actions:,} actions, {len(outcome.exceptions)} exceptions",
        f"resident at rest {last.resident:.0f} MB ({outcome.growth('resident'):+.1f} %), "
        f"in use {last.in_use:.0f} MB ({outcome.growth('in_use'):+.1f} %)",
        f"{outcome.threads} threads, {outcome.threads_left} after closing",
    ]
    return "\n".join([*lines, *outcome.exceptions])


def main() -> None:
    """Run the soak test and print its outcome."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    make_application(["whylight"])
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        window = MainWindow(settings=Settings(place / "settings.ini"))
        window.resize(1280, 800)
        window.show()
        outcome = run_soak_test(window, place, arguments.minutes, arguments.seed, tells=True)
    print(summarise(outcome, arguments.minutes, arguments.seed))


def _look(window: MainWindow) -> MemorySnapshot:
    gc.collect()
    QPixmapCache.clear()
    thumbnails = window.gallery_panel.loader.byte_count
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = _Mallinfo2
    known = mallinfo2()
    resident, in_use = pages * os.sysconf("SC_PAGE_SIZE"), known.uordblks + known.hblkhd
    return MemorySnapshot(resident / 1e6, (in_use - thumbnails) / 1e6, thumbnails / 1e6)


def _threads() -> list[str]:
    """Return the names of Whylight's threads, except for those of the pool of reports.

    The process keeps that pool, idle, until its end: one thread per core (`whylight.parallel.ordered_map`).
    """
    names = (thread.name for thread in threading.enumerate())
    return [name for name in names if name.startswith("whylight-") and not name.startswith(POOL_THREADS)]


if __name__ == "__main__":
    main()
