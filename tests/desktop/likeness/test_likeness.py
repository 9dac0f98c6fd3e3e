"""Likeness in the window: references by command, drop and dialog, both maps, the folder by likeness."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

import whylight
from desktop.analysis.map_test import OWN, measure
from desktop.gallery.image_table import Order
from desktop.likeness.comparing import unique_name, with_texts
from desktop.likeness.text_dialog import TextDialog, text_model_beside
from desktop.session.question import Kind
from tests.whylight.helpers.embedders import TOKENIZER, embedder, text_model
from whylight.images.encode import write_image


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("embedder")
    onnx.save(embedder(), folder / "theirs.onnx")
    whylight.adopt(folder / "theirs.onnx", folder / "ours.onnx", preprocessing="unit")
    return folder / "ours.onnx"


@pytest.fixture(scope="module")
def explainer(model):
    return whylight.Explainer(model)


@pytest.fixture
def folder(tmp_path):
    """Four images of coarse noise."""
    rng = np.random.default_rng(4)
    (tmp_path / "images").mkdir()
    for name in "abcd":
        cells = rng.integers(0, 256, (4, 5, 3), np.uint8)
        write_image(tmp_path / "images" / f"{name}.png", np.kron(cells, np.ones((9, 9, 1), np.uint8)))
    return tmp_path / "images"


@pytest.fixture
def window(open_window, model, folder):
    return open_window(folder, model=model)


def compare(window, wait_until, *paths):
    window.likeness.add_images(list(paths))
    wait_until(lambda: not window.busy)


def show(window, wait_until, path):
    window.gallery_panel.view.select_row(window.gallery_panel.images.row_of(path))
    wait_until(lambda: not window.busy)


def cosine(explainer, one, other):
    return float(explainer.embed(one) @ explainer.embed(other))


def test_without_references_it_says_what_to_do(window):
    assert window.reference_panel.isVisible()
    assert "compares" in window.reference_panel.summary.text()
    assert not window.reference_panel.remove.isEnabled()
    assert not window.reference_panels.isVisible()
    assert window.commands.compare_with.isVisible()


def test_the_command_compares_with_the_selected_image(window, explainer, folder, wait_until):
    show(window, wait_until, folder / "c.png")
    window.gallery_panel.view.setFocus()
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_E)
    wait_until(lambda: not window.busy)
    assert window.session.classes == ("c.png",)
    assert [window.reference_panel.view.item(0).text()] == ["c.png"]
    # The vectors are equal, which other images' may be, too: nothing is drawn, and the sentence says so.
    assert window.answer_bar.text.startswith("Alike c.png, cosine 1.00: the model cannot tell the two apart")
    assert window.panels.drawing.evidence.max() == 0
    assert window.reference_panels.drawing.evidence.max() == 0, "nor of the reference, whose map is rounding"


def test_without_references_its_numbers_are_raised_and_lowered(window, wait_until):
    """They are no classes, which an image is or is not."""
    question = window.session.question
    name = window.session.classes[question.class_index]
    assert window.class_panel.question_bar.words.text() == f"What raises {name}?"
    listed = window.class_panel.classes.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert window.answer_bar.text.startswith(listed), "the same number as in the list"
    assert window.class_panel.search.placeholderText() == "Search an answer"
    window.commands.against.trigger()
    wait_until(lambda: not window.busy)
    assert window.class_panel.question_bar.words.text() == f"What lowers {name}?"


def test_both_maps_are_those_of_python(window, explainer, folder, wait_until):
    show(window, wait_until, folder / "a.png")
    compare(window, wait_until, folder / "c.png")
    alike = cosine(explainer, folder / "a.png", folder / "c.png")
    expected = explainer.comparing({"c": folder / "c.png"})(folder / "a.png").explanation
    assert np.allclose(window.session.explanation.maps, expected.maps, atol=1e-6)
    assert float(window.session.explanation.probabilities[0]) == pytest.approx(alike, abs=1e-5)
    # The other way round: the reference is asked what of it is alike the image.
    other = explainer.comparing({"a": folder / "a.png"})(folder / "c.png").explanation
    assert window.reference_panels.isVisible()
    assert np.allclose(window.likeness._sketch.explanation.maps, other.maps, atol=1e-6)
    assert window.reference_panels.drawing.image.path == folder / "c.png"
    assert window.reference_panels._title == "c.png: what is alike a.png"
    words = window.answer_bar.text
    assert words.startswith(f"Alike c.png, cosine {alike:.2f}") or "no evidence" in words
    assert window.class_panel.question_bar.words.text() == "What is alike c.png?"


def test_against_and_rather_than(window, explainer, folder, wait_until):
    show(window, wait_until, folder / "a.png")
    compare(window, wait_until, folder / "c.png", folder / "d.png")
    references = {"c": folder / "c.png", "d": folder / "d.png"}
    both = explainer.comparing(references)
    window.session.ask(type(window.session.question)(0, Kind.AGAINST))
    wait_until(lambda: not window.busy)
    expected = both(folder / "a.png", target=0, against=True).explanation
    assert np.allclose(window.session.explanation.maps, expected.maps, atol=1e-6)
    assert window.class_panel.question_bar.words.text() == "What is unlike c.png?"
    other = explainer.comparing({"a": folder / "a.png"})(folder / "c.png", target=0, against=True).explanation
    assert np.allclose(window.likeness._sketch.explanation.maps, other.maps, atol=1e-6)
    window.commands.rather.trigger()
    wait_until(lambda: not window.busy)
    expected = both(folder / "a.png", target=0, rather_than=1).explanation
    assert np.allclose(window.session.explanation.maps, expected.maps, atol=1e-6)


def test_the_folder_is_sorted_by_likeness_and_tiles_say_it(window, explainer, folder, wait_until):
    compare(window, wait_until, folder / "b.png")
    images, order = window.gallery_panel.images, window.gallery_panel.filter_bar.order
    assert order.currentData() is Order.MOST_CERTAIN
    assert order.currentText() == "Most alike first"
    wait_until(lambda: not window.busy and not window.gallery_panel.busy)
    cosines = {path: cosine(explainer, path, folder / "b.png") for path in folder.iterdir()}
    expected = sorted(cosines, key=lambda path: -cosines[path])
    assert images.shown_paths == expected
    from desktop.gallery.image_list import BADGE_ROLE

    badges = [images.index(row, 0).data(BADGE_ROLE).text for row in range(4)]
    assert badges == [f"{cosines[path]:.2f}".replace("-", "−") for path in expected] or badges == [
        f"{cosines[path]:.2f}" for path in expected
    ]


def test_images_are_dropped_and_removed(window, folder, wait_until):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder / "b.png")), QUrl.fromLocalFile(str(folder / "d.png"))])
    drop = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.reference_panel.dropEvent(drop)
    wait_until(lambda: not window.busy)
    assert window.session.classes == ("b.png", "d.png")
    compare(window, wait_until, folder / "b.png")
    assert window.session.classes == ("b.png", "d.png"), "an image is a reference once"
    window.reference_panel.view.setCurrentRow(1)
    wait_until(lambda: not window.busy)
    assert window.session.question.class_index == 1
    QTest.mouseClick(window.reference_panel.remove, Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.busy)
    assert window.session.classes == ("b.png",)
    QTest.mouseClick(window.reference_panel.remove, Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.busy)
    assert len(window.session.classes) == 20
    assert not window.reference_panels.isVisible()


def test_another_layer_explains_both(window, explainer, folder, wait_until):
    show(window, wait_until, folder / "a.png")
    compare(window, wait_until, folder / "c.png")
    layer = next(each.name for each in explainer.layers() if each.name != explainer.layer)
    base = window.session.opened_model.explainer
    window.session.use_explainer(base.with_layer(layer))
    wait_until(lambda: not window.busy)
    other = explainer.with_layer(layer).comparing({"a": folder / "a.png"})(folder / "c.png").explanation
    assert np.allclose(window.likeness._sketch.explanation.maps, other.maps, atol=1e-6)


def test_an_unreadable_reference_is_reported_and_changes_nothing(window, folder, tmp_path, wait_until):
    (tmp_path / "broken.png").write_bytes(b"no image")
    compare(window, wait_until, folder / "b.png")
    compare(window, wait_until, tmp_path / "broken.png")
    assert window.session.classes == ("b.png",)
    assert "broken.png" in window.message_bar.label.text()


def test_the_map_is_tested_by_the_cosine(window, explainer, folder, wait_until):
    show(window, wait_until, folder / "a.png")
    compare(window, wait_until, folder / "c.png")
    *_, last = measure(window.session.sketch())
    alike = cosine(explainer, folder / "a.png", folder / "c.png")
    assert last[OWN].deletion.probabilities[0] == pytest.approx(alike, abs=1e-4)


def test_other_models_have_no_references(window, colours, folder, wait_until):
    compare(window, wait_until, folder / "b.png")
    window.session.open_model(colours)
    wait_until(lambda: not window.busy)
    assert not window.reference_panel.isVisible()
    assert not window.reference_panels.isVisible()
    assert not window.commands.compare_with.isVisible()


def test_texts_are_compared_with(window, explainer, folder, tmp_path, wait_until):
    pytest.importorskip("tokenizers")
    onnx.save(text_model(), tmp_path / "text_model.onnx")
    (tmp_path / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    dialog = TextDialog(window, [], text_model_beside(tmp_path / "vision.onnx"), None)
    dialog.chosen.connect(window.likeness.set_texts)
    dialog.open()
    ok = dialog.buttons.button(dialog.buttons.StandardButton.Ok)
    assert isinstance(ok, QPushButton)
    assert not ok.isEnabled(), "there is no text yet"
    dialog.texts.setPlainText("a cat\n\na dog \na cat")
    assert dialog.lines == ["a cat", "a dog"]
    QTest.mouseClick(ok, Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.busy)
    from whylight.similarity.text_encoder import TextEncoder

    texts = TextEncoder(tmp_path / "text_model.onnx")(["a cat", "a dog"])
    expected = explainer.comparing({"a cat": texts[0], "a dog": texts[1]}, zero_shot=True)
    assert window.session.classes == ("a cat", "a dog")
    answers = expected(window.session.image_path).probabilities
    assert np.allclose(window.session.explanation.probabilities, answers, atol=1e-5)
    assert answers.sum() == pytest.approx(1, abs=1e-5)
    assert not window.reference_panels.isVisible(), "a text has no map"


def test_a_text_model_runs_in_a_child_process(explainer, tmp_path, monkeypatch):
    """A stranger's file, as any other; nothing of it is opened here."""
    pytest.importorskip("tokenizers")
    onnx.save(text_model(), tmp_path / "text_model.onnx")
    (tmp_path / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    expected = with_texts(explainer, [], ["a cat", "a dog"], tmp_path / "text_model.onnx")

    def opened_here(*_arguments):
        raise AssertionError("it was opened in the window's process")

    monkeypatch.setattr("whylight.similarity.text_encoder.TextEncoder.__init__", opened_here)
    monkeypatch.delenv("WHYLIGHT_ISOLATION")
    found = with_texts(explainer, [], ["a cat", "a dog"], tmp_path / "text_model.onnx")
    for one, other in zip(found.references, expected.references, strict=True):
        assert np.allclose(one.vector, other.vector, atol=1e-6)


def test_the_reference_s_map_opens_a_layer_once(window, explainer, folder, wait_until, monkeypatch):
    compare(window, wait_until, folder / "b.png")
    opened = []
    with_layer = whylight.Explainer.with_layer

    def counted(model, layer):
        opened.append(layer)
        return with_layer(model, layer)

    other = next(each.name for each in explainer.layers() if each.is_cut and not each.is_target)
    window.layers.choose(other)
    wait_until(lambda: not window.busy)
    assert window.session.explanation is not None
    monkeypatch.setattr(whylight.Explainer, "with_layer", counted)
    show(window, wait_until, folder / "c.png")
    show(window, wait_until, folder / "d.png")
    assert window.reference_panels.isVisible()
    assert opened == []


def test_names_are_told_apart(tmp_path):
    assert unique_name(tmp_path / "one" / "a.png", []) == "a.png"
    assert unique_name(tmp_path / "one" / "a.png", ["a.png"]) == "one/a.png"
    assert unique_name(tmp_path / "one" / "a.png", ["a.png", "one/a.png"]) == "one/a.png (2)"
