"""Keys that come quicker than answers: in the end, whatever is on show speaks of the same image."""

from __future__ import annotations

import random
import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.classes.class_list import CLASS_ROLE, PROBABILITY_ROLE
from desktop.gallery.image_list import BADGE_ROLE
from desktop.session import rendering
from desktop.session.session import PATIENCE_MS

KEYS = 150
ANSWERS = {"a.png": "red", "mistake.png": "green", "b.png": "green", "c.png": "blue", "halves.png": "red"}


def assert_all_agree(window) -> None:
    """Panels, class list, question, status bar, title and tiles speak of the current image."""
    panel, session = window.gallery_panel, window.session
    path = panel.current
    row = panel.view.currentIndex().row()
    answer = ANSWERS[path.name]
    assert panel.images.path_at(row) == session.image_path == session.image.path == path
    assert window.panels.drawing is not None
    assert window.panels.drawing.image.path == path
    assert window.status.path.toolTip() == str(path)
    assert window.status.position.text() == f"{row + 1} of {len(ANSWERS)}"
    assert path.name in window.windowTitle()
    likeliest = window.class_panel.classes.index(0, 0)
    assert likeliest.data() == answer
    expected = float(session.explanation.probabilities[likeliest.data(CLASS_ROLE)])
    assert likeliest.data(PROBABILITY_ROLE) == expected
    asked = session.classes[session.question.class_index]
    assert window.class_panel.view.currentIndex().data() == asked
    assert window.class_panel.question_bar.words.text() == f"Why {asked}?"
    assert window.panels.drawing.question == session.question
    assert window.commands.copy.isEnabled()
    badges = {
        panel.images.path_at(row).name: panel.images.index(row, 0).data(BADGE_ROLE).text
        for row in range(panel.images.rowCount())
    }
    assert badges == ANSWERS


@pytest.mark.parametrize("seed", [1, 2])
def test_all_views_agree_after_many_quick_keys(open_window, colours, images, wait_until, seed):
    window = open_window(images, model=colours)
    chance = random.Random(seed)
    for _ in range(KEYS):
        QTest.keyClick(window.panels, chance.choice((Qt.Key.Key_Left, Qt.Key.Key_Right)))
        if chance.random() < 0.2:
            QTest.keyClick(window.class_panel.view, chance.choice((Qt.Key.Key_Down, Qt.Key.Key_Up)))
        QTest.qWait(chance.choice((0, 0, 1, 5, 20)))
        if chance.random() < 0.03:
            wait_until(lambda: not window.busy)
            assert_all_agree(window)
    wait_until(lambda: not window.busy)
    assert_all_agree(window)


def test_a_drawing_that_takes_long_leaves_the_classes_of_its_image(
    open_window, colours, images, wait_until, monkeypatch
):
    """The image is shown unexplained meanwhile; its classes are known by then and stay."""
    window = open_window(images, model=colours)
    draw = rendering.draw

    def draw_slowly(*arguments):
        time.sleep(3 * PATIENCE_MS / 1000)
        return draw(*arguments)

    monkeypatch.setattr(rendering, "draw", draw_slowly)
    QTest.keyClick(window.panels, Qt.Key.Key_Right)
    wait_until(lambda: window.panels.drawing is None, "the image to be shown unexplained")
    assert window.class_panel.classes.index(0, 0).data() == "green"
    wait_until(lambda: not window.busy)
    assert_all_agree(window)
