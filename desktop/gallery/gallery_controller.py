"""Going through the images by keys, and what happens to open images whose files change on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from .image_list import Prediction
from .image_table import UNKNOWN

if TYPE_CHECKING:
    from ..main_window.operable import OperableWindow


STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageDown: 1,
    Qt.Key.Key_Space: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageUp: -1,
    Qt.Key.Key_Backspace: -1,
}
"""How far a key goes through the pictures, where no view has another use for it."""


def browse(window: OperableWindow, key: int) -> bool:
    """Go to another picture by a key that no view had a use for; return whether it is one of these."""
    view = window.picture_panel.view
    known = Qt.Key(key)
    if known in STEPS:
        view.step(STEPS[known])
    elif known == Qt.Key.Key_Home:
        view.step(-window.picture_panel.pictures.rowCount())
    elif known == Qt.Key.Key_End:
        view.step(window.picture_panel.pictures.rowCount())
    else:
        return False
    return True


def remove_deleted(window: OperableWindow, paths: Sequence[Path]) -> None:
    """Drop pictures that have vanished from the disk."""
    window.picture_panel.loader.discard(paths)
    window.picture_panel.remove(paths)
    if window.picture_panel.pictures.total == 0:
        window.session.forget_picture()
        window.presenter.finish_search()


def reload_changed(window: OperableWindow, paths: Sequence[Path]) -> None:
    """Read and predict pictures anew whose files have been replaced; what was said of them is void."""
    window.picture_panel.loader.discard(paths)
    for path in paths:
        window.predictor.forget(path)
    window.picture_panel.pictures.predict([Prediction(path, UNKNOWN, 0.0) for path in paths])
    window.predictor.add(paths)
    window.picture_panel.view.viewport().update()
    current = window.session.picture_path
    if current is not None and current in paths:
        window.session.open_picture(current)
