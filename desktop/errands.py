"""What the user has done with an explained picture: saved, copied. Each is its own piece of work."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from desktop import engine
from desktop.session import Session
from desktop.trouble import words_of
from desktop.work import Lane


class Errands(QObject):
    """Does them in the order given, while the window goes on."""

    saved = Signal(Path)
    panels_copied = Signal(QImage)
    """The panels side by side, for the clipboard."""
    icon_found = Signal(Path)
    failed = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._lane = Lane("errand", parent=self)

    @property
    def busy(self) -> bool:
        """Whether something is not done yet."""
        return not self._lane.idle

    def find_icon(self) -> None:
        """Have `icon_found` emitted with the file of the window's icon."""
        self._lane.run_task(engine.find_icon, self.icon_found.emit, self._report)

    def save_panels(self, path: Path) -> None:
        """Write the three panels side by side at full resolution, drawn as they are on show."""
        sketch = self._session.sketch()
        if sketch is not None:
            self._lane.run_task(lambda: engine.save_panels(sketch, path), self.saved.emit, self._report)

    def copy_panels(self) -> None:
        """Have `panels_copied` emitted with the three panels side by side at full resolution."""
        sketch = self._session.sketch()
        if sketch is not None:
            self._lane.run_task(lambda: engine.copy_panels(sketch), self.panels_copied.emit, self._report)

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self._lane.close()

    def _report(self, error: Exception) -> None:
        self.failed.emit(words_of(error))
