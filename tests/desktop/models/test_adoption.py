"""Somebody else's ONNX file in the window: what was recognised, scaling, layer, and then it is open."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from desktop.models import adoption

SIDE = 16
CASES = Path(__file__).parents[2] / "whylight" / "cases"


@pytest.fixture
def foreign(tmp_path):
    """A network of three classes for values in 0..1: the logits are ten times the channels' means."""
    weights = {
        "identity": np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1),
        "times_ten": (10 * np.eye(3)).astype(np.float32),
        "bias": np.zeros(3, np.float32),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["pixels", "identity"], ["channels"], name="first"),
            helper.make_node("Relu", ["channels"], ["kept"], name="relu"),
            helper.make_node("GlobalAveragePool", ["kept"], ["means"]),
            helper.make_node("Flatten", ["means"], ["flat"]),
            helper.make_node("Gemm", ["flat", "times_ten", "bias"], ["scores"], transB=1),
        ],
        "somebody's",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "somebody.onnx"
    onnx.save(model, path)
    return path


def choose(box, data) -> None:
    box.setCurrentIndex(box.findData(data))


def test_a_foreign_model_is_recognised_previewed_and_opened(
    open_window, colours, images, foreign, tmp_path, wait_until
):
    window = open_window(images, model=colours)
    window.adoption.folder = tmp_path / "adopted"
    window.session.open_model(foreign)
    wait_until(lambda: window.adopt_form.isVisible() and not window.busy)
    panel = window.adopt_form
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    panel.labels.click()
    dialog = panel.findChild(QFileDialog)
    assert dialog.directory().absolutePath() == str(foreign.parent), "class names lie beside a model"
    dialog.close()
    assert "16 × 16" in panel.title.text()
    assert "3 classes" in panel.title.text()
    choose(panel.preset, "unit")
    wait_until(lambda: not window.busy)
    assert panel.preview.text() == "class 0 100 %, class 1 0 %, class 2 0 %", "the image on show is red"
    assert window.session.opened_model.explainer.card.name == "Colours colours"
    names = tmp_path / "names.txt"
    names.write_text("rot\ngruen\nblau\n")
    panel.set_labels(names)
    wait_until(lambda: panel.preview.text().startswith("rot 100 %"))
    QTest.mouseClick(panel.open, Qt.MouseButton.LeftButton)
    wait_until(lambda: not panel.isVisible() and not window.busy)
    card = window.session.opened_model.explainer.card
    assert card.classes == ("rot", "gruen", "blau")
    path = window.session.opened_model.explainer.model_path
    assert (path.name, path.parents[1]) == ("somebody.onnx", tmp_path / "adopted")
    assert window.class_panel.classes.index(0, 0).data() == "rot"
    assert window.panels.drawing.image.path.name == "a.png"


def test_cancelling_keeps_the_model_that_is_open(open_window, colours, images, foreign, wait_until):
    window = open_window(images, model=colours)
    window.session.open_model(foreign)
    wait_until(lambda: window.adopt_form.isVisible() and not window.busy)
    QTest.mouseClick(window.adopt_form.cancel, Qt.MouseButton.LeftButton)
    assert not window.adopt_form.isVisible()
    assert window.session.opened_model.explainer.card.name == "Colours colours"


def test_wrong_class_names_are_told_and_can_be_changed(
    open_window, colours, images, foreign, tmp_path, wait_until
):
    window = open_window(images, model=colours)
    window.session.open_model(foreign)
    wait_until(lambda: window.adopt_form.isVisible() and not window.busy)
    names = tmp_path / "names.txt"
    names.write_text("one\n")
    window.adopt_form.set_labels(names)
    wait_until(lambda: not window.busy)
    assert "names.txt" in window.message_bar.label.text()
    assert "Colours colours stays open." in window.message_bar.label.text()
    assert window.adopt_form.open.isEnabled()


def test_another_image_asked_for_meanwhile_does_not_end_the_preparation(
    open_window, colours, images, foreign, tmp_path, wait_until, monkeypatch
):
    gate, adopt = threading.Event(), adoption.adopt

    def adopt_late(*arguments):
        assert gate.wait(20)
        return adopt(*arguments)

    monkeypatch.setattr(adoption, "adopt", adopt_late)
    window = open_window(images, model=colours)
    window.adoption.folder = tmp_path / "adopted"
    window.session.open_model(foreign)
    wait_until(lambda: window.adopt_form.isVisible() and not window.busy)
    QTest.mouseClick(window.adopt_form.open, Qt.MouseButton.LeftButton)
    window.gallery_panel.view.step(1)
    wait_until(lambda: window.session.explanation is not None and not window.session.busy)
    assert window.adopt_form.preview.text() == "Being prepared…"
    gate.set()
    wait_until(lambda: not window.adopt_form.isVisible() and not window.busy)
    assert window.session.opened_model.explainer.card.name == "somebody"


def test_models_of_the_same_name_from_two_folders_are_both_kept(foreign, tmp_path):
    other = tmp_path / "elsewhere" / foreign.name
    other.parent.mkdir()
    other.write_bytes(foreign.read_bytes())
    choices, folder = adoption.Choices("unit"), tmp_path / "adopted"
    first, second = (adoption.adopt(adoption.examine(path), choices, folder) for path in (foreign, other))
    assert first != second
    assert first.is_file()
    assert second.is_file()
    assert adoption.adopt(adoption.examine(foreign), choices, folder) == first


def open_foreign(open_window, colours, images, path, wait_until):
    """A window that has examined a model, and its form."""
    window = open_window(images, model=colours)
    window.session.open_model(path)
    wait_until(lambda: window.adopt_form.isVisible() and not window.busy)
    return window, window.adopt_form


def test_an_open_size_is_asked_for(open_window, colours, images, tmp_path, wait_until):
    """All axes are open, as transformers' exporter leaves them."""
    window, form = open_foreign(open_window, colours, images, CASES / "optimum_all_dynamic.onnx", wait_until)
    window.adoption.folder = tmp_path / "adopted"
    assert "leaves its size open" in form.title.text()
    assert "--size" not in form.title.text()
    assert not form.open.isEnabled()
    assert form.height_box.isEnabled()
    form.height_box.setValue(64)
    form.width_box.setValue(48)
    wait_until(lambda: form.open.isEnabled() and not window.busy)
    assert "48 × 64" in form.title.text()
    choose(form.preset, "clip")
    wait_until(lambda: not window.busy)
    assert "%" in form.preview.text()
    QTest.mouseClick(form.open, Qt.MouseButton.LeftButton)
    wait_until(lambda: not form.isVisible() and not window.busy)
    card = window.session.opened_model.explainer.card
    assert card.input_size == (64, 48)
    assert card.input.geometry == "crop"
    assert card.input.sources["geometry"] == "preset"


def test_the_output_with_the_scores_is_asked_for(open_window, colours, images, tmp_path, wait_until):
    window, form = open_foreign(open_window, colours, images, CASES / "embed_logits.onnx", wait_until)
    window.adoption.folder = tmp_path / "adopted"
    assert "several outputs could be the scores" in form.title.text()
    assert not form.open.isEnabled()
    choose(form.scores, "logits")
    wait_until(lambda: form.open.isEnabled() and not window.busy)
    QTest.mouseClick(form.open, Qt.MouseButton.LeftButton)
    wait_until(lambda: not form.isVisible() and not window.busy)
    assert window.session.opened_model.explainer.card.name == "embed_logits"


def test_a_single_number_is_asked_about(open_window, colours, images, wait_until):
    window, form = open_foreign(open_window, colours, images, CASES / "one_logit.onnx", wait_until)
    assert "single number" in form.title.text()
    choose(form.answers, "binary")
    wait_until(lambda: form.open.isEnabled() and not window.busy)
    assert "2 classes" in form.title.text()


def test_what_the_file_says_is_proposed(open_window, colours, images, tmp_path, wait_until):
    window, form = open_foreign(open_window, colours, images, CASES / "winml_bgr.onnx", wait_until)
    window.adoption.folder = tmp_path / "adopted"
    assert "is written in the file" in form.title.text()
    assert form.preset.currentData() is None
    wait_until(lambda: "→" in form.preset.itemText(form.preset.count() - 1) and not window.busy)
    QTest.mouseClick(form.open, Qt.MouseButton.LeftButton)
    wait_until(lambda: not form.isVisible() and not window.busy)
    card = window.session.opened_model.explainer.card
    assert (card.input.colours, card.input.values) == ("bgr", "0..255")
    assert card.input.sources["values"] == "file"


def test_geometry_colours_mean_and_std_can_be_chosen(
    open_window, colours, images, foreign, tmp_path, wait_until
):
    window, form = open_foreign(open_window, colours, images, foreign, wait_until)
    window.adoption.folder = tmp_path / "adopted"
    assert not form.height_box.isEnabled(), "the file fixes it"
    assert form.height_box.value() == SIDE
    choose(form.geometry_box, "letterbox:114")
    form.bgr.setCheckState(Qt.CheckState.Checked)
    form.mean.setText("0.1 0.2 0.3")
    form.std.setText("0.5")
    form.std.editingFinished.emit()
    wait_until(lambda: not window.busy)
    assert form.preview.text().startswith("class 2"), "the image on show is red, and blue comes first"
    QTest.mouseClick(form.open, Qt.MouseButton.LeftButton)
    wait_until(lambda: not form.isVisible() and not window.busy)
    card = window.session.opened_model.explainer.card
    assert (card.mean, card.std) == ((0.1, 0.2, 0.3), (0.5, 0.5, 0.5))
    assert (card.input.geometry, card.input.pad, card.input.colours) == ("letterbox", (114,) * 3, "bgr")
    assert card.input.sources["geometry"] == card.input.sources["values"] == "user"


def test_a_dropped_file_names_the_classes(open_window, colours, images, foreign, tmp_path, wait_until):
    _, form = open_foreign(open_window, colours, images, foreign, wait_until)
    names = tmp_path / "names.txt"
    names.write_text("rot\ngruen\nblau\n")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(names))])
    drop = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    form.dropEvent(drop)
    choose(form.preset, "unit")
    wait_until(lambda: form.preview.text().startswith("rot 100 %"))
