"""Values of Qt that several parts pass on: places in a list, files on their way out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QUrl

Index = QModelIndex | QPersistentModelIndex
"""What Qt calls an index when it calls a model or a view."""


def to_file_urls(paths: Sequence[Path]) -> QMimeData:
    """Files as a clipboard or a drag carries them: for file managers as files, for editors as paths."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    mime.setText("\n".join(map(str, paths)))
    return mime
