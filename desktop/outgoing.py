"""Picture files on their way out of the window: copied, dragged, shown in their folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

if TYPE_CHECKING:
    from desktop.window import MainWindow


def as_files(paths: Sequence[Path]) -> QMimeData:
    """Files as a clipboard or a drag carries them: for file managers as files, for editors as paths."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    mime.setText("\n".join(map(str, paths)))
    return mime


def copy_files(window: MainWindow) -> None:
    """Copy the files of the selected pictures; where a filter has left them out, that of the one on show."""
    current = window.session.picture_path
    paths = window.picture_panel.view.selected_paths() or ([] if current is None else [current])
    if paths:
        QGuiApplication.clipboard().setMimeData(as_files(paths))


def show_in_folder(window: MainWindow) -> None:
    """Show the folder of the picture in the system's file manager."""
    path = window.session.picture_path
    if path is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
