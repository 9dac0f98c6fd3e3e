"""Regions and letters in the window: drawn, listed, asked about by mouse and keys; why not here?"""

from __future__ import annotations

import cv2
import numpy as np
import onnx
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

import whylight
from desktop.analysis.map_test import OWN, followed, measure
from desktop.classes.class_list import CLASS_ROLE
from desktop.common.panel import Panel
from desktop.gallery.predictor import LEAST_SHARE
from desktop.regions.region_colours import coloured, deepest_place, outlines
from desktop.session.question import Question, RegionKind
from tests.whylight.helpers.readers import reader
from tests.whylight.helpers.segmenters import LAYER, segmenter
from whylight.images.encode import write_image

NAMES = ("background", "road", "car", "tree", "sky")


@pytest.fixture(scope="module")
def image():
    """Coarse noise larger than the network's input, so that several classes have regions."""
    cells = np.random.default_rng(3).integers(0, 256, (6, 8, 3), np.uint8)
    return np.kron(cells, np.ones((16, 16, 1), np.uint8))


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A segmenter whose classes exclude each other, and one whose labels do not."""
    folder, found = tmp_path_factory.mktemp("segmenter"), {}
    for ending in ("softmax", "several_labels"):
        onnx.save(segmenter(ending), folder / f"{ending}.theirs.onnx")
        whylight.adopt(
            folder / f"{ending}.theirs.onnx",
            folder / f"{ending}.onnx",
            preprocessing="unit",
            layer=LAYER,
            labels=NAMES,
        )
        found[ending] = folder / f"{ending}.onnx"
    return found


@pytest.fixture(scope="module")
def explainer(models):
    return whylight.Explainer(models["softmax"])


@pytest.fixture
def window(open_window, models, image, tmp_path):
    write_image(tmp_path / "noise.png", image)
    return open_window(tmp_path / "noise.png", model=models["softmax"])


@pytest.fixture(scope="module")
def text_reader(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reader")
    onnx.save(reader(), folder / "theirs.onnx")
    whylight.adopt(folder / "theirs.onnx", folder / "ours.onnx", layer="s2")
    return folder / "ours.onnx"


def click(window, wait_until, x, y, panel=Panel.IMAGE):
    rect = window.panels.panel_rects()[panel]
    at = (rect.topLeft() + window.panels.zoom.to_panel(QPointF(x + 0.5, y + 0.5))).toPoint()
    QTest.mouseClick(window.panels, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    wait_until(lambda: not window.busy)


def patch_of(labels, x, y):
    """The connected pixels around one, by OpenCV's flood fill: labels int16 `[H, W]` to bool `[H, W]`."""
    filled = labels.astype(np.float32).copy()
    cv2.floodFill(filled, None, (x, y), 99, 0, 0, 8)
    return filled == 99


def spot_of(labels, index, *, whole=False):
    """The innermost pixel of a connected part of a class, or of all of it if that is connected."""
    for y, x in np.argwhere(labels == index):
        part = patch_of(labels, int(x), int(y))
        if (part.sum() == (labels == index).sum()) == whole:
            inside = cv2.distanceTransform(np.pad(part, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
            row, column = np.unravel_index(int(inside.argmax()), inside.shape)
            return int(column), int(row)
    return None


def in_parts(labels):
    """A class that is found in several parts, but for the background."""
    return next(k for k in range(1, len(NAMES)) if (labels == k).any() and spot_of(labels, k) is not None)


def test_the_largest_class_is_explained_and_all_are_listed(window, explainer, image):
    result = explainer(image)
    assert len(result.segments) > 2
    session = window.session
    assert session.explanation.regions.segments == result.segments
    assert np.allclose(session.explanation.maps, result.explanation.maps, atol=1e-5)
    largest = next(each for each in result.segments if each.class_name != "background")
    assert session.question.class_index == largest.class_index
    assert session.question.region.kind is RegionKind.WHOLE
    assert window.region_panel.isVisible()
    assert not window.box_panel.isVisible()
    rows = window.region_panel.regions.rows
    assert [row.name for row in rows] == [each.class_name for each in result.segments]
    assert [row.share for row in rows] == pytest.approx([each.share for each in result.segments])
    assert rows[window.region_panel.view.currentIndex().row()].name == largest.class_name
    assert window.answer_bar.text.startswith(f"{largest.class_name}, ")
    assert "all that was found of it" in window.answer_bar.text


def test_a_click_asks_about_the_connected_region(window, explainer, image, wait_until):
    labels = explainer.segment(image)
    index = in_parts(labels)
    x, y = spot_of(labels, index)
    for panel in (Panel.IMAGE, Panel.OVERLAY):
        click(window, wait_until, x, y, panel)
        question, region = window.session.question, patch_of(labels, x, y)
        assert question.class_index == index
        assert question.region.kind is RegionKind.PATCH
        assert question.region.share == pytest.approx(region.mean(), abs=1e-6)
        expected = explainer(image, target=index, region=region)
        assert np.allclose(window.session.explanation.maps, expected.explanation.maps, atol=1e-5)
    assert "the marked region" in window.answer_bar.text
    assert window.class_panel.question_bar.words.text() == f"Why {NAMES[index]} here?"


def test_all_of_the_class_by_a_button_and_by_the_list(window, explainer, image, wait_until):
    labels = explainer.segment(image)
    index = in_parts(labels)
    click(window, wait_until, *spot_of(labels, index))
    assert window.region_panel.whole.isVisible()
    assert window.region_panel.whole.text() == f"All of {NAMES[index]}"
    QTest.mouseClick(window.region_panel.whole, Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.busy)
    assert window.session.question.region.kind is RegionKind.WHOLE
    assert window.session.spot is None
    assert not window.region_panel.whole.isVisible()
    expected = explainer(image, target=index).explanation.maps
    assert np.allclose(window.session.explanation.maps, expected, atol=1e-5)
    for row, segment in enumerate(window.session.explanation.regions.segments):
        window.region_panel.view.setCurrentIndex(window.region_panel.regions.index(row, 0))
        wait_until(lambda: not window.busy)
        assert window.session.question.class_index == segment.class_index
        expected = explainer(image, target=segment.class_index).explanation.maps
        assert np.allclose(window.session.explanation.maps, expected, atol=1e-5)


def test_why_not_another_class_here(window, explainer, image, wait_until):
    labels = explainer.segment(image)
    index = in_parts(labels)
    x, y = spot_of(labels, index)
    click(window, wait_until, x, y)
    # The class that the button offers is the second by the file's answers in the region.
    region = patch_of(labels, x, y)
    scores = explainer.forward_only(image).tensors["place_scores"][0]
    powers = np.exp(scores - scores.max(axis=0))
    answers = (powers / powers.sum(axis=0)) @ window.session.question.region.weights
    other = int(np.argsort(-answers)[1])
    assert window.region_panel.why_not.text() == f"Why not {NAMES[other]} here?"
    QTest.mouseClick(window.region_panel.why_not, Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.busy)
    question = window.session.question
    assert (question.class_index, question.is_found) == (other, False)
    assert window.class_panel.question_bar.words.text() == f"Why is no {NAMES[other]} found here?"
    assert "not found in the marked region" in window.answer_bar.text
    assert not window.regions.overlay.asked.is_found
    expected = explainer(image, target=other, region=region).explanation.maps
    assert np.allclose(window.session.explanation.maps, expected, atol=1e-5)
    # A class of the list is asked at the spot, too, until Escape removes it.
    third = next(k for k in range(len(NAMES)) if k not in (index, other))
    choose_class(window, third, wait_until)
    expected = explainer(image, target=third, region=region).explanation.maps
    assert np.allclose(window.session.explanation.maps, expected, atol=1e-5)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    choose_class(window, index, wait_until)
    assert window.session.question.region.kind is RegionKind.WHOLE


def choose_class(window, index, wait_until):
    classes = window.class_panel.classes
    row = next(n for n in range(classes.rowCount()) if classes.index(n, 0).data(CLASS_ROLE) == index)
    window.class_panel.view.setCurrentIndex(classes.index(row, 0))
    wait_until(lambda: not window.busy)


def test_a_class_found_nowhere_is_asked_where_it_scores_highest(window, explainer, image, wait_until):
    found = {each.class_index for each in window.session.explanation.regions.segments}
    missing = sorted(set(range(len(NAMES))) - found)
    assert missing, "choose an image in which a class is missing"
    choose_class(window, missing[0], wait_until)
    question = window.session.question
    assert (question.region.kind, question.is_found) == (RegionKind.BEST, False)
    assert "found nowhere" in window.answer_bar.text
    expected = explainer(image, target=missing[0]).explanation.maps
    assert np.allclose(window.session.explanation.maps, expected, atol=1e-5)


def test_against_and_rather_than_ask_about_the_same_region(window, explainer, image, wait_until):
    labels = explainer.segment(image)
    index = in_parts(labels)
    x, y = spot_of(labels, index)
    click(window, wait_until, x, y)
    region, bar = patch_of(labels, x, y), window.class_panel.question_bar
    window.commands.against.trigger()
    wait_until(lambda: not window.busy)
    expected = explainer(image, target=index, against=True, region=region).explanation.maps
    assert np.allclose(window.session.explanation.maps, expected, atol=1e-5)
    window.commands.rather.trigger()
    wait_until(lambda: not window.busy)
    other = window.session.question.other
    assert bar.other.currentText() == NAMES[other]
    expected = explainer(image, target=index, rather_than=other, region=region).explanation.maps
    assert np.allclose(window.session.explanation.maps, expected, atol=1e-5)


def test_slow_methods_explain_the_region(window, explainer, image, wait_until):
    labels = explainer.segment(image)
    index = in_parts(labels)
    x, y = spot_of(labels, index)
    click(window, wait_until, x, y)
    window.session.set_method("occlusion")
    wait_until(lambda: not window.busy)
    region = patch_of(labels, x, y)
    expected = explainer(image, target=index, region=region, method="occlusion").explanation
    assert np.allclose(window.session.explanation.maps, expected.maps, atol=1e-4)


def test_brush_and_test_of_the_map_follow_the_regions_score(window, explainer, image, wait_until):
    labels = explainer.segment(image)
    index = in_parts(labels)
    x, y = spot_of(labels, index)
    click(window, wait_until, x, y)
    sketch = window.session.sketch()
    scores = explainer.forward_only(image).tensors["place_scores"][0]
    powers = np.exp(scores - scores.max(axis=0))
    weights = window.session.question.region.weights
    expected = (powers / powers.sum(axis=0)) @ weights
    assert np.allclose(followed(sketch).answers(image[None])[0], expected, atol=1e-5)
    assert np.allclose(window.session.sketch().question.region.weights.sum(), 1, atol=1e-6)
    *_, last = measure(sketch)
    assert last[OWN].deletion.probabilities[0] == pytest.approx(expected[index], abs=1e-4)
    window.commands.brush.trigger()
    window.occlusion_brush.cover(QPointF(1, 1))
    wait_until(lambda: not window.busy)
    before = window.class_panel.classes._uncovered
    assert np.allclose(before, expected, atol=1e-5)


def test_several_labels_may_be_found_nowhere(open_window, models, image, tmp_path, wait_until):
    write_image(tmp_path / "noise.png", image)
    window = open_window(tmp_path / "noise.png", model=models["several_labels"])
    labels = whylight.Explainer(models["several_labels"]).segment(image)
    assert np.array_equal(np.unique(labels), np.unique(window.session.explanation.regions.labels))
    if (labels < 0).any():
        y, x = np.argwhere(labels < 0)[0]
        asked = window.session.question.class_index
        click(window, wait_until, x, y)
        assert window.session.question.class_index == asked
        assert not window.session.question.is_found


def test_folders_say_what_was_found(open_window, models, image, tmp_path, wait_until):
    explainer, shares = whylight.Explainer(models["softmax"]), {}
    for number, turned in enumerate((image, image[::-1], np.ascontiguousarray(image[:, ::-1]), image // 4)):
        write_image(tmp_path / f"{number}.png", turned)
        segments = explainer(tmp_path / f"{number}.png").segments
        shares[f"{number}.png"] = {each.class_name: each.share for each in segments}
    window = open_window(tmp_path, model=models["softmax"])
    images, box = window.gallery_panel.images, window.gallery_panel.filter_bar.predicted
    wait_until(lambda: not window.busy)
    found = {
        name: {each for each, share in found.items() if share >= LEAST_SHARE and each != "background"}
        for name, found in shares.items()
    }
    for name in NAMES[1:]:
        expected = sorted(file for file, classes in found.items() if name in classes)
        entry = box.findText(f"{name} ({len(expected)})")
        assert (entry >= 0) == bool(expected), name
        if expected:
            box.setCurrentIndex(entry)
            assert sorted(path.name for path in images.shown_paths) == expected


def test_a_line_of_text_is_read_and_its_letters_are_explained(open_window, text_reader, tmp_path, wait_until):
    rng = np.random.default_rng(5)
    line = np.repeat(rng.integers(0, 256, (1, 16, 3), np.uint8), 8, axis=1).repeat(32, axis=0)
    write_image(tmp_path / "line.png", line)
    explainer = whylight.Explainer(text_reader)
    result = explainer(line)
    assert len(result.letters) > 1
    window = open_window(tmp_path / "line.png", model=text_reader)
    assert window.region_panel.summary.text() == f"Read: {result.text}"
    rows = window.region_panel.regions.rows
    assert [row.name for row in rows] == [letter.sign.replace(" ", "␣") for letter in result.letters]
    assert not window.region_panel.colours.isVisible()
    for number, letter in enumerate(result.letters):
        if number % 2:
            click(window, wait_until, letter.spot[0], 5)
        else:
            window.region_panel.view.setCurrentIndex(window.region_panel.regions.index(number, 0))
            wait_until(lambda: not window.busy)
        question = window.session.question
        assert (question.class_index, question.region.letter) == (letter.class_index, number)
        expected = explainer(line, target=letter).explanation.maps
        assert np.allclose(window.session.explanation.maps, expected, atol=1e-5)
        best = window.class_panel.classes.index(0, 0)
        assert best.data(CLASS_ROLE) == letter.class_index, "the answers at the letter are listed"
        assert f"sign {number + 1} of the line" in window.answer_bar.text
    other = next(k for k in range(4) if k != question.class_index)
    choose_class(window, other, wait_until)
    expected = explainer(line, target=other, region=result.letters[-1].spot).explanation.maps
    assert np.allclose(window.session.explanation.maps, expected, atol=1e-5)
    # In the folder the tile says what was read, and the filter finds it.
    table = window.gallery_panel.images.table
    assert table.text(0) == result.text
    window.gallery_panel.filter_bar.filter.setText(result.text[:2])
    assert window.gallery_panel.images.rowCount() == 1
    window.gallery_panel.filter_bar.filter.setText("qqq")
    assert window.gallery_panel.images.rowCount() == 0


def test_outlines_follow_the_edges_of_cells():
    mask = np.zeros((5, 6), np.bool_)
    mask[1:3, 2:5] = True
    (outline,) = outlines(mask)
    box = outline.boundingRect()
    assert (box.left(), box.top()) == pytest.approx((2, 1), abs=0.1)
    assert (box.right(), box.bottom()) == pytest.approx((5, 3), abs=0.1)
    assert mask[int(deepest_place(mask).y()), int(deepest_place(mask).x())]


def test_the_background_stays_clear():
    labels = np.array([[0, 1], [2, -1]], np.int16)
    picture = coloured(labels, plain=0)
    alphas = [picture.pixelColor(x, y).alpha() for y in (0, 1) for x in (0, 1)]
    assert [alpha > 0 for alpha in alphas] == [False, True, True, False]


def test_equal_regions_are_one_question(window):
    session = window.session
    asked = session.question
    again = Question(asked.class_index)
    before = session.explanation
    session.ask(again)
    assert session.explanation is before
    assert not window.busy


def test_a_second_segmenter_draws_its_regions_on_its_own_panels(window, models, wait_until):
    window.second_model.open(models["softmax"])
    wait_until(lambda: not window.busy)
    first, second = window.regions.overlay, window.second_regions.overlay
    assert first.labels
    assert second.labels == first.labels
    assert second.asked is not None
    window.second_model.toggle()
    wait_until(lambda: not window.busy)
    assert second.labels == ()
    assert second.asked is None
    assert first.labels
