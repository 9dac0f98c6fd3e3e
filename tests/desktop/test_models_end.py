"""A model that is no longer open leaves the memory at once, whatever was done with it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF

from desktop.scales import Scale
from explain.explainer import Explainer


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


def living(made: list[weakref.ref[Explainer]]) -> list[Explainer]:
    return [explainer for reference in made if (explainer := reference()) is not None]


def test_of_many_models_opened_only_the_last_is_kept(
    open_window, colours, make_pair, pictures, wait_until, made
):
    window = open_window(pictures, model=colours)
    other = make_pair("other")
    for path in (other, colours, other, Path("nowhere.onnx"), colours):
        window.session.open_model(path)
        wait_until(lambda: not window.busy)
    wait_until(lambda: len(living(made)) == 1, "earlier models to go", seconds=2)
    assert living(made) == [window.session.opened_model.explainer]
    assert len(made) == 5


def test_nothing_that_was_done_with_a_model_keeps_it(
    open_window, colours, make_pair, pictures, tmp_path, wait_until, made
):
    window = open_window(pictures, model=colours)
    (tmp_path / "report").mkdir()
    (pictures / "001.red" / "broken.png").write_bytes(b"")

    def settle() -> None:
        wait_until(lambda: not window.busy)

    layers: list[list] = []
    window.layering.listed.connect(layers.append)
    window.layering.ask()
    settle()
    for layer in [choice.name for choice in layers[0] if not choice.is_target]:
        window.layering.choose(layer)
        settle()
    window.layering.choose("no such layer")
    settle()
    window.tool_bar.method.setCurrentIndex(3)
    window.tool_bar.scale.setCurrentIndex(1)
    settle()
    window.measure()
    settle()
    window.cover(QPointF(5, 5))
    settle()
    window.errands.copy_panels()
    window.errands.save_panels(tmp_path / "panels.png")
    pictures_and_broken = [*window.picture_panel.pictures.shown_paths, pictures / "001.red" / "broken.png"]
    for scale in (Scale.ITSELF, Scale.FOLDER):
        window.tool_bar.scale.setCurrentIndex(window.tool_bar.scale.findData(scale))
        window.errands.write_report(pictures_and_broken, tmp_path / "report")
        settle()
    window.comparison.open(make_pair("other"))
    settle()
    window.comparison.toggle()
    settle()
    window.session.open_model(make_pair("third"))
    settle()
    wait_until(lambda: len(living(made)) == 1, "earlier models to go", seconds=2)
    assert living(made) == [window.session.opened_model.explainer]
