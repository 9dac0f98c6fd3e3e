"""Methods without gradients in the window: growing maps, progress, and an end by hand."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.session.color_scale import Scale


def use(window, method):
    box = window.tool_bar.method
    box.setCurrentIndex(box.findData(method))


def test_occlusion_grows_to_the_librarys_map(open_window, colours, images, wait_until):
    window = open_window(images / "mixed" / "halves.png", model=colours)
    session, grown = window.session, []
    bar = window.answer_bar.progress
    session.growing.connect(lambda done, total: grown.append((done, total, bar.isVisible())))
    use(window, "occlusion")
    wait_until(lambda: not window.busy)
    expected = session.opened_model.explainer.explain(session.image.pixels, top=1, method="occlusion")
    np.testing.assert_allclose(session.explanation.maps, expected.maps, atol=1e-5)
    assert [step[:2] for step in grown if step[1]][-1][1] == 196
    assert grown[-1][:2] == (0, 0)
    assert any(visible for _, total, visible in grown if total)
    assert not bar.isVisible()
    assert window.panels.drawing.scale is Scale.ITSELF, "other classes would take as many passes"
    assert window.answer_bar.text.startswith("red, ")


def test_questions_and_methods_change_as_ever(open_window, colours, images, wait_until):
    """Against by occlusion is the counter-class's drop; a gradient method is at once back."""
    window = open_window(images / "mixed" / "halves.png", model=colours)
    session = window.session
    use(window, "occlusion")
    wait_until(lambda: not window.busy)
    QTest.keyClick(window, Qt.Key.Key_A)
    wait_until(lambda: not window.busy)
    weights = session.question.score_weights(4)
    explainer = session.opened_model.explainer
    expected = explainer.explain_scores(session.image.pixels, weights, "occlusion")
    np.testing.assert_allclose(session.explanation.maps, expected.maps, atol=1e-4)
    use(window, "hirescam")
    wait_until(lambda: not window.busy)
    expected = explainer.explain_scores(session.image.pixels, weights, "hirescam")
    np.testing.assert_allclose(session.explanation.maps, expected.maps, atol=1e-5)


def test_stopped_it_says_that_the_map_is_not_complete(open_window, colours, images, wait_until, monkeypatch):
    window = open_window(images / "mixed" / "halves.png", model=colours)
    session = window.session
    session.growing.connect(lambda done, total: session.stop_growing() if 0 < done < total else None)
    use(window, "occlusion")
    wait_until(lambda: session.unfinished is not None and not window.busy)
    done, total = session.unfinished
    assert 0 < done < total
    assert "the map is not complete" in window.answer_bar.text
    assert session.is_free.is_set(), "the folder's predictions go on"
    window.commands.recommended.trigger()
    wait_until(lambda: not window.busy)
    assert session.unfinished is None
    assert "not complete" not in window.answer_bar.text


def test_a_slow_method_is_not_begun_with_the_next_time(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    use(window, "hirescam")
    use(window, "occlusion")
    wait_until(lambda: not window.busy)
    window.close()
    assert window.settings.method != "occlusion"
