"""About Whylight: which version this is, whose model and images are on show, and all licences."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from ..models.card_view import CardView

if TYPE_CHECKING:
    from .licenses import Notices
    from .parts import WindowParts

SIZE = (760, 560)
"""In device-independent pixels, at first: a line of the licences is 100 characters."""


def show_about(window: WindowParts) -> None:
    """Open the window about Whylight; it is made when it is asked for the first time."""
    about = window.findChild(About)
    if about is None:
        about = About(window.settings.data_folder, window)
        window.errands.read_notices(about.show_notices)
    model = window.session.opened_model
    about.card.show_card(model.explainer.card if model else None)
    about.show()
    about.raise_()
    about.activateWindow()


class About(QDialog):
    """A window beside the window, which goes on meanwhile."""

    def __init__(self, data_folder: Path, parent: QWidget) -> None:
        """`data_folder` is where settings, logs and models of this copy are."""
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
        """Show what had to be read."""
        self.program.setHtml(self._words(notices))
        self.images.setMarkdown(notices.images)
        self.licences.setPlainText(notices.licences)

    def _words(self, notices: Notices) -> str:
        purpose = self.tr("Shows why an image classifier said what it said: offline, on your own machine.")
        terms = self.tr("Free software under the Apache License 2.0. It comes without any warranty.")
        rows = {
            self.tr("Runs on"): notices.runs_on,
            self.tr("System"): notices.system,
            self.tr("Keeps its things in"): str(self._data_folder),
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
    browser.setOpenLinks(False)  # no network access, ever
    browser.document().setDocumentMargin(10)
    return browser
