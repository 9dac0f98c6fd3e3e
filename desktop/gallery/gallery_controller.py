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
"""How far a key goes through the images, where no view has another use for it."""


def browse(window: OperableWindow, key: int) -> bool:
    """Go to another image by a key that no view had a use for; return whether it is one of these."""
    view = window.image_panel.view
    known = Qt.Key(key)
    if known in STEPS:
        view.step(STEPS[known])
    elif known == Qt.Key.Key_Home:
        view.step(-window.image_panel.images.rowCount())
    elif known == Qt.Key.Key_End:
        view.step(window.image_panel.images.rowCount())
    else:
        return False
    return True


def remove_deleted(window: OperableWindow, paths: Sequence[Path]) -> None:
    """Drop images that have vanished from the disk."""
    window.image_panel.loader.discard(paths)
    window.image_panel.remove(paths)
    if window.image_panel.images.total == 0:
        window.session.forget_image()
        window.presenter.finish_search()


def reload_changed(window: OperableWindow, paths: Sequence[Path]) -> None:
    """Read and predict images anew whose files have been replaced; what was said of them is void."""
    window.image_panel.loader.discard(paths)
    for path in paths:
        window.predictor.forget(path)
    window.image_panel.images.predict([Prediction(path, UNKNOWN, 0.0) for path in paths])
    window.predictor.add(paths)
    window.image_panel.view.viewport().update()
    current = window.session.image_path
    if current is not None and current in paths:
        window.session.open_image(current)
