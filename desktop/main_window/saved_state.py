"""Saving the window's state and restoring it in the next session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..settings import SavedSession

if TYPE_CHECKING:
    from .window import MainWindow


def restore(window: MainWindow) -> None:
    """Give a new window the size, the columns and the look of the last session."""
    settings = window.settings
    window.restoreGeometry(settings.state("geometry"))
    window.columns.restoreState(settings.state("columns"))
    window.session.look = settings.look
    window.session.method = settings.method or window.session.method
    window.tool_bar.set_look(settings.look)
    window.commands.recursive.setChecked(settings.recursive)


def remember(window: MainWindow) -> None:
    """Save what the next session starts with."""
    settings, model = window.settings, window.session.opened_model
    settings.save_state("geometry", window.saveGeometry())
    settings.save_state("columns", window.columns.saveState())
    settings.save_look(window.session.look)
    settings.save_method(window.session.method)
    search = window.gallery.search
    settings.save_recursive(search.recursive)
    second = window.second_model.session.opened_model
    roots = window.files.pasted.lasting(search.roots)
    before = settings.session
    settings.save_session(
        SavedSession(
            # Of images that were pasted, nothing will be left: the next session begins where this one did.
            paths=roots or (before.paths if search.roots else ()),
            image=window.session.image_path if roots or not search.roots else before.image,
            model=None if model is None or model.is_bundled else model.explainer.model_path,
            layer=None if model is None else model.layer,
            second_model=None if second is None else second.explainer.model_path,
        )
    )
    settings.sync()
