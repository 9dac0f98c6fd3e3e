"""Image files on their way out of the window: copied, shown in their folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from ..common.qt_helpers import to_file_urls

if TYPE_CHECKING:
    from ..main_window.parts import WindowParts


def copy_files(window: WindowParts) -> None:
    """Copy the files of the selected images; where a filter has left them out, that of the one on show."""
    current = window.session.image_path
    paths = window.image_panel.view.selected_paths() or ([] if current is None else [current])
    if paths:
        QGuiApplication.clipboard().setMimeData(to_file_urls(paths))


def show_in_folder(window: WindowParts) -> None:
    """Show the folder of the image in the system's file manager."""
    path = window.session.image_path
    if path is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
