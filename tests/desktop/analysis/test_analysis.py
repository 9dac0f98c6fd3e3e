"""What is tried on an image: its map measured, part of it covered, a second model asked."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from desktop.analysis import occlusion_brush
from desktop.analysis.map_test import OWN, RANDOM_MAPS, Rival, Verdict, deletions, roads, verdict_of
from desktop.classes.class_list import BEFORE_ROLE, PROBABILITY_ROLE
from desktop.common.panel import Panel
from desktop.session import model_loading


@pytest.fixture
def window(open_window, colours, images):
    """On an image whose left 50 columns of 80 are red, the rest blue."""
    return open_window(images / "mixed" / "halves.png", model=colours)


def point_at(panels, panel: Panel, x: float, y: float):
    rect = panels.panel_rects()[panel]
    return (rect.topLeft() + panels.zoom.to_panel(QPointF(x, y))).toPoint()


def probability(window, name: str, role: int = PROBABILITY_ROLE) -> float:
    classes = window.class_panel.classes
    rows = {classes.index(row, 0).data(): classes.index(row, 0) for row in range(classes.rowCount())}
    return rows[name].data(role)


def measure_map(window, wait_until):
    """Measurements and verdict of the map on show."""
    QTest.keyClick(window, Qt.Key.Key_D)
    wait_until(lambda: not window.busy)
    found = window.faithfulness_view.chart.measurements
    return found, verdict_of(found)


def test_a_map_is_measured_beside_maps_that_know_nothing(window, wait_until):
    """The evidence for red is exactly where it is red, so its map deletes red first and inserts it first."""
    assert window.faithfulness_view.chart.measurements == {}
    found, verdict = measure_map(window, wait_until)
    assert window.info_tabs.currentWidget() is window.faithfulness_view
    assert [rival for rival, _ in found].count(Rival.RANDOM) == RANDOM_MAPS
    assert {Rival.OWN, Rival.BLOB, Rival.EDGES} < {rival for rival, _ in found}
    assert verdict is Verdict.GOOD
    assert window.faithfulness_view.words.text().startswith("Covering the marked places lowers red faster")
    own = roads(found)[OWN]
    assert f"ROAD: {own:.2f}; random maps" in window.faithfulness_view.values.text()
    for key, area in deletions(found).items():
        assert key == OWN or deletions(found)[OWN] < area


def test_what_speaks_against_a_class_is_judged_by_its_rise(window, wait_until):
    """Covering blue, which speaks against red, makes red likelier; judged by red's fall it would lose."""
    QTest.keyClick(window, Qt.Key.Key_A)
    wait_until(lambda: not window.busy)
    found, verdict = measure_map(window, wait_until)
    assert verdict in (Verdict.GOOD, Verdict.NO_BETTER_THAN_BLIND)
    assert roads(found)[OWN] > 0
    assert "raises red" in window.faithfulness_view.words.text()
    sketch = window.session.sketch()
    from whylight.faithfulness import road

    assert road(sketch.explainer, sketch.image.pixels, sketch.explanation.maps[0], 0) < 0, "the old question"


def test_rather_than_is_judged_by_the_difference_of_the_two(window, wait_until):
    QTest.keyClick(window, Qt.Key.Key_R)
    wait_until(lambda: not window.busy)
    found, verdict = measure_map(window, wait_until)
    assert verdict in (Verdict.GOOD, Verdict.NO_BETTER_THAN_BLIND)
    assert "lowers the lead of red over blue" in window.faithfulness_view.words.text()
    whole = found[OWN].insertion.probabilities[-1]
    assert whole == pytest.approx(probability(window, "red") - probability(window, "blue"), abs=1e-4)


def test_another_question_needs_another_measurement(window, wait_until):
    measure_map(window, wait_until)
    QTest.keyClick(window, Qt.Key.Key_R)
    wait_until(lambda: not window.busy)
    assert window.faithfulness_view.chart.measurements == {}


def test_an_image_that_cannot_be_read_has_no_measurements(window, images, wait_until):
    assert measure_map(window, wait_until)[0]
    (images / "001.red" / "bad.png").write_bytes(b"")
    window.gallery.search.open_paths([images / "001.red" / "bad.png"])
    wait_until(lambda: not window.busy)
    assert window.panels.notice[0] == "bad.png cannot be read"
    assert window.faithfulness_view.chart.measurements == {}


def test_covering_the_red_part_makes_blue_likely_and_uncovering_brings_it_back(
    window, wait_until, move_mouse
):
    whole = probability(window, "red")
    assert whole > 0.9
    QTest.keyClick(window, Qt.Key.Key_B)
    for y in (5, 15, 25, 35):
        QTest.mousePress(
            window.panels, Qt.MouseButton.LeftButton, pos=point_at(window.panels, Panel.IMAGE, 2, y)
        )
        for x in range(2, 48, 2):
            move_mouse(window.panels, point_at(window.panels, Panel.IMAGE, x, y))
        QTest.mouseRelease(window.panels, Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.busy)
    assert probability(window, "blue") > probability(window, "red")
    assert probability(window, "red", BEFORE_ROLE) == pytest.approx(whole)
    classes = window.class_panel.classes
    assert classes.index(0, 0).data() == "red", "the order stays"
    middle = window.panels.grab().toImage().pixelColor(point_at(window.panels, Panel.IMAGE, 20, 20))
    assert middle.getRgb()[:3] == (128, 128, 128)
    assert window.panels.zoom.fitted, "the brush does not move the image"
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.commands.brush.isChecked()
    assert probability(window, "red") == pytest.approx(whole)
    assert probability(window, "red", BEFORE_ROLE) is None


def test_while_brushing_one_question_is_on_its_way_and_the_newest_is_answered(
    window, wait_until, monkeypatch
):
    predict, running, asked = occlusion_brush.predict_covered, [], []
    gate = threading.Event()

    def slow(sketch, spots):
        running.append(1)
        asked.append(len(spots))
        assert sum(running) == 1, "two at once"
        assert gate.wait(20)
        running.pop()
        return predict(sketch, spots)

    monkeypatch.setattr(occlusion_brush, "predict_covered", slow)
    for x in range(0, 80, 8):
        window.occlusion_brush.cover(QPointF(x, 20))
    assert window.occlusion_brush.busy
    gate.set()
    wait_until(lambda: not window.busy)
    assert asked == [1, 10]


def test_a_quick_stroke_has_no_gaps_and_is_undone_as_one(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    brush, undo = window.occlusion_brush, window.commands.undo_brush
    shown: list[list] = []
    brush.changed.connect(shown.append)
    assert not undo.isEnabled()
    brush.cover(QPointF(5, 5))
    brush.cover(QPointF(5, 30), begins=True)
    brush.cover(QPointF(55, 30), begins=False)
    discs = [disc for disc in shown[-1] if disc.centre.y() == pytest.approx(30)]
    apart = np.diff(sorted(disc.centre.x() for disc in discs))
    assert discs[-1].centre.x() == pytest.approx(55, abs=discs[0].radius / 3)
    assert apart.max() < discs[0].radius
    undo.trigger()
    assert [(disc.centre.x(), disc.centre.y()) for disc in shown[-1]] == [(5, 5)]
    undo.trigger()
    assert shown[-1] == []
    assert not undo.isEnabled()
    wait_until(lambda: not window.busy)
    assert probability(window, "green", BEFORE_ROLE) is None


def test_a_brush_that_goes_to_another_panel_draws_no_line_across_the_image(
    open_window, colours, images, wait_until
):
    """From the right edge of one panel it comes to the left edge of the next."""
    window = open_window(images, model=colours)
    window.commands.brush.setChecked(True)
    told: list[tuple[QPointF, bool]] = []
    window.panels.brushed.connect(lambda spot, begins: told.append((spot, begins)))
    first, second = list(window.panels.panel_rects().values())[:2]
    margin = QPointF(first.left() - 5, first.center().y())
    window.panels.brush_at(margin, begins=True)  # pressed beside the panels
    window.panels.brush_at(first.center(), begins=False)
    window.panels.brush_at(first.center() + QPointF(4, 0), begins=False)
    window.panels.brush_at(second.center(), begins=False)
    assert [begins for _, begins in told] == [True, False, True]
    wait_until(lambda: not window.busy)


def test_another_image_is_not_covered(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    window.occlusion_brush.cover(QPointF(30, 20))
    wait_until(lambda: not window.busy)
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_Right)
    wait_until(lambda: not window.busy)
    assert probability(window, "green", BEFORE_ROLE) is None


def test_a_second_model_explains_the_same_image_beside_the_first(
    open_window, colours, make_pair, images, wait_until, move_mouse
):
    window = open_window(images, model=colours)
    assert not window.second_panels.isVisible()
    window.second_model.open(make_pair("second"))
    wait_until(lambda: not window.busy)
    second = window.second_panels
    assert second.isVisible()
    assert second.drawing.image.path == window.panels.drawing.image.path
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_End)
    wait_until(lambda: not window.busy)
    assert second.drawing.image.path.name == window.panels.drawing.image.path.name == "halves.png"
    QTest.keyClick(window, Qt.Key.Key_R)
    wait_until(lambda: not window.busy)
    assert second.drawing.question == window.panels.drawing.question
    window.panels.zoom.zoom_at(QPointF(20, 20), 12)
    window.panels.zoom_changed.emit(window.panels.zoom)
    assert second.zoom.scale == window.panels.zoom.scale
    window.panels.fit()
    assert second.zoom.fitted
    move_mouse(window.panels, point_at(window.panels, Panel.IMAGE, 10, 20))
    assert second.evidence == pytest.approx(window.panels.evidence, abs=0.01)
    QTest.keyClick(window, "2")
    assert list(second.panel_rects()) == [Panel.HEATMAP]
    window.second_model.toggle()
    assert not second.isVisible()


def test_a_second_model_is_seen_as_the_first_one_already_was(
    open_window, colours, make_pair, images, wait_until
):
    window = open_window(images, model=colours)
    panels, second = window.panels, window.second_panels
    QTest.keyClick(window, "2")
    panels.zoom_at(QPointF(30, 20), 12)
    for name in ("second", "third"):
        window.second_model.open(make_pair(name))
        wait_until(lambda: not window.busy)
        assert second.alone == Panel.HEATMAP
        assert (second.zoom.scale, second.zoom.fitted) == (panels.zoom.scale, False)
        corners = second.zoom.to_image(QPointF()), panels.zoom.to_image(QPointF())
        one_pixel = 1 / panels.zoom.scale  # an odd height cannot be halved
        assert (corners[0] - corners[1]).manhattanLength() <= one_pixel
        window.second_model.toggle()
        assert (second.image, second.drawing) == (None, None), "would be seen for a moment the next time"
        QTest.keyClick(window, "3")
        QTest.keyClick(window, "2")


def test_a_second_model_on_its_way_when_the_comparison_ends_does_not_come(
    open_window, colours, make_pair, images, wait_until, monkeypatch
):
    window = open_window(images, model=colours)
    window.second_model.open(make_pair("second"))
    wait_until(lambda: not window.busy)
    begun, gate, open_model, opened = threading.Event(), threading.Event(), model_loading.open_model, []

    def open_late(path):
        begun.set()
        assert gate.wait(20)
        opened.append(open_model(path))
        return opened[0]

    monkeypatch.setattr(model_loading, "open_model", open_late)
    window.second_model.open(make_pair("third"))
    assert begun.wait(20)
    window.second_model.toggle()
    gate.set()
    wait_until(lambda: opened and not window.busy)
    QTest.qWait(50)
    assert not window.second_model.is_open
    assert not window.second_panels.isVisible()


def test_where_there_is_no_image_neither_model_shows_one(
    open_window, colours, make_pair, images, tmp_path, wait_until
):
    window = open_window(images, model=colours)
    window.second_model.open(make_pair("second"))
    wait_until(lambda: not window.busy)
    (tmp_path / "empty").mkdir()
    window.gallery.search.open_paths([tmp_path / "empty"])
    wait_until(lambda: not window.busy)
    assert all(panels.notice[0] == "No images" for panels in (window.panels, window.second_panels))
    assert window.second_model.session.image_path is None
    window.gallery.search.open_paths([images])
    wait_until(lambda: not window.busy)
    assert all(panels.drawing is not None for panels in (window.panels, window.second_panels))


def test_an_unusable_second_model_changes_nothing(open_window, colours, images, tmp_path, wait_until):
    window = open_window(images, model=colours)
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    window.second_model.open(tmp_path / "bad.onnx")
    wait_until(lambda: not window.busy)
    assert not window.second_panels.isVisible()
    assert "bad.onnx" in window.message_bar.label.text()


@pytest.fixture
def cropping(open_window, colours, images, tmp_path, wait_until):
    """A model of the same colours that sees the middle of the image: columns 20 to 60 of 80."""
    from whylight.images.geometry import InputDescription
    from whylight.pair.build import bind
    from whylight.pair.files import load_pair, save_pair

    pair = load_pair(colours)
    size = pair.card.input_size
    described = InputDescription(size=size, geometry="crop", resize=size[0])
    path = tmp_path / "cropping.onnx"
    save_pair(bind(pair.forward, pair.gradient, replace(pair.card, input=described)), path)
    return open_window(images / "mixed" / "halves.png", model=path)


def test_what_the_model_did_not_see_has_no_evidence(cropping, move_mouse):
    drawing = cropping.panels.drawing
    height, width = drawing.evidence.shape
    assert drawing.seen == (slice(0, 40), slice(20, 60))
    assert (height, width) == (40, 80)
    move_mouse(cropping.panels, point_at(cropping.panels, Panel.OVERLAY, 10, 30))
    assert cropping.panels.evidence is None
    move_mouse(cropping.panels, point_at(cropping.panels, Panel.OVERLAY, 30, 30))
    assert cropping.panels.evidence is not None


def test_covering_what_was_not_seen_changes_nothing(cropping, wait_until, move_mouse):
    whole = probability(cropping, "red")
    QTest.keyClick(cropping, Qt.Key.Key_B)
    QTest.mouseClick(
        cropping.panels, Qt.MouseButton.LeftButton, pos=point_at(cropping.panels, Panel.IMAGE, 6, 20)
    )
    wait_until(lambda: not cropping.busy)
    assert probability(cropping, "red") == pytest.approx(whole, abs=1e-4)
    for x in (24, 30, 36, 42, 48):
        for y in (4, 12, 20, 28, 36):
            QTest.mouseClick(
                cropping.panels, Qt.MouseButton.LeftButton, pos=point_at(cropping.panels, Panel.IMAGE, x, y)
            )
    wait_until(lambda: not cropping.busy)
    assert probability(cropping, "red") < whole - 0.1


def test_curves_and_saved_panels_follow_the_view(cropping, tmp_path, wait_until):
    from desktop.output.save_image import save_panels
    from whylight.drawing.heatmap import UNSEEN
    from whylight.images.decode import read_image

    found, _ = measure_map(cropping, wait_until)
    areas = deletions(found)
    assert all(key == OWN or areas[OWN] < area for key, area in areas.items())
    strip = read_image(save_panels(cropping.session.sketch(), tmp_path / "panels.png"))
    heatmap = strip[:, 88 : 88 + 80]  # the image, and white between
    assert (heatmap[:, :20] == UNSEEN).all()
    assert (heatmap[:, 60:] == UNSEEN).all()
    assert (heatmap[:, 21:59] != UNSEEN).any(axis=-1).all()
