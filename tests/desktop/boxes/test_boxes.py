"""Boxes in the window: drawn, listed, asked about by mouse and keys; why not here?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest

import whylight
from desktop.analysis.compare_methods import compare
from desktop.analysis.map_test import OWN, STEPS
from desktop.boxes.box_controller import box_at_point
from desktop.classes.class_list import CLASS_ROLE
from desktop.common.number_format import percent
from desktop.common.panel import Panel
from desktop.models import adoption
from desktop.output.save_image import panels_strip
from desktop.session.color_scale import Scale
from desktop.session.explaining import explain_again
from desktop.session.place import Place, place_of_box
from desktop.session.question import Question
from tests.whylight.helpers.detectors import detector, selective
from whylight import bundled
from whylight.box_questions import best_box
from whylight.detection.boxes import Box
from whylight.detection.masks import MaskLogits
from whylight.drawing.heatmap import normalize_map
from whylight.faithfulness import deletion
from whylight.images.encode import write_image
from whylight.perturbation import ScoresAtPlaces
from whylight.view import View

SEED = 0
"""Of a detector that finds boxes of two classes and of two grids in the image."""
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(scope="module")
def image():
    """Smooth noise, so that not all boxes score alike."""
    coarse = np.random.default_rng(5).integers(0, 256, (8, 8, 3), np.uint8)
    return np.kron(coarse, np.ones((8, 8, 1), np.uint8))


@pytest.fixture(scope="module")
def model(tmp_path_factory, image):
    """A detector that finds some, but not many boxes in the image, of several grids."""
    folder = tmp_path_factory.mktemp("detector")
    loud = whylight.Explainer(write_pair(folder / "loud", selective(detector(SEED), 0)))
    scores = loud.forward_only(image).tensors["place_scores"][0]
    sixth = float(np.sort(scores.max(axis=0))[-6])
    return write_pair(folder / "quiet", selective(detector(SEED), sixth + 1.05))


def write_pair(stem, network):
    onnx.save(network, stem.with_suffix(".original.onnx"))
    whylight.adopt(stem.with_suffix(".original.onnx"), stem.with_suffix(".onnx"))
    return stem.with_suffix(".onnx")


@pytest.fixture(scope="module")
def explainer(model):
    return whylight.Explainer(model)


@pytest.fixture
def window(open_window, model, image, tmp_path):
    write_image(tmp_path / "noise.png", image)
    return open_window(tmp_path / "noise.png", model=model)


def on_panel(window, panel: Panel, x: float, y: float) -> QPoint:
    """The point of the panels' widget where a pixel of the image is shown."""
    rect = window.panels.panel_rects()[panel]
    return (rect.topLeft() + window.panels.zoom.to_panel(QPointF(x, y))).toPoint()


def middle(box: Box) -> tuple[float, float]:
    left, top, right, bottom = box.corners
    return (left + right) / 2, (top + bottom) / 2


def nowhere(boxes) -> tuple[float, float]:
    """A pixel of the image in no box."""
    spots = ((x + 0.5, y + 0.5) for y in range(1, 63) for x in range(1, 63))
    return next((x, y) for x, y in spots if box_at_point(boxes, x, y) is None)


def click(window, wait_until, point: QPoint) -> None:
    QTest.mouseClick(window.panels, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    wait_until(lambda: not window.busy)


def test_the_best_box_is_explained_and_all_are_listed(window, explainer, image):
    found = explainer.find_boxes(image)
    assert 1 < len(found) <= 8
    assert window.session.explanation.boxes == found
    assert window.session.question == Question(found[0].class_index, box=found[0])
    assert window.box_panel.isVisible()
    assert window.box_panel.boxes.boxes == found
    assert window.box_panel.view.currentIndex().row() == 0
    expected = explainer(image, target=found[0])
    assert np.allclose(window.session.explanation.maps, expected.maps, atol=1e-6)
    beginning = f"{found[0].class_name}, {percent(found[0].score)}, the box "
    assert window.answer_bar.text.startswith(beginning)


def test_every_box_of_the_list_is_explained_where_its_cells_look(window, explainer, image, wait_until):
    found = explainer.find_boxes(image)
    assert len(found) > 1
    for row in (*range(len(found)), *range(len(found) - 2, -1, -1)):
        window.box_panel.view.setCurrentIndex(window.box_panel.boxes.index(row, 0))
        wait_until(lambda: not window.busy)
        explanation, expected = window.session.explanation, explainer(image, target=found[row]).explanation
        assert window.session.question.box == found[row]
        assert np.allclose(explanation.maps, expected.maps, atol=1e-6)
        assert explanation.map_placement == expected.map_placement


def test_a_click_on_a_box_asks_about_it(window, explainer, image, wait_until):
    found = explainer.find_boxes(image)
    for panel in (Panel.IMAGE, Panel.OVERLAY):
        for box in reversed(found):
            x, y = middle(box)
            click(window, wait_until, on_panel(window, panel, x, y))
            expected = box_at_point(found, x, y)
            assert window.session.question.box == expected
            assert window.box_panel.view.currentIndex().row() == found.index(expected)


def test_dragging_asks_nothing(window, explainer, image, wait_until):
    found = explainer.find_boxes(image)
    window.panels.zoom_at(QPointF(10, 10), 3)
    begin = on_panel(window, Panel.IMAGE, *middle(found[-1]))
    QTest.mousePress(window.panels, Qt.MouseButton.LeftButton, pos=begin)
    QTest.mouseMove(window.panels, begin + QPoint(40, 0))
    QTest.mouseRelease(window.panels, Qt.MouseButton.LeftButton, pos=begin + QPoint(40, 0))
    wait_until(lambda: not window.busy)
    assert window.session.question.box == found[0]


def test_why_not_here_is_offered_and_asked_at_the_spot(window, explainer, image, wait_until):
    found = explainer.find_boxes(image)
    x, y = nowhere(found)
    click(window, wait_until, on_panel(window, Panel.IMAGE, x, y))
    button = window.box_panel.why_not
    assert button.isVisible()
    assert button.text() == f"Why not {found[0].class_name} here?"
    assert window.session.question.box == found[0], "only offered so far"
    button.click()
    wait_until(lambda: not window.busy)
    question = window.session.question
    near = explainer.box_at(image, found[0].class_index, window.session.spot)
    assert (question.box, question.is_found) == (near, False)
    assert np.allclose(window.session.explanation.maps, explainer(image, target=near).maps, atol=1e-6)
    assert not button.isVisible()
    assert window.class_panel.question_bar.words.text() == f"Why is no {near.class_name} found here?"
    # Another class of the list, at the same spot.
    other = (found[0].class_index + 1) % 3
    rows = window.class_panel.classes
    row = next(row for row in range(3) if rows.index(row, 0).data(CLASS_ROLE) == other)
    window.class_panel.view.setCurrentIndex(rows.index(row, 0))
    wait_until(lambda: not window.busy)
    assert window.session.question.box == explainer.box_at(image, other, window.session.spot)
    # Escape removes the spot; then a class is asked where it was found, or scores highest.
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.session.spot is None
    window.class_panel.question_asked.emit(Question(found[0].class_index))
    wait_until(lambda: not window.busy)
    assert window.session.question == Question(found[0].class_index, box=found[0])


def test_a_class_that_was_not_found_is_asked_at_its_best_place(window, explainer, image, wait_until):
    found = explainer.find_boxes(image)
    missing = next(index for index in range(3) if index not in {box.class_index for box in found})
    window.class_panel.question_asked.emit(Question(missing))
    wait_until(lambda: not window.busy)
    expected = best_box(window.session.explanation, explainer.card, missing)
    assert window.session.question == Question(missing, box=expected, is_found=False)
    assert ", too little for a box to be found" in window.answer_bar.text
    assert not window.box_panel.view.selectionModel().hasSelection()


def test_the_other_questions_keep_the_box(window, explainer, image, wait_until):
    found = explainer.find_boxes(image)
    window.box_panel.view.setCurrentIndex(window.box_panel.boxes.index(1, 0))
    wait_until(lambda: not window.busy)
    QTest.keyClick(window, Qt.Key.Key_R)
    wait_until(lambda: not window.busy)
    question = window.session.question
    assert question.box == found[1]
    expected = explainer(image, target=found[1], rather_than=question.other)
    assert np.allclose(window.session.explanation.maps, expected.maps, atol=1e-6)
    window.tool_bar.method.setCurrentIndex(window.tool_bar.method.findData("hirescam"))
    wait_until(lambda: not window.busy)
    again = explainer(image, target=found[1], rather_than=question.other, method="hirescam")
    assert np.allclose(window.session.explanation.maps, again.maps, atol=1e-6)


def test_keys_go_through_the_list_and_click_a_spot(window, explainer, image, wait_until):
    found = explainer.find_boxes(image)
    window.box_panel.view.setFocus()
    QTest.keyClick(window.box_panel.view, Qt.Key.Key_Down)
    wait_until(lambda: not window.busy)
    assert window.session.question.box == found[1]
    window.panels.setFocus()
    QTest.keyClick(window.panels, Qt.Key.Key_Left, SHIFT)  # marks the middle
    QTest.keyClick(window.panels, Qt.Key.Key_Return)
    wait_until(lambda: not window.busy)
    inside = box_at_point(found, 32, 32)
    if inside is None:
        assert window.session.spot == pytest.approx((32, 32))
    else:
        assert window.session.question.box == inside


def test_screen_readers_get_class_score_and_place(window, explainer, image):
    box = explainer.find_boxes(image)[0]
    words = window.box_panel.boxes.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    left, top, right, bottom = (round(side) for side in box.corners)
    expected = f"{box.class_name}, {percent(box.score)}, from {left}, {top} to {right}, {bottom} pixels"
    assert words == expected
    assert window.box_panel.view.accessibleName()
    assert window.box_panel.view in window.tab_stops()


def test_boxes_are_painted_on_every_panel_the_asked_one_wider(window, explainer, image):
    found = explainer.find_boxes(image)
    shown = window.panels.grab().toImage()
    left, top, _, bottom = found[0].corners
    for panel in Panel:
        line = on_panel(window, panel, left, (top + bottom) / 2)
        colours = {shown.pixelColor(line + QPoint(step, 0)).getRgb()[:3] for step in range(-3, 4)}
        assert {(255, 255, 255), (0, 0, 0)} <= colours, panel


def test_the_outline_of_a_mask_is_painted_with_its_box(window, explainer, image):
    box = explainer(image).boxes[0]
    rows, columns = np.mgrid[:16, :16]
    disc = (5 - np.hypot(rows - 7.5, columns - 7.5)).astype(np.float32)
    size = image.shape[:2]
    masked = replace(
        box,
        corners=(0.0, 0.0, float(size[1]), float(size[0])),
        mask_logits=MaskLogits(disc, (0, 0), (16, 16), View.whole(size, size)),
    )
    overlay = window.boxes.overlay
    overlay.show_asked(replace(masked, mask_logits=None))
    plain = window.panels.grab().toImage()
    overlay.show_asked(masked)
    (polygon,) = overlay.outlines[0]
    radius = [np.hypot(point.x() / size[1] - 0.5, point.y() / size[0] - 0.5) for point in polygon]
    assert np.allclose(radius, 5 / 16, atol=0.03)
    assert window.panels.grab().toImage() != plain


def test_an_image_in_which_nothing_is_found_says_so(open_window, image, tmp_path):
    write_image(tmp_path / "noise.png", image)
    blind = write_pair(tmp_path / "blind", selective(detector(), 30, 1))
    window = open_window(tmp_path / "noise.png", model=blind)
    assert window.box_panel.summary.text() == "Nothing was found: no box scores 25 % or more."
    assert window.session.question.is_found is False
    assert window.message_bar.isHidden()


def test_a_classifier_has_no_boxes(open_window, colours, images, wait_until, model):
    window = open_window(images / "mixed" / "halves.png", model=colours)
    assert not window.box_panel.isVisible()
    click(window, wait_until, on_panel(window, Panel.IMAGE, 20, 20))
    assert window.session.question == Question(0)
    assert window.session.method == "grad-cam"
    window.session.open_model(model)
    wait_until(lambda: not window.busy)
    assert window.box_panel.isVisible()
    assert window.session.method == "layercam"
    assert window.session.is_recommended
    assert window.session.method_to_save == "grad-cam"
    window.session.open_model(colours)
    wait_until(lambda: not window.busy)
    assert not window.box_panel.isVisible()
    assert window.session.method == "grad-cam"


@pytest.mark.parametrize(
    ("corners", "place"),
    [
        ((0, 0, 10, 10), Place.UPPER_LEFT),
        ((40, 40, 60, 60), Place.MIDDLE),
        ((80, 40, 100, 60), Place.RIGHT_THIRD),
        ((30, 90, 60, 100), Place.LOWER_THIRD),
        ((0, 0, 100, 100), Place.MIDDLE),
    ],
)
def test_the_place_of_a_box_is_the_ninth_of_its_centre(corners, place):
    assert place_of_box(corners, (100, 100)) is place


def test_of_boxes_within_each_other_the_smallest_is_clicked():
    boxes = tuple(Box(0, "a", 0.5, (0.0, 0.0, side, side), side) for side in (50, 20, 90))
    assert box_at_point(boxes, 10, 10) == boxes[1]
    assert box_at_point(boxes, 30, 10) == boxes[0]
    assert box_at_point(boxes, 95, 10) is None


def test_the_model_card_and_the_form_name_a_detector(open_window, wait_until, model, image, tmp_path):
    write_image(tmp_path / "noise.png", image)
    window = open_window(tmp_path / "noise.png", model=model)
    assert "detector: 3 classes, letterbox 64" in window.card_view.toPlainText()
    foreign = tmp_path / "theirs.onnx"
    onnx.save(selective(detector(SEED), 0), foreign)
    window.session.open_model(foreign)
    wait_until(lambda: window.adopt_form.isVisible() and not window.busy)
    assert window.adopt_form.title.text().startswith("theirs.onnx is a detector: 3 classes, letterbox 64.")
    whylight.adopt(foreign, tmp_path / "pair.onnx")
    found = whylight.Explainer(tmp_path / "pair.onnx").find_boxes(image)
    expected = ", ".join(f"{box.class_name} {100 * box.score:.0f} %" for box in found[:3])
    assert window.adopt_form.preview.text() == expected


def test_a_preview_says_that_nothing_is_found(image, tmp_path):
    onnx.save(selective(detector(), 30, 1), tmp_path / "theirs.onnx")
    foreign = adoption.examine(tmp_path / "theirs.onnx")
    assert adoption.preview(foreign, image, adoption.Choices(None)).startswith("nothing found (")


def test_saved_panels_have_the_box_on_each(window, explainer, image):
    box = explainer.find_boxes(image)[0]
    strip = panels_strip(window.session.sketch())
    height, width = image.shape[:2]
    left, top, _, bottom = (round(side) for side in box.corners)
    for panel in range(3):
        begin = panel * (width + 8)
        assert strip[(top + bottom) // 2, begin + left].tolist() == [255, 255, 255]
    unmarked = strip[:height, :width]
    assert np.array_equal(unmarked[2:6, 2:6], image[2:6, 2:6])


def test_a_map_is_tested_by_the_score_of_its_box(window, explainer, image, wait_until):
    measured = []
    window.faithfulness.grown.connect(measured.append)
    window.commands.measure.trigger()
    wait_until(lambda: not window.busy, seconds=60)
    box = explainer.find_boxes(image)[0]
    curve = measured[-1][OWN].deletion
    assert curve.complete
    assert curve.probabilities[0] == pytest.approx(box.score, abs=1e-5)
    *_, expected = deletion(
        ScoresAtPlaces.of_box(explainer, box),
        image,
        explainer(image, target=box).explanation.maps_at_input((64, 64))[0],
        box.class_index,
        steps=STEPS,
    )
    assert np.allclose(curve.probabilities, expected.probabilities, atol=1e-5)


def test_a_report_from_the_window_has_a_row_for_each_box(window, explainer, image, tmp_path, wait_until):
    ended = []
    window.output.report_ended.connect(ended.append)
    window.output.write_report([tmp_path / "noise.png"], tmp_path / "report")
    wait_until(lambda: ended, seconds=60)
    found = explainer.find_boxes(image)
    page = ended[0].read_text(encoding="utf-8")
    assert page.count('<figure class="overlay">') == min(len(found), 5)
    assert "scale image" in page
    with (tmp_path / "report" / "boxes.csv").open(encoding="utf-8-sig") as file:
        assert len(file.readlines()) == 1 + len(found)


def test_boxes_of_images_shown_smaller_are_drawn_and_clicked_at_their_places(
    open_window, model, image, tmp_path, explainer, wait_until, monkeypatch
):
    monkeypatch.setattr("desktop.session.rendering.MAX_SHOWN_EDGE", 32)
    write_image(tmp_path / "noise.png", image)
    window = open_window(tmp_path / "noise.png", model=model)
    assert window.panels.image.levels[0].width() == 32
    found = explainer.find_boxes(image)
    box = found[-1]
    x, y = middle(box)
    click(window, wait_until, on_panel(window, Panel.IMAGE, x / 2, y / 2))
    assert window.session.question.box == box_at_point(found, x, y)
    left, top, right, bottom = box.corners
    expected = QRectF(
        window.panels.zoom.to_panel(QPointF(left / 2, top / 2)),
        window.panels.zoom.to_panel(QPointF(right / 2, bottom / 2)),
    )
    assert window.boxes.overlay.rect_of(box) == expected


def test_slow_methods_and_all_methods_beside_each_other_explain_the_box(window, explainer, image, wait_until):
    box = explainer.find_boxes(image)[-1]
    window.boxes.ask(box)
    wait_until(lambda: not window.busy)
    window.session.set_method("occlusion")
    wait_until(lambda: not window.busy, seconds=60)
    assert window.session.question.box == box
    expected = explainer(image, target=box, method="occlusion")
    assert np.allclose(window.session.explanation.maps, expected.maps, atol=1e-5)
    sketch = window.session.sketch()
    found = {step.method: step for step in compare(sketch, ("hirescam", "layercam", "ablation-cam"))}
    assert "explains classes of a whole image" in found.pop("ablation-cam").reason
    for method, step in found.items():
        again = explainer(image, target=box, method=method).explanation
        level = normalize_map(again.maps[0], image.shape[:2], again.map_view)
        assert np.allclose(step.drawing.evidence, level, atol=1e-5), method


def test_the_comparison_of_methods_recommends_the_detectors_own(window, wait_until):
    window.commands.compare_methods.trigger()
    wait_until(lambda: bool(window.compare_view.tiles))
    names = [tile.accessibleName() for tile in window.compare_view.tiles.values()]
    assert [name for name in names if "recommended" in name] == ["LayerCAM (recommended)"]
    window.commands.compare_methods.trigger()


def test_d_rise_explains_the_box_in_question(window, explainer, image, wait_until):
    found = explainer.find_boxes(image)
    by_class = {}
    for box in found:
        by_class.setdefault(box.class_index, []).append(box)
    box = next(boxes[-1] for boxes in by_class.values() if len(boxes) > 1)  # not the best of its class
    loaded = window.session.image
    start = replace(explainer.forward_only(image, top=1), boxes=found)
    question = Question(box.class_index, box=box)
    *_, last = explain_again(explainer, loaded, start, question, "d-rise")
    expected = explainer(image, target=box, method="d-rise").maps
    assert np.allclose(last.explanation.maps, expected, atol=1e-6)
    best = explainer(image, target=by_class[box.class_index][0], method="d-rise").maps
    assert not np.allclose(last.explanation.maps, best, atol=1e-4)


def test_a_second_detector_draws_its_boxes_on_its_own_panels(window, model, wait_until):
    window.second_model.open(model)
    wait_until(lambda: not window.busy)
    first, second = window.boxes.overlay, window.second_boxes.overlay
    assert first._boxes
    assert second._boxes == first._boxes
    assert second._labels == first._labels
    assert second._asked is not None
    window.second_model.toggle()
    wait_until(lambda: not window.busy)
    assert second._boxes == ()
    window.second_model.open(bundled.default_model())
    wait_until(lambda: not window.busy)
    assert second._boxes == ()
    assert second._asked is None
    assert first._boxes


def test_the_scale_on_show_is_the_one_that_is_drawn(window, wait_until):
    """Maps of boxes share no scale with other classes; the choice comes back with a map that has it."""
    tools = window.tool_bar
    assert window.session.look.scale is Scale.CLASSES
    assert window.panels.drawing.scale is Scale.ITSELF
    assert tools.scale.currentData() is Scale.ITSELF
    assert "cannot be drawn on the scale that was chosen, “among the classes”" in tools.scale.toolTip()
    tools.opacity.setValue(30)
    wait_until(lambda: not window.busy)
    assert window.session.look.scale is Scale.CLASSES
    window.session.open_model(bundled.default_model())
    wait_until(lambda: not window.busy)
    assert tools.scale.currentData() is Scale.CLASSES
    assert tools.scale.toolTip() == "What red means"


def test_a_second_model_of_another_kind_is_explained_by_its_own_method(window, model, wait_until):
    """Which its title names; a method that was chosen holds for both."""
    window.session.open_model(bundled.default_model())
    wait_until(lambda: not window.busy)
    window.second_model.open(model)
    wait_until(lambda: not window.busy)
    second = window.second_model.session
    assert window.session.method == window.session.recommended == "grad-cam"
    assert second.method == second.recommended == "layercam"
    assert second.explanation.method == "layercam"
    assert "; by LayerCAM" in window.second_panels._title
    window.session.set_method("hirescam")
    wait_until(lambda: not window.busy)
    assert window.session.method == second.method == "hirescam"
    assert "; by " not in window.second_panels._title
