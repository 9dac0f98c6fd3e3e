"""The model of choice: what every start opens, and what happens where it cannot be used any more."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from desktop.files.dropped import Incoming
from desktop.main_window.window import MainWindow
from desktop.settings import Settings
from whylight import bundled
from whylight.pair.metadata import gradient_path


@pytest.fixture(autouse=True)
def own_bundled_pair(colours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A packaged app's assets, whose bundled pair is `Colours colours`."""
    assets = tmp_path / "assets"
    assets.mkdir(parents=True)
    shipped = assets / "general.onnx"
    put(colours, shipped)
    (assets / "samples").symlink_to(bundled.asset("samples"))
    (assets / "icon").symlink_to(bundled.asset("icon"))
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    return shipped


def put(model: Path, place: Path) -> None:
    """Copy a pair."""
    place.write_bytes(model.read_bytes())
    gradient_path(place).write_bytes(gradient_path(model).read_bytes())


def name(window: MainWindow) -> str:
    return window.session.opened_model.explainer.card.name


def trouble(window: MainWindow) -> str:
    return window.message_bar.label.text() if window.message_bar.isVisible() else ""


def test_the_choice_outlasts_the_last_session(open_window, make_pair, images, wait_until):
    chosen, other = make_pair("chosen"), make_pair("other")
    first = open_window(images, model=chosen)
    first.commands.choose_model.trigger()
    assert trouble(first) == "Whylight opens Colours chosen at start."
    first.session.open_model(other)
    wait_until(lambda: not first.busy)
    first.close()
    second = open_window(images)
    assert (name(second), trouble(second)) == ("Colours chosen", "")
    second.commands.general_model.trigger()
    wait_until(lambda: not second.busy)
    assert name(second) == "Colours colours"
    second.commands.choose_model.trigger()
    second.session.open_model(other)
    wait_until(lambda: not second.busy)
    second.close()
    assert name(open_window(images)) == "Colours other"  # no choice: the last session's


def truncate_gradients(model: Path, other: Path) -> str:
    data = gradient_path(model).read_bytes()
    gradient_path(model).write_bytes(data[: len(data) // 2])
    return "truncated or damaged"


def mix_up(model: Path, other: Path) -> str:
    gradient_path(model).write_bytes(gradient_path(other).read_bytes())
    return "are not of the same model"


def delete(model: Path, other: Path) -> str:
    model.unlink()
    return "there is no model file"


def delete_gradients(model: Path, other: Path) -> str:
    gradient_path(model).unlink()
    return "has no gradient graph"


DAMAGES = [truncate_gradients, mix_up, delete, delete_gradients]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_choice_that_broke_is_passed_over_in_words(
    damage: Callable[[Path, Path], str], open_window, make_pair, colours, images, tmp_path
):
    mine = tmp_path / "mine.onnx"
    put(make_pair("mine"), mine)
    first = open_window(images, model=mine)
    first.commands.choose_model.trigger()
    first.close()
    reason = damage(mine, make_pair("other"))
    second = open_window(images)
    assert name(second) == "Colours colours"
    assert reason in trouble(second)
    assert "mine" in trouble(second)
    assert trouble(second).endswith("Colours colours is open instead.")
    assert second.session.explanation is not None


@pytest.mark.parametrize("damage", [None, *DAMAGES])
def test_a_pair_in_place_of_the_bundled_one(
    damage: Callable[[Path, Path], str] | None, open_window, make_pair, images, tmp_path
):
    replacing = tmp_path / "assets" / "model.onnx"
    put(make_pair("mine"), replacing)
    reason = damage(replacing, make_pair("other")) if damage else ""
    window = open_window(images)
    if damage is None:
        assert (name(window), trouble(window)) == ("Colours mine", "")
    else:
        assert name(window) == "Colours colours"
        assert reason in trouble(window)
        assert trouble(window).endswith("Colours colours is open instead.")


def test_a_named_model_that_is_broken_leaves_the_next_best(open_window, make_pair, images, tmp_path):
    first = open_window(images, model=make_pair("chosen"))
    first.commands.choose_model.trigger()
    first.close()
    window = open_window(images, model=tmp_path / "nowhere.onnx")
    assert name(window) == "Colours chosen"
    assert "nowhere.onnx" in trouble(window)


def test_a_foreign_model_at_the_start_is_not_the_only_one(open_window, colours, images, tmp_path):
    model = onnx.load(colours)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "foreign.onnx")
    assert name(open_window(images, model=tmp_path / "foreign.onnx")) == "Colours colours"


def test_without_any_usable_pair_all_reasons_are_told(open_window, own_bundled_pair, images, tmp_path):
    own_bundled_pair.write_bytes(b"")
    window = open_window(images, model=tmp_path / "nowhere.onnx")
    assert window.session.opened_model is None
    for words in ("nowhere.onnx", "general.onnx", "Ctrl+M"):
        assert words in trouble(window)


def test_a_choice_that_cannot_be_remembered_is_said_so(application, colours, images, tmp_path, wait_until):
    (tmp_path / "file").write_text("")
    window = MainWindow([images], colours, Settings(tmp_path / "file" / "settings.ini"))
    window.show()
    wait_until(lambda: not window.busy)
    window.commands.choose_model.trigger()
    assert "cannot be saved" in trouble(window)
    assert "settings.ini" in trouble(window)
    window.close()
    window.deleteLater()


def test_the_menu_of_models_holds_both_commands(open_window, colours, images):
    window = open_window(images, model=colours)
    window.files.recent.fill()
    listed = window.files.recent.actions()
    assert {
        window.commands.choose_model,
        window.commands.general_model,
        window.commands.caltech_model,
    } <= set(listed)


def test_both_bundled_models_open(open_window, images, wait_until):
    window = open_window(images)
    assert (name(window), window.session.opened_model.bundled) == ("Colours colours", "general")
    window.commands.caltech_model.trigger()
    wait_until(lambda: not window.busy)
    assert "Caltech-101" in name(window)
    assert window.session.opened_model.bundled == "caltech"
    assert window.settings.models == [], "only models of the user's own are recent ones"
    window.close()
    assert "Caltech-101" in name(open_window(images))


def test_adopted_models_are_listed(open_window, make_pair, colours, images):
    window = open_window(images, model=colours)
    adopted = window.settings.models_folder / "mine.onnx"
    adopted.parent.mkdir(parents=True)
    put(make_pair("mine"), adopted)
    window.files.recent.fill()
    texts = [action.text() for action in window.files.recent.actions()]
    assert str(adopted) in texts
    assert str(gradient_path(adopted)) not in texts


def save_unusable(folder: Path, kind: str) -> Path:
    """A file that cannot be opened as a model: missing, text, or a network that is no image classifier."""
    path = folder / "mine.onnx"
    if kind == "text":
        path.write_text("mine")
    elif kind == "table":
        info = onnx.helper.make_tensor_value_info
        node = onnx.helper.make_node("Relu", ["row"], ["scores"])
        shape = ["N", 13]
        graph = onnx.helper.make_graph([node], "table", [info("row", 1, shape)], [info("scores", 1, shape)])
        onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)]), path)
    return path


@pytest.mark.parametrize("kind", ["missing", "text", "table"])
def test_a_named_model_that_cannot_be_used_is_said_and_stays_said(
    kind: str, open_window, images, tmp_path, wait_until
):
    window = open_window(images, model=save_unusable(tmp_path, kind))
    assert name(window) == "Colours colours"

    def assert_said() -> None:
        assert "mine.onnx" in trouble(window)
        assert "Colours colours is open instead." in trouble(window)
        assert "--" not in trouble(window)

    assert_said()
    window.gallery.open_paths([images / "002.blue"] if (images / "002.blue").exists() else [images])
    wait_until(lambda: not window.busy)
    assert_said()
    window.message_bar.show_message("something else")
    assert trouble(window).endswith("something else")
    assert_said()
    window.message_bar.clear_stale()
    assert_said()
    window.message_bar.close_button.click()
    assert trouble(window) == ""


@pytest.mark.parametrize("kind", ["missing", "text", "table"])
def test_a_model_that_an_open_window_is_given_is_said_too(
    kind: str, open_window, make_pair, colours, images, tmp_path, wait_until
):
    window = open_window(images, model=colours)
    window.files.open_incoming(Incoming((images,), save_unusable(tmp_path, kind)))
    wait_until(lambda: not window.busy)
    assert trouble(window).startswith("mine.onnx") or str(tmp_path / "mine.onnx") in trouble(window)
    assert trouble(window).endswith("Still using Colours colours.")
    window.session.open_model(make_pair("other"))
    wait_until(lambda: not window.busy)
    assert trouble(window) == "", "another is open by the user's wish"


def test_a_foreign_model_at_the_start_waits_in_words_until_it_is_prepared(
    open_window, colours, images, tmp_path, wait_until
):
    model = onnx.load(colours)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "foreign.onnx")
    window = open_window(images, model=tmp_path / "foreign.onnx")
    assert name(window) == "Colours colours"
    assert "foreign.onnx" in trouble(window)
    assert "Colours colours" in trouble(window)
