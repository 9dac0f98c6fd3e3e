"""What the user has done with explained images: saved, copied, reported. Each is its own piece of work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from ..common.error_text import error_text
from ..common.task_queue import TaskQueue
from ..session.session import Session
from ..widgets import icons
from . import report, save_image

if TYPE_CHECKING:
    from ..main_window.licenses import Notices


class OutputController(QObject):
    """Does them in the order given, while the window goes on."""

    saved = Signal(Path)
    panels_copied = Signal(QImage)
    """The panels side by side, for the clipboard."""
    icon_found = Signal(Path)
    failed = Signal(str)
    report_progressed = Signal(int, int, object)
    """How many images of the report are done, of how many, and in which `ReportPass`."""
    report_begun = Signal()
    report_ended = Signal(object)
    """The path of the report's first page; None where there is none."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._queue = TaskQueue("errand", parent=self)
        self._report_queue = TaskQueue("report", parent=self)
        self._report_stopped = threading.Event()

    @property
    def busy(self) -> bool:
        """Whether something is not done yet."""
        return not (self._queue.idle and self._report_queue.idle)

    def find_icon(self) -> None:
        """Have `icon_found` emitted with the file of the window's icon."""
        self._queue.run_task(icons.find_app_icon, self.icon_found.emit, self._report)

    def read_notices(self, use: Callable[[Notices], None]) -> None:
        """Have `use` called with what the About window tells."""
        from ..main_window.licenses import read_notices  # what it needs to list packages takes 40 ms to load

        self._queue.run_task(read_notices, use, self._report)

    def save_panels(self, path: Path) -> None:
        """Write the three panels side by side at full resolution, drawn as they are on show."""
        sketch = self._session.sketch()
        if sketch is not None:
            self._queue.run_task(lambda: save_image.save_panels(sketch, path), self.saved.emit, self._report)

    def copy_panels(self) -> None:
        """Have `panels_copied` emitted with the three panels side by side at full resolution."""
        sketch = self._session.sketch()
        if sketch is not None:
            self._queue.run_task(lambda: save_image.copy_panels(sketch), self.panels_copied.emit, self._report)

    @property
    def reporting(self) -> bool:
        """Whether a report is being written."""
        return not self._report_queue.idle

    def write_report(self, paths: Sequence[Path], folder: Path) -> None:
        """Explain these images into a report in a folder, while nothing else is explained.

        `report_begun` and `report_ended` are emitted around it.
        """
        model = self._session.opened_model
        if model is None or self.reporting:
            return
        self._report_stopped.clear()
        session, paths = self._session, list(paths)
        method, look = session.method, session.look

        def write() -> Path:
            return report.write_report(
                model.explainer, paths, folder, method, look, self._tell_progress, self._report_stopped.is_set
            )

        self.report_begun.emit()
        self._report_queue.run_task(write, self.report_ended.emit, self._report_report)

    def stop_report(self) -> None:
        """End the report with what is done so far."""
        self._report_stopped.set()

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self.stop_report()
        self._report_queue.close()
        self._queue.close()

    def _tell_progress(self, done: int, total: int, report_pass: report.ReportOptions) -> None:
        """Called by the worker: the signal crosses over. It waits while the user's image is explained."""
        self.report_progressed.emit(done, total, report_pass)
        while not self._report_stopped.is_set() and not self._session.is_free.wait(0.05):
            pass

    def _report_report(self, error: Exception) -> None:
        self.report_ended.emit(None)
        self._report(error)

    def _report(self, error: Exception) -> None:
        self.failed.emit(error_text(error))
