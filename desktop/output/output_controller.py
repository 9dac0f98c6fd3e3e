"""Copy and save panels, and write reports."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from ..common.feature import Feature
from ..session.session import Session
from ..widgets import file_dialogs
from ..widgets.actions import Actions
from ..widgets.message_bar import MessageBar
from ..widgets.progress_row import ProgressRow
from . import report, save_image
from .report import ReportPass


class OutputController(Feature):
    """Copies and saves panels, and writes one report at a time."""

    saved = Signal(Path)
    panels_copied = Signal(QImage)
    """The panels that were copied to the clipboard."""
    report_begun = Signal()
    report_progressed = Signal(int, int, object)
    """Number of completed images, the total, and the `ReportPass`."""
    report_ended = Signal(object)
    """The path of the report's first page; None on failure."""
    written = Signal(Path)
    """The folder of saved panels, or the parent of a report's folder."""

    def __init__(
        self,
        session: Session,
        commands: Actions,
        message_bar: MessageBar,
        report_paths: Callable[[], Sequence[Path]],
        start_folders: tuple[Callable[[], Path | None], Callable[[], Path | None]],
        parent: QWidget,
    ) -> None:
        """`report_paths` returns the images, `start_folders` where dialogs start."""
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._message_bar = message_bar
        self._report_paths = report_paths
        self._start_folder, self._report_start_folder = start_folders
        self._dialog_parent = parent
        self._queue = self._add_queue("save")
        self._report_queue = self._add_queue("report")
        self._report_stopped = threading.Event()
        self.progress = ProgressRow(self.tr("Report"), parent)
        self._connect()
        self.enable(False)

    def _connect(self) -> None:
        commands = self._commands
        commands.copy.triggered.connect(self.copy_panels)
        commands.save.triggered.connect(self._choose_file)
        commands.report.triggered.connect(self._choose_report_folder)
        self.saved.connect(self._report_saved)
        self.panels_copied.connect(lambda image: QGuiApplication.clipboard().setImage(image))
        self.report_progressed.connect(self._show_progress)
        self.report_ended.connect(self._finish_report)
        self.progress.cancelled.connect(self.stop_report)

    @property
    def reporting(self) -> bool:
        """Whether a report is being written."""
        return not self._report_queue.idle

    def enable(self, enabled: bool) -> None:
        """Set whether there are panels to copy and save."""
        self._commands.enable_panels(enabled)

    def save_panels(self, path: Path) -> None:
        """Save the three panels side by side at full resolution."""
        sketch = self._session.sketch()
        if sketch is not None:
            self._queue.run_task(lambda: save_image.save_panels(sketch, path), self.saved.emit, self._report)

    def copy_panels(self) -> None:
        """Copy the three panels side by side at full resolution to the clipboard."""
        sketch = self._session.sketch()
        if sketch is not None:
            self._queue.run_task(
                lambda: save_image.copy_panels(sketch), self.panels_copied.emit, self._report
            )

    def write_report(self, paths: Sequence[Path], folder: Path) -> None:
        """Write a report of images to a folder, pausing other explanations.

        Emits `report_begun` and `report_ended`.
        """
        model = self._session.opened_model
        if model is None or self.reporting:
            return
        self._report_stopped.clear()
        session, paths = self._session, list(paths)
        method, look = session.method, session.look

        def write() -> Path:
            return report.write_report(
                model.explainer, paths, folder, method, look, self._emit_progress, self._report_stopped.is_set
            )

        self.report_begun.emit()
        self._report_queue.run_task(write, self.report_ended.emit, self._report_failure)

    def stop_report(self) -> None:
        """Finish the report with the images done so far."""
        self._report_stopped.set()

    def close(self) -> None:
        """Stop all tasks and wait for the threads."""
        self.stop_report()
        super().close()

    def _choose_file(self) -> None:
        """Ask where to save the panels, and save them."""
        if self._session.image is not None:
            name = f"{self._session.image.path.stem}-panels.png"
            start = self._start_folder()
            file_dialogs.choose_image_to_save(self._dialog_parent, start, name, self.save_panels)

    def _choose_report_folder(self) -> None:
        """Ask for the folder of the report, and write it."""
        paths = self._report_paths()
        if paths and self._session.opened_model is not None:
            file_dialogs.choose_report_folder(
                self._dialog_parent,
                self._report_start_folder(),
                lambda folder: self.write_report(paths, folder),
            )

    def _report_saved(self, path: Path) -> None:
        self._message_bar.show_message(self.tr("Saved: {path}").format(path=path))
        self.written.emit(path.parent)

    def _emit_progress(self, done: int, total: int, report_pass: ReportPass) -> None:
        """Emit progress from the worker; waits while the user's image is explained."""
        self.report_progressed.emit(done, total, report_pass)
        while not self._report_stopped.is_set() and not self._session.is_free.wait(0.05):
            pass

    def _show_progress(self, done: int, total: int, report_pass: ReportPass) -> None:
        """Show progress; a report with two passes fills the bar once."""
        doing = {
            ReportPass.ONLY: "",
            ReportPass.FIRST: self.tr("finding the strongest evidence (1 of 2)"),
            ReportPass.SECOND: self.tr("drawing (2 of 2)"),
        }[report_pass]
        before = total if report_pass is ReportPass.SECOND else 0
        after = total if report_pass is ReportPass.FIRST else 0
        self.progress.show_progress(done, total, doing, before, after)

    def _finish_report(self, page: Path | None) -> None:
        """Offer to open the finished report."""
        self.progress.hide()
        if page is not None:
            words = self.tr("Report written: {path}").format(path=page)
            url = QUrl.fromLocalFile(str(page.absolute()))
            self._message_bar.offer(words, self.tr("Open"), lambda: QDesktopServices.openUrl(url))
            self.written.emit(page.parent.parent)

    def _report_failure(self, error: Exception) -> None:
        self.report_ended.emit(None)
        self._report(error)
