"""Where the file dialogs begin: beside what is open, or where the last one led.

Left alone, Qt begins in the program's working directory, which is any at all for one that was double-clicked,
and in one and the same place for images, models and reports.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from whylight.common.paths import is_folder

if TYPE_CHECKING:
    from ..main_window.parts import WindowParts


class StartFolders(QObject):
    """Folders that exist; None where there is nothing to go by, and the system's own habit holds."""

    def __init__(self, window: WindowParts) -> None:
        super().__init__(window)
        self._window = window
        self._written: Path | None = None
        window.errands.saved.connect(lambda path: self._remember(path.parent))
        window.errands.report_ended.connect(self._remember_report)

    def of_folders(self) -> Path | None:
        """Where the opened folder lies, with others beside it."""
        opened = next(iter(self._window.pasting.lasting(self._window.search.folders)), None)
        return None if opened is None else _existing(opened.parent)

    def of_images(self) -> Path | None:
        """The folder of the image on show, where it is neither a sample nor pasted."""
        path, roots = self._window.session.image_path, self._window.search.roots
        own = path is not None and self._window.pasting.lasting(roots)
        return _existing(path.parent) if path is not None and own else None

    def of_models(self) -> Path | None:
        """The folder of the last model that the user opened, and not one that this program has made."""
        made = self._window.settings.data_folder
        models = (path for path in self._window.settings.models if made not in path.parents)
        model = next(models, None)
        return None if model is None else model.parent

    def for_saving(self) -> Path | None:
        """Where panels or a report were written last, else beside the images."""
        written = None if self._written is None else _existing(self._written)
        return written or self.of_images()

    def _remember(self, folder: Path) -> None:
        self._written = folder

    def _remember_report(self, page: Path | None) -> None:
        if page is not None:
            self._remember(page.parent.parent)


def _existing(folder: Path) -> Path | None:
    return folder if is_folder(folder) else None
