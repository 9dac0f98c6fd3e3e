"""Images that appear, vanish or are replaced while their folder is open."""

from __future__ import annotations

import os
import shutil
import threading

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtTest import QTest

from desktop.gallery import folder_watcher
from desktop.gallery.folder_watcher import SETTLE_MS, scan_for_changes
from desktop.gallery.image_table import Order
from whylight.images.encode import write_image

GREEN = np.full((40, 60, 3), (0, 255, 0), np.uint8)


def names(window) -> list[str]:
    return [path.name for path in window.gallery_panel.images.shown_paths]


def test_a_new_image_and_a_new_folder_appear(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    write_image(images / "003.blue" / "new.png", GREEN)
    wait_until(lambda: "new.png" in names(window) and not window.busy)
    later = images / "003.blue" / "later"
    later.mkdir()
    write_image(later / "newer.png", GREEN)
    wait_until(lambda: "newer.png" in names(window) and not window.busy)
    assert window.session.image_path.name == "a.png"
    assert window.status.position.text() == "1 of 7"


def test_a_folder_of_folders_takes_in_another_one(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    shutil.copytree(images / "003.blue", images / "more" / "004.blue")
    wait_until(lambda: names(window).count("c.png") == 2 and not window.busy)
    write_image(images / "more" / "004.blue" / "new.png", GREEN)
    wait_until(lambda: "new.png" in names(window) and not window.busy)


@pytest.mark.parametrize("place", ["003.blue/empty", "later/empty/deeper"], ids=["there before", "new"])
def test_a_image_that_comes_into_an_empty_folder_appears(open_window, colours, images, wait_until, place):
    if place.startswith("later"):
        window = open_window(images, model=colours)
        (images / place).mkdir(parents=True)
        wait_until(lambda: images / place in window.gallery.watcher.folders and not window.busy)
    else:
        (images / place).mkdir()
        window = open_window(images, model=colours)
    write_image(images / place / "new.png", GREEN)
    wait_until(lambda: "new.png" in names(window) and not window.busy)


def test_an_empty_folder_shows_the_first_image_that_comes(open_window, colours, tmp_path, wait_until):
    folder = tmp_path / "empty"
    folder.mkdir()
    window = open_window(folder, model=colours)
    assert window.panels.notice[0] == "No images"
    write_image(folder / "first.png", GREEN)
    wait_until(lambda: names(window) == ["first.png"] and not window.busy)
    assert window.session.image_path == folder / "first.png"


@pytest.mark.parametrize("place", ["", "003.blue"], ids=["all", "a folder in it"])
def test_what_is_made_anew_is_seen_and_watched_again(open_window, colours, images, wait_until, place):
    """As by a script that makes a data set once more."""
    window = open_window(images, model=colours)
    copy = images.parent / "copy"
    shutil.copytree(images, copy)
    whole = names(window)
    shutil.rmtree(images / place)
    left = [] if not place else whole[:3] + whole[4:]
    wait_until(lambda: names(window) == left and not window.busy)
    shutil.copytree(copy / place, images / place)
    wait_until(lambda: sorted(names(window)) == sorted(whole) and not window.busy)
    write_image(images / "003.blue" / "new.png", GREEN)
    wait_until(lambda: "new.png" in names(window) and not window.busy)
    shutil.copytree(copy / "001.red", images / "later")
    wait_until(lambda: names(window).count("a.png") == 2 and not window.busy)


def test_what_happens_above_the_open_folder_wakes_nobody(open_window, colours, images):
    window = open_window(images, model=colours)
    (images.parent / "other").mkdir()
    QTest.qWait(50)
    assert not window.gallery.watcher.busy


def test_of_images_opened_by_name_the_neighbours_stay_out(open_window, colours, images, wait_until):
    folder = images / "001.red"
    write_image(folder / "third.png", GREEN)
    window = open_window(folder / "a.png", folder / "mistake.png", model=colours)
    write_image(folder / "new.png", GREEN)
    (folder / "a.png").unlink()
    wait_until(lambda: names(window) == ["mistake.png"] and not window.busy)
    assert window.session.image_path == folder / "mistake.png"


@pytest.mark.parametrize("beside", [(), ("001.red/a.png",)], ids=["alone", "beside another"])
def test_a_image_that_was_named_before_it_was_there_is_shown_once_it_is(
    open_window, colours, images, wait_until, beside
):
    later = images / "003.blue" / "later.png"
    window = open_window(later, *(images / name for name in beside), model=colours)
    assert window.session.image_path == later
    assert window.session.image is None
    write_image(later, GREEN)
    wait_until(lambda: window.session.explanation is not None and not window.busy)
    assert window.session.image_path == later
    assert window.session.classes[window.session.explanation.classes[0]] == "green"


def test_of_a_image_opened_alone_the_folder_is_open_but_not_those_below(
    open_window, colours, images, wait_until
):
    shutil.copytree(images / "003.blue", images / "001.red" / "below")
    window = open_window(images / "001.red" / "a.png", model=colours)
    write_image(images / "001.red" / "new.png", GREEN)
    wait_until(lambda: "new.png" in names(window) and not window.busy)
    assert names(window) == ["a.png", "mistake.png", "new.png"]


def test_a_vanished_image_goes_and_its_neighbour_is_shown(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    (images / "001.red" / "a.png").unlink()
    wait_until(lambda: "a.png" not in names(window) and not window.busy)
    assert window.panels.drawing.image.path.name == "mistake.png"
    assert (
        window.gallery_panel.filter_bar.accuracy.text()
        == "66.7 % correct (2 of 3); not counted: 1 in other folders"
    ), "predictions are kept"
    assert window.gallery_panel.loader.get(images / "001.red" / "a.png") is None, "its thumbnail is not"


def test_a_removal_and_an_arrival_elsewhere_leave_place_and_selection(
    open_window, colours, tmp_path, wait_until
):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(100):
        write_image(folder / f"{number}.png", GREEN)
    window = open_window(folder, model=colours)
    view = window.gallery_panel.view
    view.select_row(50)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 3)
    for row in (52, 53, 60):
        view.selectionModel().select(view.model().index(row, 0), QItemSelectionModel.SelectionFlag.Select)
    selected, place = view.selected_paths(), view.verticalScrollBar().value()
    assert [path.name for path in selected] == ["50.png", "52.png", "53.png", "60.png"]
    assert place > 0
    (folder / "90.png").unlink()
    wait_until(lambda: "90.png" not in names(window) and not window.busy)
    assert view.selected_paths() == selected
    assert view.verticalScrollBar().value() == place
    window.gallery_panel.filter_bar.order.setCurrentIndex(
        window.gallery_panel.filter_bar.order.findData(Order.NAME)
    )
    for row in (3, 4):
        view.selectionModel().select(view.model().index(row, 0), QItemSelectionModel.SelectionFlag.Select)
    selected, place = view.selected_paths(), view.verticalScrollBar().value()
    write_image(folder / "1a.png", GREEN)
    wait_until(lambda: "1a.png" in names(window) and not window.busy)
    assert view.selected_paths() == selected
    assert view.verticalScrollBar().value() == place


def test_a_folder_that_changes_all_the_time_is_looked_at_once_at_a_time(
    open_window, colours, images, wait_until, monkeypatch
):
    """One of 100,000 images takes a third of a second to look at; looks must not queue up."""
    looks, is_free = [], threading.Event()

    def look_slowly(*arguments, **options):
        looks.append(arguments)
        assert is_free.wait(30)
        return scan_for_changes(*arguments, **options)

    window = open_window(images, model=colours)
    monkeypatch.setattr(folder_watcher, "scan_for_changes", look_slowly)
    for number in range(4):
        write_image(images / "003.blue" / f"{number}.png", GREEN)
        QTest.qWait(SETTLE_MS + 100)
    is_free.set()
    wait_until(lambda: "3.png" in names(window) and not window.busy)
    assert [name for name in names(window) if name[0].isdigit()] == ["0.png", "1.png", "2.png", "3.png"]
    assert len(looks) == 2, "the first, and one for all that came meanwhile"


def test_when_all_have_vanished_it_says_so(open_window, colours, images, wait_until):
    window = open_window(images / "003.blue", model=colours)
    (images / "003.blue" / "c.png").unlink()
    wait_until(lambda: not names(window) and not window.busy)
    assert window.panels.notice[0] == "No images"


def test_after_all_have_vanished_the_next_to_appear_is_shown(open_window, colours, images, wait_until):
    window = open_window(images / "003.blue", model=colours)
    path = images / "003.blue" / "c.png"
    content = path.read_bytes()
    path.unlink()
    wait_until(lambda: not names(window) and not window.busy)
    assert window.session.image_path is None, "another model would be asked about it"
    path.write_bytes(content)
    wait_until(lambda: names(window) == ["c.png"] and not window.busy)
    assert window.session.image_path == path
    assert window.panels.notice == ("", "")
    assert window.status.position.text() == "1 of 1"


def test_a_vanished_image_is_not_returned_to_by_a_filter(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    window.gallery_panel.filter_bar.filter.setText("a.png")
    wait_until(lambda: names(window) == ["a.png"] and not window.busy)
    (images / "001.red" / "a.png").unlink()
    wait_until(lambda: not names(window) and not window.busy)
    window.gallery_panel.filter_bar.filter.clear()
    wait_until(lambda: len(names(window)) == 4 and not window.busy)
    assert window.session.image_path.name == "mistake.png"
    assert window.status.position.text() == "1 of 4"


def test_a_image_replaced_while_shown_is_shown_anew(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    first = window.panels.drawing
    write_image(images / "001.red" / "a.png", GREEN)  # renamed into place
    wait_until(lambda: window.panels.drawing is not first and not window.busy)
    wait_until(lambda: window.status.folder_class.text() == "class folder: red (wrong)")
    second = window.panels.drawing
    path = images / "001.red" / "a.png"
    other = (images / "003.blue" / "c.png").read_bytes()
    with path.open("r+b") as file:  # written over
        file.truncate()
        file.write(other)
        os.fsync(file.fileno())
    wait_until(lambda: window.panels.drawing is not second and not window.busy)
    wait_until(lambda: window.class_panel.classes.index(0, 0).data() == "blue")


def test_another_replaced_image_is_predicted_anew(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    write_image(images / "003.blue" / "c.png", GREEN)
    wait_until(
        lambda: (
            window.gallery_panel.filter_bar.accuracy.text()
            == "50.0 % correct (2 of 4); not counted: 1 in other folders"
        )
    )
    assert window.session.image_path.name == "a.png"


def test_what_was_said_of_a_replaced_image_is_void_although_predictions_were_stopped(
    open_window, colours, images, wait_until
):
    window = open_window(images, model=colours)
    assert (
        window.gallery_panel.filter_bar.accuracy.text()
        == "75.0 % correct (3 of 4); not counted: 1 in other folders"
    )
    window.gallery.predictor.cancel()
    write_image(images / "003.blue" / "c.png", GREEN)
    wait_until(
        lambda: (
            window.gallery_panel.filter_bar.accuracy.text()
            == "66.7 % correct so far (2 of 3); not counted: 1 in other folders"
        )
    )


def test_a_single_image_brings_its_folder(open_window, colours, images):
    window = open_window(images / "001.red" / "mistake.png", model=colours)
    assert names(window) == ["a.png", "mistake.png"]
    assert window.session.image_path.name == "mistake.png"
    assert window.gallery_panel.view.currentIndex().row() == 1
    assert window.status.position.text() == "2 of 2"
