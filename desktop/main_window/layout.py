"""Placement of the views in the window, their tab order and context menus."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from .window import MainWindow

SIDE_SHARE = 0.17
"""Of the window's width, at first, for the thumbnails and for the classes; the panels get the rest."""

MIN_SIDES, MAX_SIDE = (258, 250), 400
"""Bounds of that share, in device-independent pixels: two columns of thumbnails; a class name and its bar."""

SCREEN_SHARE = 0.85
"""Of the screen, for a new window."""


def build_layout(window: MainWindow) -> tuple[QSplitter, QSplitter]:
    """Place the views; return the splitter of the columns, and its right column."""
    window.resize(window.screen().availableGeometry().size() * SCREEN_SHARE)
    panels = QWidget(window)
    panels_layout = QVBoxLayout(panels)
    panels_layout.setContentsMargins(0, 0, 0, 0)
    panels_layout.setSpacing(0)
    panels_layout.addWidget(window.message_bar)
    panels_layout.addWidget(window.output.progress)
    panels_layout.addWidget(window.adopt_form)
    panels_layout.addWidget(window.panels, 1)
    panels_layout.addWidget(window.second_panels, 1)
    centre = _splitter(Qt.Orientation.Vertical, window, panels, window.confusion)
    centre.setStretchFactor(0, 1)
    centre.setSizes([500, 320])
    right = _splitter(Qt.Orientation.Vertical, window, window.class_panel, window.info_tabs)
    right.setStretchFactor(0, 1)
    right.setSizes([400, 250])
    whole = _splitter(Qt.Orientation.Horizontal, window, window.gallery_panel, centre, right)
    whole.setStretchFactor(1, 1)
    whole.setSizes(column_widths(window.width()))
    window.addToolBar(window.tool_bar)
    window.setCentralWidget(whole)
    window.setStatusBar(window.status)
    for stop, following in pairwise(tab_stops(window)):
        window.setTabOrder(stop, following)
    window.gallery_panel.view.setFocus()
    return whole, right


def column_widths(width: int) -> list[int]:
    """Return the widths of thumbnails, panels and classes in a window of this width."""
    left, right = (round(min(max(width * SIDE_SHARE, least), MAX_SIDE)) for least in MIN_SIDES)
    return [left, width - left - right, right]


def tab_stops(window: MainWindow) -> list[QWidget]:
    """Return the controls in tab order: left to right, top to bottom, then toolbar."""
    filter_bar, tools = window.gallery_panel.filter_bar, window.tool_bar
    return [
        filter_bar.filter,
        filter_bar.predicted,
        filter_bar.order,
        filter_bar.table,
        filter_bar.mistakes,
        window.gallery_panel.view,
        window.adopt_form.preset,
        window.adopt_form.layer,
        window.adopt_form.labels,
        window.adopt_form.cancel,
        window.adopt_form.open,
        window.panels,
        window.second_panels,
        window.confusion.view,
        window.class_panel.search,
        window.class_panel.view,
        *window.class_panel.question_bar.kinds.values(),
        window.class_panel.question_bar.other,
        window.info_tabs.tabBar(),
        window.card_view,
        window.faithfulness_view.button,
        tools.method,
        tools.layer,
        tools.scale,
        tools.colour_map,
        tools.opacity,
    ]


def add_context_menus(window: MainWindow) -> None:
    """Give thumbnails and panels a context menu each."""
    commands = window.commands
    files = (commands.copy_files, commands.show_in_folder)
    of_thumbnails = (*files, commands.report, commands.paste)
    of_panels = (
        commands.copy,
        commands.save,
        *files,
        commands.fit,
        commands.actual_size,
        commands.full_screen,
    )
    for view, actions in ((window.gallery_panel.view, of_thumbnails), (window.panels, of_panels)):
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        view.addActions(actions)


def _splitter(orientation: Qt.Orientation, parent: QWidget, *widgets: QWidget) -> QSplitter:
    splitter = QSplitter(orientation, parent)
    splitter.setChildrenCollapsible(False)
    for widget in widgets:
        splitter.addWidget(widget)
    return splitter
