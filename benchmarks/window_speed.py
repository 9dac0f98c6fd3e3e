"""Responsiveness of the window on a real or virtual screen (Linux).

    xvfb-run -s "-screen 0 1280x800x24" python -m benchmarks.window_speed [--images 100000] [--only start]

Figures are medians; machine-dependent ones are given next to the engine's time for the same work. The longest
stall is the longest interval between two ticks of a 5 ms timer on the interface thread.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchmarks.monkey.endurance import run_soak_test, summarise
from desktop.app import make_application
from desktop.gallery.folder_watcher import SETTLE_MS
from desktop.gallery.gallery_panel import SUMMARY_MS
from desktop.gallery.image_table import Order
from desktop.main_window.window import MainWindow
from desktop.settings import Settings
from whylight import bundled

TICK_MS = 5
STARTS, CLICKS, ACTS = 5, 30, 5
PARTS = ("start", "clicks", "large", "robot")
MOST_LINKS = 30_000
"""Largest number of hard links to one file; ext4 allows 65,000."""

START = """
import sys, time, pathlib
from desktop.app import make_application
from desktop.settings import Settings
from desktop.main_window.window import MainWindow
application = make_application(["whylight"])
window = MainWindow(settings=Settings(pathlib.Path(sys.argv[2])))
begun = float(sys.argv[1])
window.show()
while not window.windowHandle().isExposed():
    application.processEvents()
application.processEvents()
print(time.time() - begun)
window.session.drawn.connect(lambda _: (print(time.time() - begun), application.quit()))
application.exec()
window.close()
"""


def main() -> None:
    """Measure and print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000, help="hard links of the large folder")
    parser.add_argument("--robot-minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, help="measure only these")
    arguments = parser.parse_args()
    application = make_application(["whylight"])
    if QGuiApplication.platformName() == "offscreen":
        raise SystemExit(
            "run this on a screen, if only a virtual one: xvfb-run python -m benchmarks.window_speed"
        )
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if "start" in arguments.only:
            measure_start(place)
        if "clicks" in arguments.only:
            measure_clicks(application, place)
        if "large" in arguments.only:
            measure_large_folder(application, place, arguments.images)
        if "robot" in arguments.only:
            measure_robot(application, place, arguments.robot_minutes, arguments.seed)


def measure_start(place: Path) -> None:
    """Measure the time from the start to the window and to the first explanation."""
    shown, explained = [], []
    for _ in range(STARTS + 1):
        command = [sys.executable, "-c", START, str(time.time()), str(place / "start.ini")]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        shown.append(float(lines[0]))
        explained.append(float(lines[1]))
    _print_figure("window visible after start", f"{statistics.median(shown[1:]):.2f} s")
    _print_figure("first explanation after start", f"{statistics.median(explained[1:]):.2f} s")


def measure_clicks(application: QApplication, place: Path) -> None:
    """Measure clicks on images, classes and methods, and a held arrow key."""
    window = open_window(application, place)
    session, panel = window.session, window.gallery_panel
    count = panel.images.rowCount()
    assert session.opened_model is not None
    explainer = session.opened_model.explainer
    engine_ms, click_ms = [], []
    for number in range(CLICKS):
        row = (number * 7 + 1) % count
        engine_ms.append(timed(lambda row=row: explainer.explain(panel.images.path_at(row), top=1)))
        click_ms.append(timed(lambda row=row: until_drawn(window, lambda: panel.view.select_row(row))))
    engine, click = statistics.median(engine_ms), statistics.median(click_ms)
    words = f"{click:.0f} ms; engine {engine:.0f} ms; {click - 1.3 * engine:+.0f} ms beyond 1.3 x engine"
    _print_figure("click to explained image", words)
    classes = window.class_panel
    class_ms = [
        timed(
            lambda row=row: until_drawn(
                window, lambda: classes.view.setCurrentIndex(classes.classes.index(row, 0))
            )
        )
        for row in range(1, CLICKS)
    ]
    _print_figure("click on a class to its drawing", f"{statistics.median(class_ms):.0f} ms")
    box = window.tool_bar.method
    method_ms = [
        timed(lambda index=index: until_drawn(window, lambda: box.setCurrentIndex(index % box.count())))
        for index in range(1, CLICKS)
    ]
    _print_figure("choice of a method to its drawing", f"{statistics.median(method_ms):.0f} ms")
    settle(window)
    with watched() as gaps:
        for number in range(4 * count):
            QTest.keyClick(panel.view, Qt.Key.Key_Right if number // count % 2 == 0 else Qt.Key.Key_Left)
            QTest.qWait(30)
        settle(window)
    _print_figure("arrow key held down: longest stall", f"{max(gaps):.0f} ms")
    close(window)


def measure_large_folder(application: QApplication, place: Path, count: int) -> None:
    """Measure a folder of hard links: thumbnails, scrolling, memory, cancelling."""
    large = place / "large"
    large.mkdir()
    sample = bundled.sample_images()[0]
    for number in range(count):
        path = large / f"{number:06d}.png"
        if number % MOST_LINKS == 0:
            original = path
            original.write_bytes(sample.read_bytes())
            os.utime(original, (0, 0))  # files newer than the window count as replaced
        else:
            os.link(original, path)
    window = open_window(application, place)
    panel = window.gallery_panel
    started = time.perf_counter()
    with watched() as gaps:
        window.gallery.search.open_paths([large])
        while not all(panel.loader.get(panel.images.path_at(row)) for row in panel.view.visible_rows()) or (
            panel.images.rowCount() < 50
        ):
            application.processEvents()
        thumbnails_s = time.perf_counter() - started
        while window.gallery.search.busy:
            application.processEvents()
    _print_figure(f"{count:,} images: first thumbnails", f"{thumbnails_s:.2f} s")
    _print_figure("  while they are found: longest stall", f"{max(gaps):.0f} ms")
    bar = panel.view.verticalScrollBar()
    while bar.maximum() < 1000:
        application.processEvents()
    with watched() as gaps:
        for step in range(1, 101):
            bar.setValue(bar.maximum() * step // 100)
            QTest.qWait(20)
    _print_figure("  scrolling to the end: longest stall", f"{max(gaps):.0f} ms")
    _print_figure("  resident memory after it", f"{resident_mb():.0f} MB")
    started = time.perf_counter()
    panel.progress.stop.click()
    while any(
        thread.name.startswith("whylight-predict") and not _idle(window) for thread in threading.enumerate()
    ):
        application.processEvents()
    _print_figure("  cancelling the predictions", f"{1000 * (time.perf_counter() - started):.0f} ms")
    _measure_acts(window)
    close(window)


def _measure_acts(window: MainWindow) -> None:
    """Longest stall of actions on a large open folder, as medians of `ACTS` runs."""
    panel, filter_bar = window.gallery_panel, window.gallery_panel.filter_bar
    doomed = iter(panel.images.paths[1000 : 1000 + ACTS])
    words = iter("0123456789")
    orders = [filter_bar.order.findData(order) for order in Order if order is not Order.FOUND]

    def delete() -> None:
        next(doomed).unlink()
        QTest.qWait(SETTLE_MS + 200)

    def sort() -> None:
        for index in (*orders, 0):
            filter_bar.order.setCurrentIndex(index)
            QTest.qWait(50)

    def sift() -> None:
        for text in (next(words), ""):
            filter_bar.filter.setText(text)
            QTest.qWait(50)

    def open_model() -> None:
        window.session.open_model(None)
        while window.session.busy:
            QTest.qWait(1)
        window.gallery.predictor.cancel()

    for what, act in (
        ("an image deleted", delete),
        ("sorted in each order", sort),
        ("filtered", sift),
        ("another model", open_model),
    ):
        stalls = []
        for _ in range(ACTS):
            with watched() as gaps:
                act()
                QTest.qWait(SUMMARY_MS + 100)
            stalls.append(max(gaps))
        _print_figure(f"  {what}: longest stall", f"{statistics.median(stalls):.0f} ms")


def measure_robot(application: QApplication, place: Path, minutes: float, seed: int) -> None:
    """Run the random user; see `benchmarks.monkey.endurance` for the long test."""
    outcome = run_soak_test(open_window(application, place), place, minutes, seed)
    _print_figure("robot user", summarise(outcome, minutes, seed).replace("\n", "\n" + 41 * " "))


def open_window(application: QApplication, place: Path) -> MainWindow:
    """Open a window on the samples with fresh settings and wait until it is idle."""
    (place / "settings.ini").unlink(missing_ok=True)
    window = MainWindow(settings=Settings(place / "settings.ini"))
    window.resize(1280, 800)
    window.show()
    settle(window)
    window.activateWindow()
    application.processEvents()
    return window


def close(window: MainWindow) -> None:
    """Close and release a window."""
    window.close()
    window.deleteLater()
    QCoreApplication.processEvents()


def settle(window: MainWindow) -> None:
    """Wait until the window is idle."""
    while window.busy:
        QCoreApplication.processEvents()
        time.sleep(0.001)


def until_drawn(window: MainWindow, act: Callable[[], object]) -> None:
    """Run `act` and process events until the next paint event, without busy waiting."""
    loop = QEventLoop()
    connection = window.session.drawn.connect(loop.quit)
    act()
    loop.exec()
    window.session.drawn.disconnect(connection)


def timed(work: Callable[[], object]) -> float:
    """Return the duration of `work` in ms."""
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


@contextmanager
def watched(clock: Callable[[], float] = time.perf_counter) -> Iterator[list[float]]:
    """Context manager that collects intervals in ms between interface timer ticks.

    With `time.thread_time` as `clock`, they are the processor time of this thread between ticks.
    """
    gaps: list[float] = [0.0]
    last = clock()

    def tick() -> None:
        nonlocal last
        now = clock()
        gaps.append(1000 * (now - last))
        last = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(TICK_MS)
    last = clock()
    yield gaps
    tick()
    timer.stop()


def resident_mb() -> float:
    """Return the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _idle(window: MainWindow) -> bool:
    return not window.gallery.predictor.running


def _print_figure(what: str, result: str) -> None:
    print(f"{what:40} {result}", flush=True)


if __name__ == "__main__":
    main()
