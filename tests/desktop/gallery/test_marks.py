"""Marks: given by key, kept, shown, filtered, written as a table, and as copies that replace nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.gallery.image_list import MARK_ROLE
from desktop.gallery.marks import Mark, MarkedImage, Marks, copy_in_folders, marks_as_csv
from desktop.gallery.thumbnail_delegate import MARK_COLOURS


def choose(box, data) -> None:
    box.setCurrentIndex(box.findData(data))


def shown(window):
    return [path.name for path in window.gallery_panel.images.shown_paths]


def test_keys_mark_the_image_on_show_and_unmark_it(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    index = window.gallery_panel.images.index(0, 0)
    QTest.keyClick(window, Qt.Key.Key_N)
    assert index.data(MARK_ROLE) is Mark.WRONG_LABEL
    assert "marked: wrong label" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    QTest.keyClick(window, Qt.Key.Key_I)
    assert index.data(MARK_ROLE) is Mark.INTERESTING, "one mark an image"
    QTest.keyClick(window, Qt.Key.Key_I)
    assert index.data(MARK_ROLE) is None
    wait_until(lambda: not window.busy)


def test_all_selected_images_are_marked(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    window.gallery_panel.view.selectAll()
    window.commands.mark_right.trigger()
    assert len(window.gallery_panel.images.marked()) == 5


def test_the_tile_shows_the_mark(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    view = window.gallery_panel.view
    QTest.keyClick(window, Qt.Key.Key_I)
    view.clearSelection()
    wait_until(lambda: not window.busy)
    picture = view.viewport().grab().toImage()
    rect = view.visualRect(window.gallery_panel.images.index(0, 0))
    ratio = picture.devicePixelRatio()
    wanted = MARK_COLOURS[Mark.INTERESTING].rgb()
    found = sum(
        picture.pixel(round(x * ratio), round(y * ratio)) == wanted
        for x in range(rect.center().x(), rect.right())
        for y in range(rect.top(), rect.center().y())
    )
    assert found > 50


def test_marks_are_kept_for_the_next_time(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    QTest.keyClick(window, Qt.Key.Key_Y)
    window.close()
    again = open_window(images, model=colours)
    assert [image.path.name for image in again.gallery_panel.images.marked()] == ["a.png"]
    assert again.commands.export_marks.isEnabled()


def test_images_are_filtered_by_mark(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    box = window.gallery_panel.filter_bar.marked
    assert not box.isVisible(), "nothing is marked"
    QTest.keyClick(window, Qt.Key.Key_Y)
    window.gallery_panel.view.step(1)
    QTest.keyClick(window, Qt.Key.Key_N)
    wait_until(lambda: not window.busy)
    assert box.isVisible()
    assert box.itemText(box.findData(int(Mark.WRONG_LABEL))) == "wrong label (1)"
    choose(box, int(Mark.WRONG_LABEL))
    assert shown(window) == ["mistake.png"]
    choose(box, -1)
    assert shown(window) == ["a.png", "mistake.png"]
    choose(box, 0)
    assert shown(window) == ["b.png", "c.png", "halves.png"]


def test_marks_follow_their_images_when_others_vanish(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    last = images / "mixed" / "halves.png"
    window.gallery_panel.images.set_mark([last], Mark.RIGHT)
    window.gallery_panel.remove([images / "001.red" / "a.png"])
    assert [image.path for image in window.gallery_panel.images.marked()] == [last]
    wait_until(lambda: not window.busy)


def test_the_table_says_what_is_known(open_window, colours, images, tmp_path, wait_until):
    window = open_window(images, model=colours)
    window.gallery_panel.images.set_mark([images / "001.red" / "mistake.png"], Mark.WRONG_LABEL)
    outside = tmp_path / "table.csv"
    window.marks.export_table(outside)
    wait_until(lambda: outside.is_file() and not window.busy)
    assert "Marks saved: 1, in" in window.message_bar.label.text()
    (row,) = csv.DictReader(outside.read_text().splitlines())
    assert row["file"] == "pictures/001.red/mistake.png", "relative to the table"
    assert (row["mark"], row["label"], row["predicted"]) == ("wrong-label", "red", "green")
    explainer = window.session.opened_model.explainer
    expected = explainer.predict(images / "001.red" / "mistake.png").max()
    assert float(row["probability"]) == pytest.approx(expected, abs=1e-4)


def test_a_table_holds_no_formulas_and_absolute_paths_of_what_lies_elsewhere(tmp_path):
    text = marks_as_csv(
        [
            MarkedImage(tmp_path / "=run.png", Mark.RIGHT),
            MarkedImage(Path("/elsewhere/a.png"), Mark.INTERESTING, "=cmd", "@x", 0.5),
        ],
        tmp_path,
    )
    first, second = csv.DictReader(text.splitlines())
    assert first == {"file": "'=run.png", "mark": "right", "label": "", "predicted": "", "probability": ""}
    assert second["file"] == Path("/elsewhere/a.png").as_posix()
    assert (second["label"], second["predicted"]) == ("'=cmd", "'@x")


def test_copies_replace_nothing(tmp_path):
    sources = [tmp_path / "one" / "x.png", tmp_path / "two" / "x.png"]
    for source in sources:
        source.parent.mkdir()
        source.write_text(source.parent.name)
    mine = tmp_path / "out" / "right" / "x.png"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    images = [MarkedImage(source, Mark.RIGHT) for source in sources]
    images.append(MarkedImage(sources[0], Mark.WRONG_LABEL))
    assert list(copy_in_folders(images, tmp_path / "out")) == [1, 2, 3]
    found = {
        path.relative_to(tmp_path / "out").as_posix(): path.read_text()
        for path in (tmp_path / "out").rglob("*.png")
    }
    assert found == {
        "right/x.png": "mine",
        "right/x (2).png": "one",
        "right/x (3).png": "two",
        "wrong-label/x.png": "one",
    }
    assert [source.read_text() for source in sources] == ["one", "two"]


def test_copies_of_what_is_gone_say_so(open_window, colours, images, tmp_path, wait_until):
    window = open_window(images, model=colours)
    window.gallery_panel.images.set_mark([images / "003.blue" / "c.png"], Mark.RIGHT)
    window.marks.copy_to(tmp_path / "out")
    wait_until(lambda: not window.busy)
    assert "Images copied: 1, to" in window.message_bar.label.text()
    assert (tmp_path / "out" / "right" / "c.png").read_bytes() == (images / "003.blue" / "c.png").read_bytes()
    (images / "003.blue" / "c.png").unlink()
    with pytest.raises(FileNotFoundError):
        list(copy_in_folders([MarkedImage(images / "003.blue" / "c.png", Mark.RIGHT)], tmp_path / "out"))
    assert [path.name for path in (tmp_path / "out" / "right").iterdir()] == ["c.png"], "no empty copy"
    wait_until(lambda: not window.busy)


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": "no such mark"}', '{"a": 1}'])
def test_a_file_of_marks_that_cannot_be_read_is_kept(tmp_path, text):
    file = tmp_path / "marks.json"
    file.write_text(text)
    marks = Marks(file)
    assert len(marks) == 0
    marks.set_mark([tmp_path / "x.png"], Mark.RIGHT)
    marks.save()
    assert (tmp_path / "marks.unreadable.json").read_text() == text
    assert json.loads(file.read_text()) == {str(tmp_path / "x.png"): "right"}
    assert Marks(file).of(tmp_path / "x.png") == Mark.RIGHT


def test_marks_that_cannot_be_saved_are_said(open_window, colours, images, wait_until, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    window = open_window(images, model=colours)
    monkeypatch.setattr(Marks, "save", refuse)
    QTest.keyClick(window, Qt.Key.Key_Y)
    wait_until(lambda: "The marks cannot be saved" in window.message_bar.label.text())
    assert "Permission denied" in window.message_bar.label.text()
    assert window.gallery_panel.images.marked(), "they stay until the window is closed"
