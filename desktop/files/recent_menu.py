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

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings = settings
        self._model_actions: list[QAction] = []
        self.aboutToShow.connect(self.fill)

    def add_model_actions(self, actions: Sequence[QAction]) -> None:
        """Add actions below the models."""
        self._model_actions = list(actions)

    def fill(self) -> None:
        """List the remembered paths that still exist."""
        self.clear()
        folders, models = self._settings.folders, self._settings.models
        self.addSection(self.tr("Folders"))
        for path in folders:
            self._add(path, self.folder_chosen.emit)
        self.addSection(self.tr("Models"))
        for path in models:
            self._add(path, self.model_chosen.emit)
        self.addActions(self._model_actions)
        self.addSeparator()
        forget = self.addAction(self.tr("Clear this list"))
        forget.setEnabled(bool(folders or models))
        forget.triggered.connect(self._settings.clear_recent)

    def _add(self, path: Path, choose: Callable[[Path], None]) -> None:
        action = self.addAction(str(path).replace("&", "&&"))
        action.triggered.connect(lambda: choose(path))
