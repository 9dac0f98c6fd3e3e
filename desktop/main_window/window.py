"""The window: its parts connected, and what the system tells it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent

from ..files.dropped import incoming
from ..gallery.gallery_controller import browse
from ..settings import Settings
from .full_screen import follow_screen, set_full_screen
from .operable import OperableWindow
from .saved_state import remember, restore
from .wiring import (
    add_menus,
    connect_adoption,
    connect_commands,
    connect_errands,
    connect_layers,
    connect_pasting,
    connect_search,
    connect_trials,
    connect_views,
)


class MainWindow(OperableWindow):
    """Thumbnails, panels, classes and card, with a toolbar above and a status bar below."""

    def __init__(
        self, paths: Sequence[Path] = (), model: Path | None = None, settings: Settings | None = None
    ) -> None:
        super().__init__(Settings() if settings is None else settings)
        self.setWindowTitle("Whylight")
        self.setAcceptDrops(True)
        self._to_open: tuple[Sequence[Path], Path | None] | None = (tuple(paths), model)
        for connect in (
            connect_adoption,
            connect_commands,
            connect_views,
            connect_layers,
            connect_trials,
            connect_search,
            connect_pasting,
            connect_errands,
            add_menus,
        ):
            connect(self)
        restore(self)
        self.panels.show_notice(self.tr("Opening…"), "")

    @property
    def busy(self) -> bool:
        """Whether something has not arrived yet: a model, an image, a thumbnail, a prediction."""
        shown = (self.session, self.image_panel, self.comparison, self.layering)
        asked = (self.adopting, self.search, self.pasting, self.errands, self.truth, self.covering)
        parts = (*shown, *asked, self.watcher)
        return self._to_open is not None or self.predictor.running or any(part.busy for part in parts)

    def showEvent(self, event: QShowEvent) -> None:
        """Open what was asked for once the window is there, because loading the engine takes longer."""
        super().showEvent(event)
        if self._to_open is not None:
            QTimer.singleShot(0, self, self._open_first)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the system out of full screen, which its own keys and buttons end as well."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            follow_screen(self)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the session, stop all work and wait for its threads."""
        set_full_screen(self, False)
        remember(self)
        workers = (
            self.adopting,
            self.layering,
            self.search,
            self.watcher,
            self.predictor,
            self.image_panel.loader,
            self.errands,
        )
        for part in (*workers, self.truth, self.covering, self.comparison, self.session, self.pasting):
            part.close()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome local files, folders and images, but not what is dragged out of this window."""
        mime = event.mimeData()
        if event.source() is None and (mime.hasImage() or incoming(mime)):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        event.acceptProposedAction()
        self.open_brought(event.mimeData())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the images, and Escape, where no view had a use for the key."""
        if browse(self, event.key()):
            return
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.isFullScreen():
            set_full_screen(self, False)
        elif self.commands.brush.isChecked():
            self.commands.brush.setChecked(False)
        else:
            self.image_panel.view.setFocus()

    def _open_first(self) -> None:
        if self._to_open is None:
            return
        (paths, model), self._to_open = self._to_open, None
        last = self.settings.session
        if paths:
            self.search.open_paths(paths)
        elif last.paths:
            self.search.open_paths(last.paths, last.image)
        else:
            self.search.open_samples()
        self.model_choice.open_first(model, last)
        self.errands.find_icon()
