"""Helpers for placing views in the window: columns, tab order, context menus."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

SIDE_SHARE = 0.17
"""Of the window's width, at first, for the thumbnails and for the classes; the panels get the rest."""

MIN_SIDES, MAX_SIDE = (258, 250), 400
"""Bounds of that share, in device-independent pixels: two columns of thumbnails; a class name and its bar."""

SCREEN_SHARE = 0.85
"""Of the screen, for a new window."""


def column_widths(width: int) -> list[int]:
    """Return the widths of thumbnails, panels and classes in a window of this width."""
    left, right = (round(min(max(width * SIDE_SHARE, least), MAX_SIDE)) for least in MIN_SIDES)
    return [left, width - left - right, right]


def column(parent: QWidget, views: Sequence[QWidget], stretched: Sequence[QWidget]) -> QWidget:
    """Return views one below the other; those `stretched` share the free height."""
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
    """Return a splitter of these sizes; widget number `stretched` takes free space."""
    made = QSplitter(orientation, parent)
    made.setChildrenCollapsible(False)
    for widget in widgets:
        made.addWidget(widget)
    made.setStretchFactor(stretched, 1)
    made.setSizes(list(sizes))
    return made


def set_tab_order(stops: Sequence[QWidget]) -> None:
    """Have Tab visit these controls one after the other."""
    for stop, following in pairwise(stops):
        QWidget.setTabOrder(stop, following)


def set_context_menu(view: QWidget, actions: Sequence[QAction]) -> None:
    """Offer these actions on a right click."""
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    view.addActions(actions)
