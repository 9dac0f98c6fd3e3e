"""What the window does about pictures that change on disk while they are open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .image_list import Prediction
from .image_table import UNKNOWN

if TYPE_CHECKING:
    from ..main_window.operable import OperableWindow


def drop_pictures(window: OperableWindow, paths: Sequence[Path]) -> None:
    """Drop pictures that have vanished from the disk."""
    window.picture_panel.loader.forget(paths)
    window.picture_panel.remove(paths)
    if window.picture_panel.pictures.total == 0:
        window.session.forget_picture()
        window.presenter.finish_search()


def renew_pictures(window: OperableWindow, paths: Sequence[Path]) -> None:
    """Read and predict pictures anew whose files have been replaced; what was said of them is void."""
    window.picture_panel.loader.forget(paths)
    for path in paths:
        window.predictor.forget(path)
    window.picture_panel.pictures.predict([Prediction(path, UNKNOWN, 0.0) for path in paths])
    window.predictor.add(paths)
    window.picture_panel.view.viewport().update()
    current = window.session.picture_path
    if current is not None and current in paths:
        window.session.open_picture(current)
