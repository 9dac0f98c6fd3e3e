"""Random user of the real window, reproducible by a seed."""

from __future__ import annotations

import faulthandler
import os
import random
import shutil
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtTest import QTest

from desktop.gallery.image_table import Order
from desktop.main_window.window import MainWindow
from desktop.session.color_scale import Scale

KEYS = (
    "Right",
    "Left",
    "Up",
    "Down",
    "1",
    "2",
    "3",
    "0",
    "Z",
    "W",
    "A",
    "R",
    "X",
    "T",
    "B",
    "D",
    "Escape",
    "P",
    "S",
    "Plus",
    "Minus",
    "Space",
    "Backspace",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "F",
)

LONGEST_STEP_S = 5.0
"""Longer steps mean that the process was suspended."""

LOOK_S, MOST_LOOKS = 0.002, 30_000
"""Polling interval, and maximum number of polls without progress (at least a minute of CPU time)."""


class MonkeyUser:
    """Performs random actions, one at a time.

    Args:
        window: a visible window.
        seed: determines the sequence of actions, except for effects of timing.
        folder: folder of images; files are added and removed there.
        models: forward graphs of pairs.
        bad_files: files that are neither images nor models.
    """

    def __init__(
        self, window: MainWindow, seed: int, folder: Path, models: list[Path], bad_files: list[Path]
    ) -> None:
        self._window = window
        self._random = random.Random(seed)
        self._folder, self._models, self._bad_files = folder, models, bad_files
        self._reports = folder.parent / "report"
        self._made: list[Path] = []
        self._pasted: list[Path] = []
        self._looks = 0
        """Number of polls since the window last made progress."""
        window.files.pasted.kept.connect(lambda path: self._pasted.append(path))
        window.gallery.predictor.progressed.connect(self._note_progress)
        window.output.report_progressed.connect(self._note_progress)
        self.count = 0
        """Number of actions performed."""
        self._last: deque[str] = deque(maxlen=20)
        """Names of the most recent actions."""
        self._actions: list[Callable[[], None]] = [
            *[self.press_key] * 8,
            *[self.click_a_class] * 3,
            *[self.click_a_image] * 3,
            *[self.zoom_and_drag] * 2,
            self.choose_a_method,
            self.choose_a_layer,
            self.choose_a_look,
            self.filter,
            self.sort,
            self.drop,
            self.open_a_model,
            self.compare,
            self.change_the_folder,
            self.step_to_a_folder,
            self.paste,
            self.report,
            self.resize,
        ]

    def run(self, seconds: float, settled_every: int = 20) -> None:
        """Perform actions for `seconds`, waiting until idle after every `settled_every`.

        If the process is suspended (for example by closing a laptop's lid), it continues for the remaining
        time.
        """
        spent = 0.0
        while spent < seconds:
            started = time.monotonic()
            self.step()
            if self.count % settled_every == 0:
                self.settle()
            spent += min(time.monotonic() - started, LONGEST_STEP_S)
        self.settle()

    def rest(self) -> None:
        """Restore the initial state: samples, bundled model, no second model.

        The model is reopened and the first sample explained twice. While a model is open, ONNX Runtime keeps
        the memory its runs have needed, which grows with concurrent runs and with the five classes of a
        common scale. Pasted and reported files are removed, since they accumulate: after 600 pastes, each
        further one predicted 600 images.
        """
        window = self._window
        window.gallery.predictor.cancel()
        self.settle()  # a second model may be loading
        window.commands.brush.setChecked(False)
        if window.second_model.is_open:
            window.second_model.toggle()
        window.shortcuts_overlay.hide()
        window.full_screen.set_enabled(False)
        window.resize(1280, 800)
        window.panels.show_alone(None)
        bar, order = window.tool_bar, window.gallery_panel.filter_bar.order
        bar.method.setCurrentIndex(0)
        bar.scale.setCurrentIndex(bar.scale.findData(Scale.ITSELF))
        order.setCurrentIndex(order.findData(Order.FOUND))
        window.gallery.predictor.pause(True)
        window.gallery.search.open_samples()
        self._wait_while(lambda: window.gallery.search.busy or window.session.busy)
        self._tidy()
        window.session.open_model(None)
        self._wait_while(lambda: window.session.busy)
        if window.session.image_path is not None:
            window.session.open_image(window.session.image_path)
        self._wait_while(lambda: window.session.busy)
        window.gallery.predictor.cancel()
        window.gallery.predictor.pause(False)
        self.settle()

    def step(self) -> None:
        """Perform one action and process events for a moment."""
        action = self._random.choice(self._actions)
        self.count += 1
        self._last.append(action.__name__)
        action()
        until = time.monotonic() + self._random.uniform(0, 0.05)
        while True:
            QCoreApplication.processEvents()
            if time.monotonic() >= until:
                return

    def settle(self) -> None:
        """Wait until the window is idle."""
        self._wait_while(lambda: self._window.busy)

    def _tidy(self) -> None:
        """Remove pasted and reported files, none of which is open."""
        shutil.rmtree(self._reports, ignore_errors=True)
        for path in self._pasted:
            path.unlink(missing_ok=True)
        self._pasted.clear()

    def _note_progress(self, *_: object) -> None:
        self._looks = 0

    def _wait_while(self, condition: Callable[[], bool]) -> None:
        """Process events while the condition holds; give up after polls without progress."""
        self._looks = 0
        while self._looks < MOST_LOOKS:
            if not condition():
                return
            self._looks += 1
            QCoreApplication.processEvents()
            time.sleep(LOOK_S)
        faulthandler.dump_traceback()  # stacks of all threads
        busy = [name for name, part in vars(self._window).items() if getattr(part, "busy", False)]
        if self._window.gallery.predictor.running:
            busy.append("predictor")
        raise TimeoutError(f"{busy} went on no more for {MOST_LOOKS} looks, after {list(self._last)}")

    def press_key(self) -> None:
        """Press a shortcut key of the window."""
        key = self._random.choice(KEYS)
        code = getattr(Qt.Key, f"Key_{key}")
        target = self._window.focusWidget() or self._window
        QTest.keyClick(target, code)

    def click_a_class(self) -> None:
        """Click a class to explain it."""
        view = self._window.class_panel.view
        count = view.model().rowCount()
        if count:
            view.setCurrentIndex(view.model().index(self._random.randrange(count), 0))

    def click_a_image(self) -> None:
        """Open a visible image."""
        view = self._window.gallery_panel.view
        count = view.model().rowCount()
        if count:
            view.select_row(self._random.randrange(count))

    def zoom_and_drag(self) -> None:
        """Zoom at a random position, then drag, which may brush."""
        panels = self._window.panels
        panels.zoom.zoom_at(QPointF(self._random.uniform(0, 300), 100), self._random.choice((0.5, 1.3, 2.0)))
        start = QPoint(self._random.randrange(panels.width()), self._random.randrange(panels.height()))
        QTest.mousePress(panels, Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseRelease(panels, Qt.MouseButton.LeftButton, pos=start)

    def choose_a_method(self) -> None:
        """Choose another method."""
        box = self._window.tool_bar.method
        box.setCurrentIndex(self._random.randrange(max(1, box.count())))

    def choose_a_layer(self) -> None:
        """List the layers, or choose one."""
        box = self._window.tool_bar.layer
        if box.count() <= 1:
            box.list_asked.emit()
        else:
            box.setCurrentIndex(self._random.randrange(box.count()))
            box.activated.emit(box.currentIndex())

    def choose_a_look(self) -> None:
        """Change scale, colour map or opacity."""
        bar = self._window.tool_bar
        bar.scale.setCurrentIndex(bar.scale.findData(self._random.choice(list(Scale))))
        bar.colour_map.setCurrentIndex(self._random.randrange(max(1, bar.colour_map.count())))
        bar.opacity.setValue(self._random.randrange(101))

    def filter(self) -> None:
        """Filter by a letter or a class, or clear the filter."""
        filter_bar = self._window.gallery_panel.filter_bar
        filter_bar.filter.setText(self._random.choice(("", "", "", "a", "e", "zzz")))
        filter_bar.predicted.setCurrentIndex(
            self._random.choice((0, 0, min(1, filter_bar.predicted.count() - 1)))
        )

    def sort(self) -> None:
        """Change the sort order."""
        box = self._window.gallery_panel.filter_bar.order
        box.setCurrentIndex(box.findData(self._random.choice(list(Order))))

    def drop(self) -> None:
        """Drop the folder, one of its images, or an invalid file."""
        images = sorted(self._folder.rglob("*.png"))
        choices = [self._folder, self._random.choice(images), self._random.choice(self._bad_files)]
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(self._random.choice(choices)))])
        action, left, none = (
            Qt.DropAction.CopyAction,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        self._window.dropEvent(QDropEvent(QPointF(9, 9), action, mime, left, none))

    def open_a_model(self) -> None:
        """Open one of the models, or an invalid file."""
        self._window.session.open_model(self._random.choice([*self._models, *self._bad_files]))

    def compare(self) -> None:
        """Open or close the second model."""
        comparison = self._window.second_model
        if comparison.is_open:
            comparison.toggle()
        else:
            comparison.open(self._random.choice(self._models))

    def change_the_folder(self) -> None:
        """Add, replace or remove an image in the folder."""
        if self._made and self._random.random() < 0.6:
            path = self._made.pop()
            path.unlink(missing_ok=True)
            return
        path = self._folder / f"robot-{self.count}.png"
        images = sorted(self._folder.rglob("*.png"))
        shutil.copy(self._random.choice(images), path)
        os.utime(path)
        self._made.append(path)

    def step_to_a_folder(self) -> None:
        """Go to the next or previous folder."""
        self._window.gallery_panel.view.step_folder(self._random.choice((1, -1)))

    def paste(self) -> None:
        """Paste an image from the clipboard."""
        image = QImage(self._random.randrange(20, 900), 300, QImage.Format.Format_ARGB32)
        image.fill(self._random.randrange(2**32))
        mime = QMimeData()
        mime.setImageData(image)
        self._window.files.pasted.take(mime)

    def report(self) -> None:
        """Write a report of some visible images, or cancel the current one."""
        output = self._window.output
        if output.reporting:
            output.stop_report()
        else:
            output.write_report(self._window.gallery_panel.images.shown_paths[:4], self._reports)

    def resize(self) -> None:
        """Resize the window."""
        self._window.resize(self._random.randrange(900, 1280), self._random.randrange(600, 800))
