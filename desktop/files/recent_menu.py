"""The menu of recent folders and models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from ..settings import Settings


class RecentMenu(QMenu):
    """Menu of recently opened folders and models, rebuilt whenever it is shown."""

    folder_chosen = Signal(Path)
    model_chosen = Signal(Path)
    samples_chosen = Signal()

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings = settings
        self._above: list[QAction] = []
        self._below: list[QAction] = []
        self.aboutToShow.connect(self.fill)

    def add_model_actions(self, above: Sequence[QAction], below: Sequence[QAction]) -> None:
        """Add actions above the recent models, and below the adopted ones."""
        self._above, self._below = list(above), list(below)

    def fill(self) -> None:
        """List the remembered paths that still exist."""
        self.clear()
        folders, models = self._settings.folders, self._settings.models
        self.addSection(self.tr("Folders"))
        self.addAction(self.tr("Sample images")).triggered.connect(self.samples_chosen)
        for path in folders:
            self._add(path, self.folder_chosen.emit)
        self.addSection(self.tr("Models"))
        self.addActions(self._above)
        for path in models:
            self._add(path, self.model_chosen.emit)
        if adopted := [path for path in self._settings.adopted_models if path not in models]:
            self.addSection(self.tr("Prepared before"))
            for path in adopted:
                self._add(path, self.model_chosen.emit)
        self.addActions(self._below)
        self.addSeparator()
        forget = self.addAction(self.tr("Clear recent"))
        forget.setEnabled(bool(folders or models))
        forget.triggered.connect(self._settings.clear_recent)

    def _add(self, path: Path, choose: Callable[[Path], None]) -> None:
        action = self.addAction(str(path).replace("&", "&&"))
        action.triggered.connect(lambda: choose(path))
