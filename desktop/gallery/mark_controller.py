"""Marks images by key and menu, keeps the marks, and exports them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from ..common.feature import Feature
from ..common.number_format import number
from ..widgets import file_dialogs
from ..widgets.actions import Actions
from ..widgets.message_bar import MessageBar
from .gallery_panel import GalleryPanel
from .marks import Mark, MarkedImage, Marks, copy_in_folders, marks_as_csv

SAVED_AFTER_MS = 1000
"""Delay after a mark before the file is written."""


class MarkController(Feature):
    """Marks the selected images; the same mark again removes it."""

    def __init__(
        self,
        panel: GalleryPanel,
        marks: Marks,
        commands: Actions,
        message_bar: MessageBar,
        start_folder: Callable[[], Path | None],
        parent: QWidget,
    ) -> None:
        """`start_folder` returns where dialogs start."""
        super().__init__(parent)
        self._panel = panel
        self._marks = marks
        self._commands = commands
        self._message_bar = message_bar
        self._start_folder = start_folder
        self._dialog_parent = parent
        self._queue = self._add_queue("copies")
        self._is_told = False
        """Whether it was said that marks cannot be saved."""
        self._saving = QTimer(self, singleShot=True, interval=SAVED_AFTER_MS)
        self._saving.timeout.connect(self._save)
        panel.images.marks = marks
        panel.images.table_changed.connect(self._enable)
        panel.confusions_counted.connect(lambda _: self._enable())
        for action, mark in (
            (commands.mark_right, Mark.RIGHT),
            (commands.mark_wrong_label, Mark.WRONG_LABEL),
            (commands.mark_interesting, Mark.INTERESTING),
        ):
            action.triggered.connect(lambda _, mark=mark: self.mark(mark))
        commands.export_marks.triggered.connect(self._ask_for_table)
        commands.copy_marked.triggered.connect(self._ask_for_folder)
        commands.enable_marked(False)

    def close(self) -> None:
        """Write the marks and stop copying."""
        self._saving.stop()
        self._save()
        super().close()

    def mark(self, mark: Mark) -> None:
        """Mark the selected images, or remove this mark if all of them have it."""
        paths = self._panel.view.selected_paths()
        if not paths and self._panel.current is not None:
            paths = [self._panel.current]
        if paths:
            all_have = all(self._marks.of(path) == mark for path in paths)
            self._panel.images.set_mark(paths, None if all_have else mark)
            self._saving.start()
            hidden = [path for path in paths if self._panel.images.row_of(path) is None]
            if hidden:  # the image on show, whose tile would have told
                words = (
                    self.tr("No longer marked: {name}, which the filter hides in the list.")
                    if all_have
                    else self.tr("Marked as {mark}: {name}, which the filter hides in the list.")
                )
                self._message_bar.show_message(words.format(mark=mark.words, name=hidden[0].name))

    def export_table(self, file: Path) -> None:
        """Write the marked images of the gallery as CSV."""
        from whylight.common.atomic_file import write_text

        images = self._panel.images.marked()
        self._queue.run_task(
            lambda: write_text(file, marks_as_csv(images, file.parent)),
            lambda _: self._offer(self._words_saved(images, file), file.parent),
            self._report,
        )

    def copy_to(self, folder: Path) -> None:
        """Copy the marked images of the gallery to a folder for each mark."""
        images = self._panel.images.marked()
        self._queue.run_steps(
            lambda: copy_in_folders(images, folder),
            lambda _: None,
            self._report,
            lambda: self._offer(self._words_copied(images, folder), folder),
        )

    def _words_saved(self, images: list[MarkedImage], file: Path) -> str:
        words = self.tr("Marks saved: {count}, in {path}")
        return words.format(count=number(len(images)), path=file)

    def _words_copied(self, images: list[MarkedImage], folder: Path) -> str:
        words = self.tr("Images copied: {count}, to {path}")
        return words.format(count=number(len(images)), path=folder)

    def _offer(self, words: str, folder: Path) -> None:
        url = QUrl.fromLocalFile(str(folder.absolute()))
        self._message_bar.offer(words, self.tr("Open"), lambda: QDesktopServices.openUrl(url))

    def _ask_for_table(self) -> None:
        name = self.tr("marks") + ".csv"
        file_dialogs.choose_table_to_save(self._dialog_parent, self._start_folder(), name, self.export_table)

    def _ask_for_folder(self) -> None:
        file_dialogs.choose_folder_for_copies(self._dialog_parent, self._start_folder(), self.copy_to)

    def _enable(self) -> None:
        self._commands.enable_marked(bool(self._panel.images.table.marks.any()))

    def _save(self) -> None:
        """Write the marks; say once if that is not possible."""
        try:
            self._marks.save()
        except OSError as error:
            if not self._is_told:
                self._is_told = True
                words = self.tr("The marks cannot be saved in {path}: {reason}")
                self.failed.emit(words.format(path=self._marks.file, reason=error.strerror or error))
