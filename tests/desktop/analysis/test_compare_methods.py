"""All methods beside each other: their maps are those of the library, and a click takes one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.analysis import compare_methods
from desktop.analysis.compare_methods import compare
from desktop.session.explaining import is_slow
from whylight.methods import METHODS


def opened(open_window, colours, images, wait_until):
    """A window whose model is `colours`, with the image that is half red, half blue."""
    window = open_window(images / "mixed" / "halves.png", model=colours)
    QTest.keyClick(window, Qt.Key.Key_V)
    wait_until(lambda: window.compare_view.isVisible())
    return window


def test_every_method_has_a_tile_with_its_map(open_window, colours, images, wait_until):
    window = opened(open_window, colours, images, wait_until)
    view, session = window.compare_view, window.session
    assert list(view.tiles) == list(session.opened_model.explainer.methods)
    assert not window.panels.isVisible()
    wait_until(lambda: not window.busy)
    assert all(not tile.icon().isNull() for tile in view.tiles.values())
    assert view.tiles["grad-cam"].isChecked()
    assert view.tiles["grad-cam"].accessibleName() == "Grad-CAM (recommended)"
    assert view.tiles["eigencam"].accessibleDescription() == "the same for every class"
    assert view.tiles["occlusion"].accessibleName() == "Occlusion (slow)"
    assert not view.stop.isEnabled()


def test_maps_are_those_of_the_library(open_window, colours, images, wait_until):
    """Nothing of the window's is between: `Explainer.explain` gives the same maps."""
    window = open_window(images / "mixed" / "halves.png", model=colours)
    session = window.session
    explainer, sketch = session.opened_model.explainer, session.sketch()
    found = {each.method: each for each in compare(sketch, explainer.methods)}
    for method, last in found.items():
        expected = explainer.explain(session.image.pixels, top=1, method=method)
        assert last.done == last.total
        from desktop.session import rendering

        own = rendering.draw(
            rendering.RenderRequest(
                session.image, sketch.question, expected, explainer, session.look, session.scales
            ),
            compare_methods.EDGE,
        )
        np.testing.assert_allclose(last.drawing.evidence, own.evidence, atol=1e-5)


def test_slow_methods_come_last_and_tell_their_progress(open_window, colours, images):
    window = open_window(images / "mixed" / "halves.png", model=colours)
    explainer = window.session.opened_model.explainer
    steps = list(compare(window.session.sketch(), explainer.methods))
    order = list(dict.fromkeys(step.method for step in steps))
    assert [is_slow(method) for method in order] == sorted(is_slow(method) for method in order)
    occlusion = [step.done for step in steps if step.method == "occlusion"]
    assert occlusion == sorted(occlusion)
    assert len(occlusion) > 3
    assert occlusion[-1] == 14 * 14


def test_a_click_takes_a_method(open_window, colours, images, wait_until):
    window = opened(open_window, colours, images, wait_until)
    wait_until(lambda: not window.busy)
    QTest.mouseClick(window.compare_view.tiles["layercam"], Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.busy)
    assert window.session.explanation.method == "layercam"
    assert window.panels.isVisible()
    assert not window.compare_view.isVisible()
    assert window.tool_bar.method.currentData() == "layercam"


def test_stop_ends_the_slow_ones(open_window, colours, images, wait_until, monkeypatch):
    """RISE is made to wait for ever; stopped, its tile says so, and the others keep their maps."""
    endless = METHODS["occlusion"]

    def for_ever(*arguments):
        for estimate in endless(*arguments):
            while True:
                yield estimate

    object.__setattr__(METHODS["rise"], "function", for_ever)
    METHODS["rise"].__dict__.pop("implementation", None)
    try:
        window = opened(open_window, colours, images, wait_until)
        view = window.compare_view
        wait_until(lambda: view.tiles["rise"].accessibleDescription() == "8 of 196")
        QTest.mouseClick(view.stop, Qt.MouseButton.LeftButton)
        wait_until(lambda: not window.busy)
        assert not view.tiles["grad-cam"].icon().isNull()
        QTest.keyClick(window, Qt.Key.Key_Escape)
        assert window.panels.isVisible()
    finally:
        object.__setattr__(METHODS["rise"], "function", "whylight.perturbation.rise:rise")
        METHODS["rise"].__dict__.pop("implementation", None)


def test_the_next_image_is_compared_too(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    QTest.keyClick(window, Qt.Key.Key_V)
    wait_until(lambda: not window.busy)
    before = window.compare_view.tiles["grad-cam"].icon().cacheKey()
    window.gallery_panel.view.step(2)
    wait_until(lambda: not window.busy)
    after = window.compare_view.tiles["grad-cam"]
    assert window.compare_view.isVisible()
    assert not after.icon().isNull()
    assert after.icon().cacheKey() != before
