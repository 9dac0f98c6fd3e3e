"""The manual in a window of its own, without network access."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QAction,
    QDesktopServices,
    QResizeEvent,
    QShowEvent,
    QTextCursor,
    QTextDocument,
    QTextImageFormat,
)
from PySide6.QtWidgets import (
    QDialog,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from ..common.feature import Feature

PAGES = (
    *("window", "adopting", "detectors", "segmenters", "likeness", "faithfulness", "library", "command-line"),
    *("scale", "training", "install", "security"),
)
"""Pages of the manual in the order of the list: files `NAME.md`."""

SIZE = (980, 680)
"""Initial size in device-independent pixels."""

MARGIN = 16
"""Margin of a page."""

_IMAGE = re.compile(r"^!\[[^\]]*\]\((?P<file>[^)]+)\)\s*$", re.MULTILINE)
_HEADING = re.compile(r"[^\w\- ]")


def manual_folder() -> Path:
    """Return the folder of the pages: beside the assets, or of the repository.

    Raises:
        WhylightError: neither is there.
    """
    from whylight.bundled import asset
    from whylight.errors import WhylightError

    try:
        return asset("manual")
    except WhylightError:
        of_repository = Path(__file__).resolve().parents[2] / "docs"
        if (of_repository / f"{PAGES[0]}.md").is_file():
            return of_repository
        raise


def page_text(folder: Path, name: str) -> str:
    """Return a page as Markdown, without images that are not in the folder.

    Packages hold the text alone.
    """
    text = (folder / f"{name}.md").read_text(encoding="utf-8")
    return _IMAGE.sub(lambda found: found[0] if (folder / found["file"]).is_file() else "", text)


def page_title(text: str) -> str:
    """Return the first heading of a page."""
    return next((line[2:].strip() for line in text.splitlines() if line.startswith("# ")), "")


def anchor(heading: str) -> str:
    """Return the name by which links go to a heading: `#can-i-trust-this-map`."""
    return re.sub(r"\s+", "-", _HEADING.sub("", heading.strip().lower()))


class ManualController(Feature):
    """Opens the manual at the page on the window."""

    def __init__(self, command: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self._dialog_parent = parent
        self._manual: Manual | None = None
        self._queue = self._add_queue("manual")
        command.triggered.connect(self.show)

    def show(self) -> None:
        """Open the manual, reading it at the first call."""
        if self._manual is not None:
            self._show(self._manual)
            return

        def read() -> tuple[Path, dict[str, str]]:
            folder = manual_folder()
            return folder, {name: page_text(folder, name) for name in PAGES}

        self._queue.run_task(read, lambda found: self._open(*found), self._report)

    def _open(self, folder: Path, pages: dict[str, str]) -> None:
        self._manual = Manual(folder, pages, self._dialog_parent)
        self._show(self._manual)

    def _show(self, manual: Manual) -> None:
        manual.show()
        manual.raise_()
        manual.activateWindow()


class Manual(QDialog):
    """List of pages, and the page on show."""

    def __init__(self, folder: Path, pages: dict[str, str], parent: QWidget) -> None:
        """`pages` are texts as Markdown by name; their images are in `folder`."""
        super().__init__(parent)
        self._pages = pages
        self.setWindowTitle(self.tr("Manual"))
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.resize(*SIZE)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Pages of the manual"))
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setSpacing(3)
        for name, text in pages.items():
            item = QListWidgetItem(page_title(text) or name, self.list)
            item.setData(Qt.ItemDataRole.UserRole, name)
        self.text = QTextBrowser(self)
        self.text.setAccessibleName(self.tr("Page of the manual"))
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.setOpenLinks(False)
        self.text.document().setDocumentMargin(MARGIN)
        self.text.document().setBaseUrl(QUrl.fromLocalFile(f"{folder}/"))
        both = QSplitter(self)
        both.addWidget(self.list)
        both.addWidget(self.text)
        both.setStretchFactor(1, 1)
        both.setSizes([220, SIZE[0] - 220])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(both)
        self.list.currentItemChanged.connect(lambda item, _: self._show_page(item))
        self.text.anchorClicked.connect(self.follow)
        self.list.setCurrentRow(0)
        self.text.setFocus()

    @property
    def page(self) -> str:
        """Name of the page on show."""
        return str(self.list.currentItem().data(Qt.ItemDataRole.UserRole))

    def follow(self, url: QUrl) -> None:
        """Go to a page or a heading; other addresses are opened by the system's browser."""
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
            return
        name = Path(url.path()).name.removesuffix(".md")
        if name in self._pages and name != self.page:
            self.list.setCurrentRow(list(self._pages).index(name))
        elif name and name not in self._pages:
            return  # of the site alone
        self._scroll_to(url.fragment())

    def _show_page(self, item: QListWidgetItem) -> None:
        text = self._pages[item.data(Qt.ItemDataRole.UserRole)]
        self.text.document().setMarkdown(text, QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        self._fit_images()
        self.text.moveCursor(QTextCursor.MoveOperation.Start)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the images to the page."""
        super().resizeEvent(event)
        self._fit_images()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit the images to the page, whose width is known now."""
        super().showEvent(event)
        self._fit_images()

    def _fit_images(self) -> None:
        """Show images, which are screens, in the page's width."""
        width = self.text.viewport().width() - 2 * MARGIN
        for cursor, form in list(_images(self.text.document())):
            form.setWidth(width)
            cursor.mergeCharFormat(form)

    def _scroll_to(self, fragment: str) -> None:
        document = self.text.document()
        block = document.begin()
        while block.isValid() and fragment:
            if block.blockFormat().headingLevel() and anchor(block.text()) == fragment:
                place = document.documentLayout().blockBoundingRect(block).top()
                self.text.verticalScrollBar().setValue(round(place))
                return
            block = block.next()


def _images(document: QTextDocument) -> Iterator[tuple[QTextCursor, QTextImageFormat]]:
    block = document.begin()
    while block.isValid():
        for part in block:  # type: ignore[attr-defined]  # PySide's stubs know no iteration
            fragment = part.fragment()
            if fragment.charFormat().isImageFormat():
                cursor = QTextCursor(document)
                cursor.setPosition(fragment.position())
                cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
                yield cursor, fragment.charFormat().toImageFormat()
        block = block.next()
