"""Take screens of all of the window's journeys, to be looked at.

One size, scheme and language a call:

    xvfb-run -s "-screen 0 2560x1600x24" python -m tools.window_tour --out FOLDER --size 1366x768 \\
        --scheme dark --language de --scale 1.5 [--detector FILE] [--segmenter FILE] [--embedder FILE]

Models that are given are pairs that Whylight has adopted. Sizes are in pixels of the screen: at a scale of
1.5, 1920x1200 holds a window of 1280 x 800. `sheet.png` holds all screens, reduced.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image, ImageDraw
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from desktop.app import make_application
from desktop.common.panel import Panel
from desktop.main_window.layout import column_widths
from desktop.main_window.window import MainWindow
from desktop.settings import Settings
from desktop.startup.translation import install_language
from desktop.widgets.theme import Theme
from tools import make_screenshots as screens
from tools.make_screenshots import choose_known, wait
from whylight import bundled

Journey = Callable[[MainWindow, Path], None]


def first_start(window: MainWindow, _folder: Path) -> None:
    """The window as a first start shows it."""
    wait(lambda: not window.busy)


def against(window: MainWindow, _folder: Path) -> None:
    """Evidence against a class."""
    choose_known(window, 0)
    window.commands.against.trigger()


def rather(window: MainWindow, _folder: Path) -> None:
    """One class rather than another."""
    choose_known(window, 0)
    window.commands.rather.trigger()


def against_tested(window: MainWindow, folder: Path) -> None:
    """The test of a map of evidence against a class."""
    against(window, folder)
    wait(lambda: not window.busy)
    window.commands.measure.trigger()


def class_search(window: MainWindow, _folder: Path) -> None:
    """Another class, found by a search in the list."""
    choose_known(window, 0)
    window.class_panel.search.setFocus()
    QTest.keyClicks(window.class_panel.search, "fish")
    QTest.keyClick(window.class_panel.search, Qt.Key.Key_Down)
    QTest.keyClick(window.class_panel.view, Qt.Key.Key_Return)


def without_gradients(window: MainWindow, _folder: Path) -> None:
    """A method without gradients at work."""
    choose_known(window, 0)
    window.session.set_method("rise")
    wait(lambda: window.answer_bar.progress.isVisible() or not window.busy)


def searched_in_vain(window: MainWindow, _folder: Path) -> None:
    """A filter that no image matches."""
    choose_known(window, 0)
    QTest.keyClicks(window.gallery_panel.filter_bar.filter, "zeppelin")


def marked(window: MainWindow, folder: Path) -> None:
    """A labelled folder with marks, the confusions and the scores of classes."""
    screens.labelled(window, folder)
    for command in (window.commands.mark_right, window.commands.mark_wrong_label):
        command.trigger()
        window.commands.next.trigger()
    window.confusion.tabs.setCurrentIndex(window.confusion.tabs.count() - 1)


def broken_model(window: MainWindow, folder: Path) -> None:
    """A file that is no model."""
    choose_known(window, 0)
    (folder / "broken.onnx").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    window.session.open_model(folder / "broken.onnx")


def not_images(window: MainWindow, folder: Path) -> None:
    """A folder of files that are no images, HEIC among them."""
    (folder / "Phone").mkdir()
    for name in ("IMG_1.heic", "IMG_2.HEIC", "notes.txt"):
        (folder / "Phone" / name).write_bytes(b"none")
    window.gallery.search.open_paths([folder / "Phone"])


def dialog_of(command: str, window: MainWindow, _folder: Path) -> None:
    """The dialog that a command opens."""
    choose_known(window, 0)
    getattr(window.commands, command).trigger()


def click_image(window: MainWindow, across: float, down: float) -> None:
    """Click the image at shares of its width and height."""
    drawing = window.panels.drawing
    assert drawing is not None
    size = drawing.image.levels[0].size()
    at = window.panels.zoom.to_panel(QPointF(across * size.width(), down * size.height()))
    rect = window.panels.panel_rects()[Panel.IMAGE]
    QTest.mouseClick(window.panels, Qt.MouseButton.LeftButton, pos=(rect.topLeft() + at).toPoint())
    wait(lambda: not window.busy)


def open_both(model: Path, images: Path | None, window: MainWindow) -> None:
    """Open a model and, where there are any, images."""
    window.session.open_model(model)
    wait(lambda: not window.busy)
    if images is not None:
        window.gallery.search.open_paths([images])
        wait(lambda: not window.busy)
    window.gallery_panel.view.select_row(0)
    wait(lambda: not window.busy)


def of_model(model: Path, images: Path | None, window: MainWindow, _folder: Path) -> None:
    """A model of another kind on images."""
    open_both(model, images, window)


def clicked(model: Path, images: Path | None, window: MainWindow, _folder: Path) -> None:
    """The same after a click into a corner of the image."""
    open_both(model, images, window)
    click_image(window, 0.03, 0.03)


def beside(model: Path, images: Path | None, window: MainWindow, _folder: Path) -> None:
    """A model of another kind as the second beside the bundled one."""
    if images is not None:
        window.gallery.search.open_paths([images])
        wait(lambda: not window.busy)
    window.second_model.open(model)
    wait(lambda: not window.busy)


def alike(model: Path, images: Path | None, window: MainWindow, _folder: Path) -> None:
    """An embedder with a reference."""
    open_both(model, images, window)
    window.likeness.add_images([bundled.sample_images()[1]])


def not_a_reference(model: Path, images: Path | None, window: MainWindow, folder: Path) -> None:
    """A text file as reference."""
    open_both(model, images, window)
    (folder / "notes.txt").write_text("no image", encoding="utf-8")
    window.likeness.add_images([folder / "notes.txt"])


BUNDLED: dict[str, Journey] = {
    "01-first-start": first_start,
    "02-explained": screens.samples,
    "03-against": against,
    "04-against-tested": against_tested,
    "05-rather": rather,
    "06-tested": screens.faithfulness,
    "07-methods": screens.methods,
    "08-without-gradients": without_gradients,
    "09-class-search": class_search,
    "10-labelled": screens.labelled,
    "11-marks-and-scores": marked,
    "12-brush": screens.brush,
    "13-no-match": searched_in_vain,
    "14-empty": screens.empty,
    "15-unreadable": screens.error_tile,
    "16-not-images": not_images,
    "17-broken-model": broken_model,
    "18-adopting": screens.adopting,
    "19-two-models": screens.two_models,
    "20-keys": partial(dialog_of, "keys"),
    "21-manual": partial(dialog_of, "manual"),
    "22-about": partial(dialog_of, "about"),
}


def journeys(given: argparse.Namespace) -> dict[str, Journey]:
    """Return the journeys that can be made with the models given."""
    found, images = dict(BUNDLED), given.images
    if given.detector:
        found["30-boxes"] = partial(of_model, given.detector, images)
        found["31-boxes-clicked"] = partial(clicked, given.detector, images)
        found["32-boxes-beside"] = partial(beside, given.detector, images)
    if given.segmenter:
        found["40-regions"] = partial(of_model, given.segmenter, images)
        found["41-regions-clicked"] = partial(clicked, given.segmenter, images)
        found["42-regions-beside"] = partial(beside, given.segmenter, images)
    if given.embedder:
        found["50-no-reference"] = partial(of_model, given.embedder, None)
        found["51-alike"] = partial(alike, given.embedder, None)
        found["52-not-a-reference"] = partial(not_a_reference, given.embedder, None)
    if given.reader:
        found["60-letters"] = partial(of_model, given.reader, given.lines)
        found["61-letter-clicked"] = partial(clicked, given.reader, given.lines)
    if given.video:
        found["70-video"] = lambda window, _folder: window.files.open_paths([given.video])
    return found


def take(journey: Journey, given: argparse.Namespace, path: Path) -> None:
    """Go on a journey in a new window, and write its screen and those of dialogs."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "settings.ini")
        settings.save_theme(Theme(given.scheme))
        window = MainWindow(settings=settings)
        window.move(QPoint(0, 0))
        window.resize(*(round(side / given.scale) for side in given.size))
        window.columns.setSizes(column_widths(window.width()))
        window.show()
        try:
            wait(lambda: not window.busy)
            window.activateWindow()
            journey(window, Path(folder))
            if "methods" not in path.stem and "without" not in path.stem:
                wait(lambda: not window.busy)
        except Exception:  # the screen shows how far it came
            sys.stderr.write(f"{path.stem}: {traceback.format_exc()}")
        application.processEvents()
        screen = window.grab()
        for dialog in application.topLevelWidgets():
            if isinstance(dialog, QDialog) and dialog.isVisible():
                dialog.grab().save(str(path.with_stem(f"{path.stem}-dialog")))
                dialog.close()
        screen.save(str(path))
        window.close()
        window.deleteLater()
        application.processEvents()
    sys.stdout.write(f"{path.name}\n")
    sys.stdout.flush()


def write_sheet(folder: Path, across: int = 3, width: int = 800) -> None:
    """Write all screens of a folder, reduced and named, into one image."""
    tiles = []
    for path in sorted(each for each in folder.glob("*.png") if each.stem != "sheet"):
        with Image.open(path) as image:
            tile = image.convert("RGB")
        tile = tile.resize((width, round(tile.height * width / tile.width)), Image.Resampling.LANCZOS)
        ImageDraw.Draw(tile).text((4, tile.height - 12), path.stem, "red")
        tiles.append(tile)
    if not tiles:
        return
    height = max(tile.height for tile in tiles)
    sheet = Image.new("RGB", (across * width, -(-len(tiles) // across) * height))
    for number, tile in enumerate(tiles):
        sheet.paste(tile, (number % across * width, number // across * height))
    sheet.save(folder / "sheet.png")


def size(text: str) -> tuple[int, int]:
    """Return width and height of `1366x768`."""
    width, height = text.split("x")
    return int(width), int(height)


def main() -> None:
    """Take the screens."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=size, default=(1366, 768), help="in pixels of the screen")
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--language", default="en")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--images", type=Path, help="images for the models given; else the samples")
    parser.add_argument("--lines", type=Path, help="images of lines of text, for --reader")
    for kind in ("detector", "segmenter", "embedder", "reader", "video"):
        parser.add_argument(f"--{kind}", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="beginnings of names of journeys")
    given = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = str(given.scale)
    application = make_application(["whylight"])
    install_language(application, QLocale(given.language))
    given.out.mkdir(parents=True, exist_ok=True)
    for name, journey in journeys(given).items():
        if not given.only or name.startswith(tuple(given.only)):
            take(journey, given, given.out / f"{name}.png")
    write_sheet(given.out)


if __name__ == "__main__":
    main()
