"""A model that is no longer open leaves the memory at once, with its answers, whatever was done with it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from desktop.session.color_scale import Scale, Scales
from whylight.bundled import bundled_model, sample_images
from whylight.explainer import Explainer
from whylight.explanation import Explanation
from whylight.images.decode import read_image


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[weakref.ref[Explainer]]]:
    """Every explainer made, and no garbage collection: the window keeps what it found from it for long."""
    explainers: list[weakref.ref[Explainer]] = []
    open_ = Explainer._open

    def noting(self: Explainer, *rest: object) -> None:
        open_(self, *rest)
        explainers.append(weakref.ref(self))

    monkeypatch.setattr(Explainer, "_open", noting)
    gc.disable()
    yield explainers
    gc.enable()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[weakref.ref[np.ndarray]]:
    """A tensor of every answer, any of which keeps all memory of the runs of the model that gave it."""
    tensors: list[weakref.ref[np.ndarray]] = []
    init = Explanation.__init__

    def noting(self: Explanation, *args: object, **named: object) -> None:
        init(self, *args, **named)
        tensors.append(weakref.ref(self.tensors["activations"]))

    monkeypatch.setattr(Explanation, "__init__", noting)
    return tensors


def living(made: list[weakref.ref[Explainer]]) -> list[Explainer]:
    return [explainer for reference in made if (explainer := reference()) is not None]


def living_beside(shown: Explanation, answers: list[weakref.ref[np.ndarray]]) -> list[np.ndarray]:
    kept = [tensor for reference in answers if (tensor := reference()) is not None]
    return [tensor for tensor in kept if tensor is not shown.tensors["activations"]]


def test_of_many_models_opened_only_the_last_is_kept(
    open_window, colours, make_pair, images, wait_until, made
):
    window = open_window(images, model=colours)
    other = make_pair("other")
    for path in (other, colours, other, Path("nowhere.onnx"), colours):
        window.session.open_model(path)
        wait_until(lambda: not window.busy)
    wait_until(lambda: len(living(made)) == 1, "earlier models to go", seconds=2)
    assert living(made) == [window.session.opened_model.explainer]
    assert len(made) == 5


def test_a_second_model_that_was_closed_leaves_no_answer(
    open_window, colours, make_pair, images, wait_until, made, answers
):
    window = open_window(images, model=colours)
    window.tool_bar.scale.setCurrentIndex(window.tool_bar.scale.findData(Scale.CLASSES))
    window.second_model.open(make_pair("other"))
    wait_until(lambda: not window.busy)
    before = len(answers)
    window.session.open_image(images / "003.blue" / "c.png")
    wait_until(lambda: not window.busy)
    assert len(answers) > before
    window.second_model.toggle()
    wait_until(lambda: not window.busy)
    shown = window.session.explanation
    wait_until(lambda: not living_beside(shown, answers), "answers to go", seconds=2)


def test_a_scale_keeps_no_answer_that_it_was_asked_about(answers, graph_runs):
    explainer, scales = Explainer(bundled_model("caltech")), Scales()
    explanation = explainer.explain(read_image(sample_images()[0]))
    strongest = scales.strongest(explainer, explanation, Scale.CLASSES)
    other = explainer.map_for_weights(explanation, np.eye(explainer.class_count)[[3]])
    asked = graph_runs["gradient"]
    assert scales.strongest(explainer, other, Scale.CLASSES) == pytest.approx(strongest)
    assert graph_runs["gradient"] == asked, "the classes of one image were asked twice"
    del explanation, other
    assert answers
    assert not [tensor for tensor in answers if tensor() is not None]


def test_nothing_that_was_done_with_a_model_keeps_it(
    open_window, colours, make_pair, images, tmp_path, wait_until, made, answers
):
    window = open_window(images, model=colours)
    (tmp_path / "report").mkdir()
    (images / "001.red" / "broken.png").write_bytes(b"")

    def settle() -> None:
        wait_until(lambda: not window.busy)

    layers: list[list] = []
    window.layers.listed.connect(layers.append)
    window.layers.list_layers()
    settle()
    for layer in [choice.name for choice in layers[0] if not choice.is_target]:
        window.layers.choose(layer)
        settle()
    window.layers.choose("no such layer")
    settle()
    window.tool_bar.method.setCurrentIndex(3)
    window.tool_bar.scale.setCurrentIndex(1)
    settle()
    window.faithfulness.measure()
    settle()
    window.occlusion_brush.cover(QPointF(5, 5))
    settle()
    window.output.copy_panels()
    window.output.save_panels(tmp_path / "panels.png")
    images_and_broken = [*window.gallery_panel.images.shown_paths, images / "001.red" / "broken.png"]
    for scale in (Scale.ITSELF, Scale.FOLDER):
        window.tool_bar.scale.setCurrentIndex(window.tool_bar.scale.findData(scale))
        window.output.write_report(images_and_broken, tmp_path / "report")
        settle()
    window.second_model.open(make_pair("other"))
    settle()
    window.second_model.toggle()
    settle()
    window.session.open_model(make_pair("third"))
    settle()
    wait_until(lambda: len(living(made)) == 1, "earlier models to go", seconds=2)
    assert living(made) == [window.session.opened_model.explainer]
    assert not living_beside(window.session.explanation, answers)
