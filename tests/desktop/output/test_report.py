"""The report from the window: of all on show or of the selection, with progress, stopped midway."""

from __future__ import annotations

import csv
import threading
from datetime import date
from pathlib import Path

import numpy as np
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from desktop.gallery.folder_watcher import SETTLE_MS
from desktop.session.color_scale import Scale
from whylight.drawing.heatmap import draw_panels
from whylight.images.decode import read_image
from whylight.parallel import explain_many


def reported(folder: Path) -> list[str]:
    with (folder / "predictions.csv").open(newline="", encoding="utf-8") as file:
        return [Path(row[0]).name for row in list(csv.reader(file))[1:]]


def write_through_the_dialog(window, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    QTest.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(QFileDialog)
    dialog.setDirectory(str(folder))
    dialog.fileSelected.emit(str(folder))
    dialog.close()


def test_a_report_of_all_images_on_show(open_window, colours, images, tmp_path, wait_until):
    window = open_window(images, model=colours)
    window.gallery_panel.filter_bar.filter.setText("red")
    write_through_the_dialog(window, tmp_path / "report")
    wait_until(lambda: not window.busy)
    assert reported(tmp_path / "report") == ["a.png", "mistake.png"]
    assert (tmp_path / "report" / "index.html").exists()
    assert "index.html" in window.message_bar.label.text()
    assert window.message_bar.action.isVisible()
    assert not window.output.progress.isVisible()


def test_the_dialog_offers_a_folder_of_the_reports_own(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    QTest.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(QFileDialog)
    offered = images / f"Whylight report {date.today().isoformat()}"
    assert [Path(name) for name in dialog.selectedFiles()] == [offered]
    dialog.accept()
    wait_until(lambda: (offered / "index.html").exists() and not window.busy)
    assert len(reported(offered)) == 5


def test_somebody_elses_page_and_table_stay(open_window, colours, images, tmp_path, wait_until):
    window = open_window(images, model=colours)
    (tmp_path / "mine").mkdir()
    own = {tmp_path / "mine" / "index.html": "my own page", tmp_path / "mine" / "predictions.csv": "my,own"}
    for path, text in own.items():
        path.write_text(text)
    write_through_the_dialog(window, tmp_path / "mine")
    wait_until(lambda: not window.busy)
    assert {path: path.read_text() for path in own} == own
    (written,) = (path for path in (tmp_path / "mine").iterdir() if path.is_dir())
    assert len(reported(written)) == 5
    assert str(written) in window.message_bar.label.text()


def test_a_report_among_the_images_adds_none(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    before = window.gallery_panel.images.shown_paths
    write_through_the_dialog(window, images / "report")
    wait_until(lambda: (images / "report" / "index.html").exists() and not window.busy)
    QTest.qWait(2 * SETTLE_MS)  # the folder's changes have been looked at
    wait_until(lambda: not window.busy)
    assert images / "report" in window.gallery.watcher.folders, "it was looked into"
    assert window.gallery_panel.images.shown_paths == before


def test_a_report_on_the_folders_scale_has_one_for_all_of_its_images(
    open_window, colours, images, tmp_path, wait_until
):
    window = open_window(images, model=colours)
    box = window.tool_bar.scale
    box.setCurrentIndex(box.findData(Scale.FOLDER))
    bar, shown = window.output.progress.bar, []
    window.output.report_progressed.connect(
        lambda *_: shown.append((bar.value() / bar.maximum(), window.output.progress.text.text()))
    )
    write_through_the_dialog(window, tmp_path / "report")
    wait_until(lambda: not window.busy)
    assert "strongest place in all heatmaps here" in (tmp_path / "report" / "index.html").read_text("utf-8")
    shares, texts = zip(*shown, strict=True)
    assert list(shares) == sorted(shares), "forward, and once"
    assert (shares[0], shares[-1]) == (0, 1)
    assert texts[0] == "Report, finding the strongest evidence (1 of 2): 0 of 5"
    assert texts[-1] == "Report, drawing (2 of 2): 5 of 5"
    assert 0.5 in shares
    # As much red as there can be, and less of it where half of the image is blue.
    explainer = window.session.opened_model.explainer
    strongest = max(explainer.explain(path).maps.max() for path in window.gallery_panel.images.paths)
    halves = images / "mixed" / "halves.png"
    expected = draw_panels(
        read_image(halves), explainer.explain(halves, top=1).maps[0], strongest=float(strongest)
    )
    written = read_image(next((tmp_path / "report" / "panels").rglob("halves.png.heatmap.png")))
    np.testing.assert_array_equal(written, expected.heatmap)


def test_a_report_of_the_selection(open_window, colours, images, tmp_path, wait_until):
    window = open_window(images, model=colours)
    view = window.gallery_panel.view
    for row in (1, 3):
        index = view.model().index(row, 0)
        command = (
            QItemSelectionModel.SelectionFlag.Select
            if row > 1
            else QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
        view.selectionModel().select(index, command)
    write_through_the_dialog(window, tmp_path / "report")
    wait_until(lambda: not window.busy)
    assert reported(tmp_path / "report") == ["mistake.png", "c.png"]


def test_a_report_stopped_midway_keeps_what_is_done(
    open_window, colours, images, tmp_path, wait_until, monkeypatch
):
    window = open_window(images, model=colours)
    at_second, go_on = threading.Event(), threading.Event()
    open_image = explain_many.open_image

    def open_slowly(path):
        if path.name == "mistake.png":
            at_second.set()
            assert go_on.wait(20)
        return open_image(path)

    monkeypatch.setattr(explain_many, "open_image", open_slowly)
    write_through_the_dialog(window, tmp_path / "report")
    wait_until(at_second.is_set)
    wait_until(lambda: window.output.progress.text.text() == "Report: 1 of 5")
    assert window.output.progress.isVisible()
    QTest.mouseClick(window.output.progress.stop, Qt.MouseButton.LeftButton)
    go_on.set()
    wait_until(lambda: not window.busy)
    assert reported(tmp_path / "report") == ["a.png", "mistake.png"]


def test_predictions_wait_for_a_report_and_go_on_after_it(
    open_window, colours, images, tmp_path, wait_until, monkeypatch
):
    window = open_window(images, model=colours)
    go_on, predicted = threading.Event(), []
    open_image = explain_many.open_image

    def open_slowly(path):
        assert go_on.wait(20)
        return open_image(path)

    monkeypatch.setattr(explain_many, "open_image", open_slowly)
    write_through_the_dialog(window, tmp_path / "report")
    window.gallery.predict_all()
    window.gallery.predictor.predicted.connect(predicted.append)
    QTest.qWait(300)
    assert predicted == [], "the processor is the report's"
    assert window.gallery.predictor.running
    go_on.set()
    wait_until(lambda: not window.busy)
    assert predicted
