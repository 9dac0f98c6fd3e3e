"""Everything in the window has a name for a screen reader, and can be reached and used by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLineEdit,
    QListView,
    QProgressBar,
    QScrollBar,
    QSlider,
    QTabBar,
    QTableView,
    QTextBrowser,
    QToolBar,
    QToolButton,
    QWidget,
)

from desktop.analysis.faithfulness_view import MapTestChart
from desktop.viewer.panels_view import PanelsView

CONTROLS = (
    QAbstractButton,
    QListView,
    QTableView,
    QTextBrowser,
    QComboBox,
    QLineEdit,
    QProgressBar,
    QSlider,
    QTabBar,
    PanelsView,
    MapTestChart,
)


@pytest.fixture
def window(open_window, colours, images, make_pair, wait_until):
    """Everything that can be in the window at once is shown."""
    window = open_window(images, model=colours)
    window.resize(1600, 1100)
    window.second_model.open(make_pair("beside"))
    window.commands.confusion.setChecked(True)
    wait_until(lambda: not window.busy)
    window.message_bar.offer("Something happened", "Look", lambda: None)
    window.output.progress.show_progress(1, 2)
    window.gallery_panel.progress.show_progress(1, 2)
    window.adopt_form.show()
    return window


def controls(window) -> list[QWidget]:
    """What a user can look at or act on, without the parts that Qt makes controls of."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, CONTROLS) and not is_part(widget)
    ]


def is_part(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    if widget.objectName().startswith("qt_") or isinstance(widget, QScrollBar):
        return True
    while parent is not None:
        if isinstance(parent, QComboBox | QLineEdit | QTabBar):
            return True
        if isinstance(parent, QAbstractScrollArea) and parent.viewport() is not widget:
            return isinstance(widget, QAbstractButton)  # the corner of a table
        parent = parent.parentWidget()
    return False


def name_of(widget: QWidget) -> str:
    if isinstance(widget, QComboBox):  # on Linux Qt gives a screen reader its value as the name
        return widget.accessibleName()
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def test_every_control_has_an_accessible_name(window):
    found = controls(window)
    assert len(found) > 40
    nameless = [
        f"{type(widget).__name__} in {widget.parent()}" for widget in found if not name_of(widget).strip()
    ]
    assert nameless == []


def test_every_list_to_choose_from_tells_a_screen_reader_on_linux_what_it_is(window):
    """There the name of a combo box is its value; what it is for is its description or its label."""
    for box in window.findChildren(QComboBox):
        interface = QAccessible.queryAccessibleInterface(box)
        labelled = interface.relations(QAccessible.RelationFlag.Label)
        assert labelled or interface.text(QAccessible.Text.Description), box.accessibleName()


def test_names_tell_controls_apart(window):
    """Two controls of one kind that can be seen at once, and sound the same, could not be told apart."""
    seen: dict[tuple[str, str], QWidget] = {}
    for widget in controls(window):
        if widget.isVisible() and not isinstance(widget, QToolButton):
            key = (type(widget).__name__, name_of(widget))
            assert key not in seen, f"two of {key}"
            seen[key] = widget


def reached_by_tab(window, application) -> set[QWidget]:
    window.gallery_panel.filter_bar.filter.setFocus()
    visited: set[QWidget] = set()
    for _ in range(120):
        widget = application.focusWidget()
        if widget in visited:
            break
        visited.add(widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    return visited


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Backtab])
def test_tab_goes_round_and_visits_everything_once(window, application, key):
    """No part of the chain is a trap: the round ends where it began."""
    start = window.gallery_panel.view
    start.setFocus()
    visited = []
    for _ in range(120):
        visited.append(application.focusWidget())
        QTest.keyClick(visited[-1], key)
        if application.focusWidget() is start:
            break
    assert application.focusWidget() is start
    assert len(visited) == len(set(visited))
    assert {window.panels, window.class_panel.view, window.tool_bar.opacity, *window.tool_bar.buttons} <= {
        *visited
    } | {button for button in window.tool_bar.buttons if not button.isVisible() or not button.isEnabled()}


def test_a_screen_reader_hears_the_values_of_the_status_bar(window):
    status = window.status
    assert name_of(status.picture_size) == "Image size: 60 × 40"
    assert name_of(status.folder_class) == "Class folder: class folder: red (right)"
    assert name_of(status.position) == "Position: 1 of 5"
    assert name_of(window.class_panel.question_bar.words) == "Why red?"


def test_every_control_is_reached_by_tab_or_by_its_key(window, application):
    visited = reached_by_tab(window, application)
    unreached = []
    for widget in controls(window):
        focusable = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        if not (
            widget.isVisible() and widget.isEnabled() and (focusable or isinstance(widget, QAbstractButton))
        ):
            continue
        action = widget.defaultAction() if isinstance(widget, QToolButton) else None
        has_key = action is not None and not action.shortcut().isEmpty()
        in_group = isinstance(widget, QAbstractButton) and widget.group() is not None  # arrows go through it
        if widget not in visited and not has_key and not in_group:
            unreached.append(f"{type(widget).__name__} {name_of(widget)!r}")
    assert unreached == []


def test_every_action_has_a_key_and_no_key_means_two_things(window):
    keys = [action.shortcut().toString() for action in window.actions()]
    assert all(keys)
    assert len(set(keys)) == len(keys)
    in_bar = [action for action in window.findChild(QToolBar).actions() if action.text()]
    assert all(not action.shortcut().isEmpty() for action in in_bar)


def test_tab_and_back_go_the_same_way(window, application):
    window.gallery_panel.filter_bar.filter.setFocus()
    there = [application.focusWidget()]
    for _ in range(12):
        QTest.keyClick(application.focusWidget(), Qt.Key.Key_Tab)
        there.append(application.focusWidget())
    back = [application.focusWidget()]
    for _ in range(12):
        QTest.keyClick(application.focusWidget(), Qt.Key.Key_Backtab)
        back.append(application.focusWidget())
    assert back == there[::-1]
