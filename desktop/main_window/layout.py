"""Helpers for the layout of the window: columns, tab order, context menus."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

SIDE_SHARE = 0.17
"""Initial width of thumbnails and of classes, as a fraction of the window."""

MIN_SIDES, MAX_SIDE = (258, 250), 400
"""Bounds of these widths in device-independent pixels (two columns of thumbnails; a class name and bar)."""

SCREEN_SHARE = 0.94
"""Size of a new window, as a fraction of the screen."""


def column_widths(width: int) -> list[int]:
    """Return the widths of thumbnails, panels and classes for a window width."""
    left, right = (round(min(max(width * SIDE_SHARE, least), MAX_SIDE)) for least in MIN_SIDES)
    return [left, width - left - right, right]


def column(parent: QWidget, views: Sequence[QWidget], stretched: Sequence[QWidget]) -> QWidget:
    """Stack views vertically; those `stretched` share the free height."""
    widget = QWidget(parent)
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for view in views:
        layout.addWidget(view, 1 if view in stretched else 0)
    return widget


def splitter(
    orientation: Qt.Orientation, parent: QWidget, *widgets: QWidget, stretched: int, sizes: Sequence[int]
) -> QSplitter:
    """Create a splitter with the given sizes; widget `stretched` takes free space."""
    made = QSplitter(orientation, parent)
    made.setChildrenCollapsible(False)
    for widget in widgets:
        made.addWidget(widget)
    made.setStretchFactor(stretched, 1)
    made.setSizes(list(sizes))
    return made


def set_tab_order(stops: Sequence[QWidget]) -> None:
    """Set the tab order of controls."""
    for stop, following in pairwise(stops):
        QWidget.setTabOrder(stop, following)


def set_context_menu(view: QWidget, actions: Sequence[QAction]) -> None:
    """Show these actions in the context menu of a view."""
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    view.addActions(actions)
