"""Somebody else's ONNX file in the window: what was recognised, scaling, layer, and then it is open."""

from __future__ import annotations

import threading
from dataclasses import fields
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

import whylight
from desktop.models import adoption
from desktop.models.adopt_form import OTHER_FILE
from tests.whylight.helpers.embedders import embedder
from tests.whylight.helpers.readers import reader
from tests.whylight.helpers.segmenters import segmenter
from whylight.adoption.known_classes import known_class_names
from whylight.adoption.options import OPTIONS
from whylight.adoption.requirements import suggest_alternatives
from whylight.errors import ModelError
from whylight.isolation.process import StoppedError

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


def choose_by_hand(box, data) -> None:
    """As a click does, which tells of a choice that was made before, too."""
    choose(box, data)
    box.activated.emit(box.currentIndex())


def test_a_foreign_model_is_recognised_previewed_and_opened(
    open_window, colours, images, foreign, tmp_path, wait_until
):
    window = open_window(images, model=colours)
    window.adoption.folder = tmp_path / "adopted"
    window.session.open_model(foreign)
    wait_until(lambda: window.adopt_form.isVisible() and not window.busy)
    panel = window.adopt_form
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    choose_by_hand(panel.labels, OTHER_FILE)
    dialog = panel.findChild(QFileDialog)
    assert dialog.directory().absolutePath() == str(foreign.parent), "class names lie beside a model"
    dialog.close()
    assert "16 × 16" in panel.title.text()
    assert "3 classes" in panel.title.text()
    choose(panel.images.preset, "unit")
    wait_until(lambda: not window.busy)
    assert panel.preview.text() == "class 0 > 99.9 %, class 1 < 0.1 %, class 2 < 0.1 %", (
        "the image on show is red"
    )
    assert window.session.opened_model.explainer.card.name == "Colours colours"
    names = tmp_path / "names.txt"
    names.write_text("rot\ngruen\nblau\n")
    panel.set_labels(names)
    wait_until(lambda: panel.preview.text().startswith("rot > 99.9 %"))
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
    window.adopt_form.cancel.setFocus()
    QTest.mouseClick(window.adopt_form.cancel, Qt.MouseButton.LeftButton)
    assert not window.adopt_form.isVisible()
    assert window.gallery_panel.view.hasFocus(), "letters go to no text field"
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
    assert "Still using Colours colours." in window.message_bar.label.text()
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
    assert window.adopt_form.preview.text().startswith("Being prepared")
    assert window.adopt_form.waiting.isVisible()
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
    choose(form.images.preset, "clip")
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
    assert form.images.preset.currentData() is None
    assert not form.images.table.isVisible(), "nothing has to be found out"
    QTest.mouseClick(form.images.compare, Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.busy)
    assert form.images.table.isVisible()
    assert all("%" in answer for answer in form.images.table.answers("report"))
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
    choose(form.images.geometry_box, "letterbox:114")
    form.images.bgr.setCheckState(Qt.CheckState.Checked)
    form.images.mean.setText("0.1 0.2 0.3")
    form.images.std.setText("0.5")
    form.images.std.editingFinished.emit()
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
    choose(form.images.preset, "unit")
    wait_until(lambda: form.preview.text().startswith("rot > 99.9 %"))


def test_choices_are_the_options_of_adoption():
    asked = {field.name for field in fields(adoption.Asked)}
    chosen = {field.name for field in fields(adoption.Choices)} - {"asked"}
    assert asked | chosen == {option.name for option in OPTIONS}
    assert adoption.Choices().options.keys() == {option.name for option in OPTIONS}


def test_presets_are_tried_side_by_side(open_window, colours, images, foreign, wait_until):
    """The image on show is red: what takes blue first calls it class 2."""
    window, form = open_foreign(open_window, colours, images, foreign, wait_until)
    assert form.images.table.isVisible(), "the file does not say how values must be prepared"
    headers = [form.images.table.horizontalHeaderItem(column).text() for column in range(5)]
    assert headers[1:] == ["a.png", *adoption.SAMPLES]
    assert form.images.table.answers("unit")[0] == "class 0 > 99.9 %"
    assert form.images.table.answers("paddle")[0].startswith("class 2"), "blue first"
    image = adoption.sample_images()[0][1]
    told = adoption.preview(form.foreign, image, adoption.Choices("tf"))
    assert form.images.table.answers("tf")[1] == told.split(", ")[0]
    row = [
        form.images.table.item(row, 0).text().split(":")[0] for row in range(form.images.table.rowCount())
    ].index("paddle")
    form.images.table.setCurrentCell(row, 1)
    wait_until(lambda: not window.busy)
    assert form.images.preset.currentData() == "paddle"
    assert form.preview.text().startswith("class 2")


def test_all_options_reach_the_card(open_window, colours, images, foreign, tmp_path, wait_until):
    window, form = open_foreign(open_window, colours, images, foreign, wait_until)
    window.adoption.folder = tmp_path / "adopted"
    QTest.mouseClick(form.more, Qt.MouseButton.LeftButton)
    assert all(stop.isVisible() for stop in form.stops)
    form.name.setText("Three colours")
    choose(form.images.geometry_box, "crop")
    form.images.share.setValue(0.5)
    choose(form.images.interpolation, "lanczos")
    form.images.antialias.setCheckState(Qt.CheckState.Unchecked)
    choose(form.images.range, "0..255")
    wait_until(lambda: not window.busy)
    QTest.mouseClick(form.open, Qt.MouseButton.LeftButton)
    wait_until(lambda: not form.isVisible() and not window.busy)
    card = window.session.opened_model.explainer.card
    assert card.name == "Three colours"
    described = card.input
    assert (described.geometry, described.resize) == ("crop", 2 * SIDE)
    assert (described.interpolation, described.antialias, described.values) == ("lanczos", False, "0..255")


def test_bundled_lists_name_the_classes(open_window, colours, images, tmp_path, wait_until):
    ten = tmp_path / "ten.onnx"
    onnx.save(linear_network(10), ten)
    _, form = open_foreign(open_window, colours, images, ten, wait_until)
    assert form.labels.currentText() == "No names in the file: numbers"
    choose_by_hand(form.labels, "cifar10")
    wait_until(lambda: form.preview.text().split(" ")[0] in known_class_names("cifar10"))


def test_a_thousand_classes_without_names_are_proposed_as_imagenets(
    open_window, colours, images, tmp_path, wait_until
):
    thousand = tmp_path / "thousand.onnx"
    onnx.save(linear_network(1000), thousand)
    window, form = open_foreign(open_window, colours, images, thousand, wait_until)
    wait_until(lambda: not window.busy)
    assert form.labels.currentText() == "ImageNet"
    wait_until(lambda: any(form.preview.text().startswith(name) for name in known_class_names("imagenet")))


def linear_network(classes):
    """A network of a convolution and a linear layer."""
    random = np.random.default_rng(0)
    weights = {
        "kernel": random.standard_normal((4, 3, 3, 3)).astype(np.float32),
        "head": random.standard_normal((4, classes)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["pixels", "kernel"], ["channels"]),
        helper.make_node("Relu", ["channels"], ["kept"]),
        helper.make_node("GlobalAveragePool", ["kept"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("MatMul", ["flat", "head"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "somebody's",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, classes])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_an_adoption_can_be_stopped(open_window, colours, images, foreign, tmp_path, wait_until, monkeypatch):
    """The child process is ended, nothing is written, and the choices are back."""
    begun = threading.Event()

    def adopt_for_ever(model, out, options, *, cancelled):
        begun.set()
        for _ in range(20_000):
            if cancelled():
                raise StoppedError("stopped")
            threading.Event().wait(0.001)
        raise AssertionError("nobody stopped it")

    monkeypatch.setattr("whylight.isolation.trust.adopt_isolated", adopt_for_ever)
    window, form = open_foreign(open_window, colours, images, foreign, wait_until)
    window.adoption.folder = tmp_path / "adopted"
    QTest.mouseClick(form.open, Qt.MouseButton.LeftButton)
    wait_until(begun.is_set)
    QTest.mouseClick(form.cancel, Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.busy)
    assert form.isVisible()
    assert form.open.isEnabled()
    assert not form.waiting.isVisible()
    assert not window.message_bar.isVisible(), "who stops it need not be told"
    QTest.mouseClick(form.cancel, Qt.MouseButton.LeftButton)
    assert not form.isVisible()
    assert not list((tmp_path / "adopted").rglob("*.onnx"))


def test_a_step_of_the_adoption_is_told(open_window, colours, images, foreign, tmp_path, wait_until):
    window, form = open_foreign(open_window, colours, images, foreign, wait_until)
    window.adoption.folder = tmp_path / "adopted"
    told = []
    window.adoption.step_begun.connect(lambda step: told.append((str(step), form.preview.text())))
    QTest.mouseClick(form.open, Qt.MouseButton.LeftButton)
    wait_until(lambda: not form.isVisible() and not window.busy)
    assert [step for step, _ in told][:1] == ["reading the file"]
    assert told[0][1] == "Being prepared: reading the file…"


def test_a_model_without_gradients_is_explained_by_occlusion(
    open_window, colours, images, tmp_path, wait_until
):
    """It has no layer with places; occlusion finds the red half of an image for class 0."""
    path = tmp_path / "linear.onnx"
    onnx.save(network_without_maps(), path)
    window, form = open_foreign(open_window, colours, images, path, wait_until)
    window.adoption.folder = tmp_path / "adopted"
    assert form.without_gradients.isChecked(), "it has no map to explain"
    choose(form.images.preset, "unit")
    wait_until(lambda: not window.busy)
    assert "occlusion and RISE" in form.title.text()
    assert "--" not in form.title.text()
    QTest.mouseClick(form.open, Qt.MouseButton.LeftButton)
    wait_until(lambda: not form.isVisible() and not window.busy)
    session = window.session
    assert not session.opened_model.explainer.has_gradients
    assert session.method == "occlusion"
    assert window.tool_bar.method.currentText() == "Occlusion (slow)"
    row = window.gallery_panel.images.row_of(images / "mixed" / "halves.png")
    window.gallery_panel.view.select_row(row)
    wait_until(lambda: session.image is not None and session.image.path.name == "halves.png")
    wait_until(lambda: not window.busy)
    assert session.question.class_index == 0, "more of it is red than blue"
    evidence = window.panels.drawing.evidence
    width = evidence.shape[1]
    assert evidence[:, : width // 3].mean() > 0.5
    assert evidence[:, -width // 4 :].max() < 0.1
    window.tool_bar.method.setCurrentIndex(window.tool_bar.method.findData("rise"))
    wait_until(lambda: not window.busy)
    assert session.explanation.method == "rise"


def test_what_only_adoption_finds_out_leads_to_the_same_form(
    open_window, colours, images, foreign, tmp_path, wait_until, monkeypatch
):
    """A wrong gradient, for instance, which is found when all is made."""
    refusal = ModelError("the gradient at layer 'x' is not finite for an image of noise")
    suggest_alternatives(refusal, lambda: "")
    adopt = adoption.adopt

    def refuse_gradients(model, choices, *rest):
        if not choices.asked.without_gradients:
            raise refusal
        return adopt(model, choices, *rest)

    monkeypatch.setattr(adoption, "adopt", refuse_gradients)
    window, form = open_foreign(open_window, colours, images, foreign, wait_until)
    window.adoption.folder = tmp_path / "adopted"
    QTest.mouseClick(form.open, Qt.MouseButton.LeftButton)
    wait_until(lambda: form.without_gradients.isChecked() and not window.busy)
    assert "Why: the gradient at layer 'x' is not finite" in form.title.text()
    QTest.mouseClick(form.open, Qt.MouseButton.LeftButton)
    wait_until(lambda: not form.isVisible() and not window.busy)
    assert not window.session.opened_model.explainer.has_gradients


def network_without_maps():
    """Logits are ten times the means of the channels, by one linear layer on all pixels."""
    means = np.repeat(10 * np.eye(3), SIDE * SIDE, axis=1) / (SIDE * SIDE)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["pixels"], ["flat"]),
            helper.make_node("Gemm", ["flat", "means"], ["scores"], transB=1),
        ],
        "somebody's",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(means.astype(np.float32), "means")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_where_nothing_can_be_saved_a_model_is_set_up_for_this_time(
    open_window, colours, images, foreign, tmp_path, wait_until
):
    """A file lies where the folder of models would be, which refuses root as well."""
    (tmp_path / "home").write_text("read-only")
    window, form = open_foreign(open_window, colours, images, foreign, wait_until)
    window.adoption.folder = tmp_path / "home" / "adopted"
    QTest.mouseClick(form.open, Qt.MouseButton.LeftButton)
    wait_until(lambda: not form.isVisible() and not window.busy)
    path = window.session.opened_model.explainer.model_path
    assert path.name == "somebody.onnx"
    assert path.is_file()
    assert "has to be set up again the next time" in window.message_bar.label.text()
    assert str(tmp_path / "home" / "adopted") in window.message_bar.label.text()
    window.close()
    assert not path.exists(), "what is temporary is removed"


def test_a_file_that_is_refused_leaves_no_form_of_another(
    open_window, colours, images, foreign, tmp_path, wait_until
):
    window, form = open_foreign(open_window, colours, images, foreign, wait_until)
    bad = tmp_path / "notes.onnx"
    bad.write_text("no model")
    window.session.open_model(bad)
    assert window.card_view.toPlainText() == "Opening notes.onnx…"
    wait_until(lambda: not form.isVisible() and not window.busy)
    assert "notes.onnx" in window.message_bar.label.text()
    assert "somebody.onnx" not in window.message_bar.label.text()
    assert window.card_view.toPlainText().startswith("Colours colours")


def test_previews_on_several_threads_open_one_session(foreign, monkeypatch):
    """The line below the table and the table itself are filled at the same time."""
    found = adoption.examine(foreign)
    opened, meeting, lock = [], threading.Barrier(4), threading.Lock()
    from whylight.graphs import in_memory

    open_in_memory = in_memory.open_in_memory

    def slowly(*arguments, **options):
        threading.Event().wait(0.05)
        with lock:
            opened.append(1)
        return open_in_memory(*arguments, **options)

    monkeypatch.setattr(in_memory, "open_in_memory", slowly)
    told, image = [], np.full((20, 30, 3), (255, 0, 0), np.uint8)

    def ask():
        meeting.wait()
        told.append(adoption.preview(found, image, adoption.Choices("unit")))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["class 0 > 99.9 %, class 1 < 0.1 %, class 2 < 0.1 %"] * 4
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("network", "title"),
    [
        (lambda: segmenter("softmax"), "is a segmenter: 5 classes, stretch 64 × 48"),
        (reader, "reads lines of text: 5 signs, letterbox 64 × 16"),
        (embedder, "makes embeddings: 20 numbers, stretch 12 × 8"),
    ],
    ids=["segmenter", "reader", "embedder"],
)
def test_what_is_no_classifier_is_named(open_window, images, colours, wait_until, tmp_path, network, title):
    onnx.save(network(), tmp_path / "theirs.onnx")
    window = open_window(images, model=colours)
    window.session.open_model(tmp_path / "theirs.onnx")
    wait_until(lambda: window.adopt_form.is_choosing and not window.busy)
    assert title in window.adopt_form.title.text()


def test_previews_say_what_was_found_and_read(tmp_path):
    """As the adopted model says: shares of the largest classes, or the text."""
    image = np.kron(
        np.random.default_rng(3).integers(0, 256, (6, 8, 3), np.uint8), np.ones((9, 9, 1), np.uint8)
    )
    for name, network in (("segmenter", segmenter("softmax")), ("reader", reader())):
        onnx.save(network, tmp_path / f"{name}.onnx")
        found = adoption.examine(tmp_path / f"{name}.onnx")
        choices = adoption.Choices("unit" if name == "segmenter" else None)
        whylight.adopt(tmp_path / f"{name}.onnx", tmp_path / f"{name}.ours.onnx", **choices.options)
        result = whylight.Explainer(tmp_path / f"{name}.ours.onnx")(image)
        shares = [f"{each.class_name} {100 * each.share:.0f} %" for each in result.segments[:3]]
        expected = (result.text or "no letter was read") if name == "reader" else ", ".join(shares)
        assert adoption.preview(found, image, choices) == expected
