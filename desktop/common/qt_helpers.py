"""Shared Qt types and helpers: model indices, file URLs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QUrl

Index = QModelIndex | QPersistentModelIndex
"""Type of indices in calls from Qt."""


def to_file_urls(paths: Sequence[Path]) -> QMimeData:
    """Return files as MIME data for clipboard and drag, as URLs and as text."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    mime.setText("\n".join(map(str, paths)))
    return mime
