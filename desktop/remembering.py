"""The window's state from one session to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.window import MainWindow


def restore(window: MainWindow) -> None:
    """Give a new window the size, the columns and the look of the last session's."""
    settings = window.settings
    window.restoreGeometry(settings.state("geometry"))
    window.columns.restoreState(settings.state("columns"))
    window.session.look = settings.look
    window.session.method = settings.method or window.session.method
    window.tool_bar.set_look(settings.look)
    window.commands.recursive.setChecked(settings.recursive)


def remember(window: MainWindow) -> None:
    """Keep what the next session begins with."""
    settings, model = window.settings, window.session.opened_model
    settings.save_state("geometry", window.saveGeometry())
    settings.save_state("columns", window.columns.saveState())
    settings.save_look(window.session.look)
    settings.save_method(window.session.method)
    settings.save_recursive(window.search.recursive)
    path = None if model is None or model.is_bundled else model.explainer.model_path
    settings.save_session(window.search.roots, window.session.picture_path, path)
    settings.sync()
