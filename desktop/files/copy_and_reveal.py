"""Copy image files to the clipboard and show them in the file manager."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from ..common.qt_helpers import to_file_urls


def copy_files(paths: Sequence[Path]) -> None:
    """Put files on the clipboard."""
    QGuiApplication.clipboard().setMimeData(to_file_urls(paths))


def show_in_folder(path: Path) -> None:
    """Show the folder of a file in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
