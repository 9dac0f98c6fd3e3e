"""The wheel zooms, or goes to the next image if that is chosen."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent


def turn(application, panels, turned, modifiers=Qt.KeyboardModifier.NoModifier):
    place = QPointF(panels.rect().center()) / 2
    event = QWheelEvent(
        place,
        QPointF(panels.mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    application.sendEvent(panels, event)


def test_the_wheel_goes_through_the_images_if_that_is_chosen(
    open_window, colours, images, application, wait_until
):
    window = open_window(images, model=colours)
    before, row = window.panels.zoom.scale, lambda: window.gallery_panel.view.currentIndex().row()
    turn(application, window.panels, 120)
    assert window.panels.zoom.scale > before
    assert row() == 0
    window.panels.fit()
    window.commands.wheel_browses.trigger()
    turn(application, window.panels, -120)
    assert row() == 1
    turn(application, window.panels, -60)
    assert row() == 1, "half a notch, as touch pads turn"
    turn(application, window.panels, -60)
    assert row() == 2
    turn(application, window.panels, 240)
    assert row() == 0
    wait_until(lambda: not window.busy)
    fitted = window.panels.zoom.scale
    turn(application, window.panels, 120, Qt.KeyboardModifier.ControlModifier)
    assert window.panels.zoom.scale > fitted, "with Ctrl it still zooms"
    assert row() == 0
    window.close()
    again = open_window(images, model=colours)
    assert again.panels.wheel_browses
