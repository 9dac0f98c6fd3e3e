"""Where the window's parts lie, and in which order Tab visits them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from .parts import WindowParts

SIDE_SHARE = 0.17
"""Of the window's width, at first, for the thumbnails and for the classes; the panels get the rest."""

MIN_SIDES, MAX_SIDE = (258, 250), 400
"""Bounds of that share, in device-independent pixels: two columns of thumbnails; a class name and its bar."""

SCREEN_SHARE = 0.85
"""Of the screen, for a new window."""


def build_layout(window: WindowParts) -> tuple[QSplitter, QSplitter]:
    """Put the window's views into their places; return what divides its width, and the right side of that."""
    window.resize(window.screen().availableGeometry().size() * SCREEN_SHARE)
    panels = QWidget(window)
    panels_layout = QVBoxLayout(panels)
    panels_layout.setContentsMargins(0, 0, 0, 0)
    panels_layout.setSpacing(0)
    panels_layout.addWidget(window.message_bar)
    panels_layout.addWidget(window.report_progress)
    panels_layout.addWidget(window.adopt_panel)
    panels_layout.addWidget(window.panels, 1)
    panels_layout.addWidget(window.second_panels, 1)
    centre = _splitter(Qt.Orientation.Vertical, window, panels, window.confusion)
    centre.setStretchFactor(0, 1)
    centre.setSizes([500, 320])
    right = _splitter(Qt.Orientation.Vertical, window, window.class_panel, window.about)
    right.setStretchFactor(0, 1)
    right.setSizes([400, 250])
    whole = _splitter(Qt.Orientation.Horizontal, window, window.image_panel, centre, right)
    whole.setStretchFactor(1, 1)
    whole.setSizes(column_widths(window.width()))
    window.addToolBar(window.tool_bar)
    window.setCentralWidget(whole)
    window.setStatusBar(window.status)
    for stop, following in pairwise(tab_stops(window)):
        window.setTabOrder(stop, following)
    window.image_panel.view.setFocus()
    return whole, right


def column_widths(width: int) -> list[int]:
    """Return the widths of thumbnails, panels and classes in a window of this width."""
    left, right = (round(min(max(width * SIDE_SHARE, least), MAX_SIDE)) for least in MIN_SIDES)
    return [left, width - left - right, right]


def tab_stops(window: WindowParts) -> list[QWidget]:
    """Return what Tab visits, from left to right and from top to bottom, the toolbar last."""
    sieve, asking, tools = window.image_panel.sieve, window.class_panel.question_bar, window.tool_bar
    return [
        sieve.filter,
        sieve.predicted,
        sieve.order,
        sieve.table,
        sieve.mistakes,
        window.image_panel.view,
        window.adopt_panel.preset,
        window.adopt_panel.layer,
        window.adopt_panel.labels,
        window.adopt_panel.cancel,
        window.adopt_panel.open,
        window.panels,
        window.second_panels,
        window.confusion.view,
        window.class_panel.search,
        window.class_panel.view,
        *asking.kinds.values(),
        asking.other,
        window.about.tabBar(),
        window.card_view,
        window.truth_view.button,
        tools.method,
        tools.layer,
        tools.scale,
        tools.colour_map,
        tools.opacity,
    ]


def _splitter(orientation: Qt.Orientation, parent: QWidget, *widgets: QWidget) -> QSplitter:
    splitter = QSplitter(orientation, parent)
    splitter.setChildrenCollapsible(False)
    for widget in widgets:
        splitter.addWidget(widget)
    return splitter
