"""About dialog: version, model, sample images and licences."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from ..common.feature import Feature
from ..models.card_view import CardView
from ..session.session import Session
from ..widgets.icons import find_app_icon

if TYPE_CHECKING:
    from .licenses import Notices

SIZE = (760, 560)
"""Initial size in device-independent pixels; licences have 100 characters per line."""


class AboutController(Feature):
    """Reads icon and notices in the background and opens the dialog."""

    icon_found = Signal(Path)

    def __init__(self, session: Session, data_folder: Path, command: QAction, parent: QWidget) -> None:
        """`data_folder` contains settings, logs and models of this copy."""
        super().__init__(parent)
        self._session = session
        self._data_folder = data_folder
        self._dialog_parent = parent
        self._dialog: About | None = None
        self._queue = self._add_queue("about")
        command.triggered.connect(self.show)
        session.model_opened.connect(lambda _: self._show_card())
        session.layer_changed.connect(lambda _: self._show_card())

    def find_icon(self) -> None:
        """Emit `icon_found` with the file of the program's icon."""
        self._queue.run_task(find_app_icon, self.icon_found.emit, self._report)

    def show(self) -> None:
        """Open the dialog, creating it at the first call."""
        if self._dialog is None:
            from .licenses import read_notices  # its imports take 40 ms

            self._dialog = About(self._data_folder, self._dialog_parent)
            self._queue.run_task(read_notices, self._dialog.show_notices, self._report)
        self._show_card()
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _show_card(self) -> None:
        model = self._session.opened_model
        if self._dialog is not None:
            self._dialog.card.show_card(model.explainer.card if model else None)


class About(QDialog):
    """Non-modal About dialog."""

    def __init__(self, data_folder: Path, parent: QWidget) -> None:
        """`data_folder` contains settings, logs and models of this copy."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Whylight"))
        self.resize(*SIZE)
        self.program = _browser(self.tr("About Whylight"), self)
        self._data_folder = data_folder
        self.card = CardView(self)
        self.images = _browser(self.tr("Sample images"), self)
        self.licences = QPlainTextEdit(self)
        self.licences.setReadOnly(True)
        self.licences.setAccessibleName(self.tr("Licences"))
        self.licences.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.licences.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.licences.setPlainText(self.tr("Opening…"))
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.program, "Whylight")
        self.tabs.addTab(self.card, self.tr("Model"))
        self.tabs.addTab(self.images, self.tr("Sample images"))
        self.tabs.addTab(self.licences, self.tr("Licences"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tabs)
        layout.addWidget(buttons)
        self.tabs.setFocus()

    def show_notices(self, notices: Notices) -> None:
        """Show the notices when they have been read."""
        self.program.setHtml(self._words(notices))
        self.images.setMarkdown(notices.images)
        self.licences.setPlainText(notices.licences)

    def _words(self, notices: Notices) -> str:
        purpose = self.tr("Shows why a vision model said what it said: offline, on your own machine.")
        terms = self.tr("Free software under the Apache License 2.0. It comes without any warranty.")
        rows = {
            self.tr("Runs on"): notices.runs_on,
            self.tr("System"): notices.system,
            self.tr("Settings and models are in"): str(self._data_folder),
        }
        cells = "".join(
            f"<tr><td style='padding: 2px 12px 2px 0'>{html.escape(label)}</td>"
            f"<td style='padding: 2px 0'>{html.escape(value)}</td></tr>"
            for label, value in rows.items()
        )
        return (
            f"<h2>Whylight {html.escape(notices.version)}</h2><p>{html.escape(purpose)}</p>"
            f"<p>{html.escape(terms)}</p><table>{cells}</table>"
        )


def _browser(name: str, parent: QWidget) -> QTextBrowser:
    browser = QTextBrowser(parent)
    browser.setAccessibleName(name)
    browser.setFrameShape(QTextBrowser.Shape.NoFrame)
    browser.setOpenLinks(False)  # no network access
    browser.document().setDocumentMargin(10)
    return browser
