"""Make the screenshots in docs/screens from the bundled samples.

    xvfb-run -s "-screen 0 2560x1600x24" python -m tools.make_screenshots [--out FOLDER] [--all]

Each state of the window is captured in one size and colour scheme; `--all` captures all combinations.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.app import make_application
from desktop.common.panel import Panel
from desktop.gallery.image_list import BADGE_ROLE
from desktop.main_window.layout import column_widths
from desktop.main_window.window import MainWindow
from desktop.session.color_scale import Scale
from desktop.settings import Settings
from desktop.widgets.theme import Theme
from tools.random_classifier import write_classifier
from whylight import bundled
from whylight.pair.files import save_pair

DOCS = Path(__file__).parents[1] / "docs" / "screens"
SIZES = {"small": (1280, 800), "large": (2560, 1440)}
SCHEMES = ("light", "dark")
LARGE_COUNT, FOLDERS = 3000, 12
MOST_BYTES = 299_000
WIDEST = (1600, 1000)


@dataclass(frozen=True)
class State:
    """A state of the window to capture."""

    name: str
    shows: Callable[[MainWindow, Path], None]
    """Brings the window, showing the samples, into the state; also gets a temporary folder."""
    size: str = "small"
    scheme: str = "light"


def choose_known(window: MainWindow, number: int) -> None:
    """Select the `number`-th sample that the model classifies as its file name.

    In a language other than English, no class is named as the file is: the `number`-th sample.
    """
    images = window.gallery_panel.images
    known = [
        row
        for row in range(images.rowCount())
        if images.index(row, 0).data(BADGE_ROLE).text == images.path_at(row).stem
    ] or list(range(images.rowCount()))
    window.gallery_panel.view.select_row(known[number % len(known)])
    window.gallery_panel.view.scrollToTop()
    wait(lambda: not window.busy)


def samples(window: MainWindow, _folder: Path) -> None:
    """The initial state, with the cursor on the evidence of a correct prediction."""
    choose_known(window, 0)
    panels = window.panels
    rect = panels.panel_rects()[Panel.HEATMAP]
    assert panels.drawing is not None
    rows, columns = panels.drawing.evidence.shape
    row, column = divmod(int(panels.drawing.evidence.argmax()), columns)
    size = panels.drawing.image.levels[0].size()
    spot = QPointF(column * size.width() / columns, row * size.height() / rows)
    panels.mark_at(QPointF(rect.topLeft() + panels.zoom.to_panel(spot)))


def large_folder(window: MainWindow, folder: Path) -> None:
    """Thousands of images while they are being predicted."""
    place = folder / "Holidays"
    images = bundled.sample_images()
    for number in range(LARGE_COUNT):
        image = images[number * 7 % len(images)]
        linked = place / f"{2014 + number * FOLDERS // LARGE_COUNT}" / f"IMG_{number:04d}.png"
        linked.parent.mkdir(parents=True, exist_ok=True)
        if number < len(images):
            linked.write_bytes(image.read_bytes())
        else:
            os.link(place / f"{2014}" / f"IMG_{number % len(images):04d}.png", linked)
    window.gallery.search.open_paths([place])
    wait(lambda: not window.gallery.search.busy and window.gallery.predictor.running)
    wait(lambda: window.gallery_panel.progress.bar.value() > 40)
    window.gallery_panel.view.select_row(3)
    wait(lambda: not window.session.busy and window.gallery_panel.loader.idle)


def contrast(window: MainWindow, _folder: Path) -> None:
    """A contrast of two classes, with the scale in logits."""
    choose_known(window, 1)
    QTest.keyClick(window, Qt.Key.Key_R)
    wait(lambda: not window.busy)
    window.tool_bar.colour_map.setCurrentIndex(window.tool_bar.colour_map.findData("viridis"))
    window.tool_bar.scale.setCurrentIndex(window.tool_bar.scale.findData(Scale.ABSOLUTE))


def labelled(window: MainWindow, folder: Path) -> None:
    """Folders named after classes with some misplaced images: accuracy and confusions."""
    assert window.session.opened_model is not None
    place, likeliest = folder / "Animals and things", {}
    explainer = window.session.opened_model.explainer
    for path in bundled.sample_images():
        likeliest[path] = explainer.card.classes[int(explainer.predict(path).argmax())]
    names = list(likeliest.values())
    for number, (path, name) in enumerate(likeliest.items()):
        for copy in range(3):
            label = names[(number + 1) % len(names)] if (copy, number % 3) == (2, 0) else name
            (place / label).mkdir(parents=True, exist_ok=True)
            (place / label / f"{path.stem}-{copy + 1}.png").write_bytes(path.read_bytes())
    window.gallery.search.open_paths([place])
    wait(lambda: not window.busy)
    window.commands.confusion.setChecked(True)


def two_models(window: MainWindow, folder: Path) -> None:
    """The bundled model compared with one that explains an earlier layer."""
    assert window.session.opened_model is not None
    explainer = window.session.opened_model.explainer
    layers = [layer for layer in explainer.layers() if layer.is_target or (layer.is_main and layer.is_cut)]
    place = next(number for number, layer in enumerate(layers) if layer.is_target)
    save_pair(explainer.with_layer(layers[place - 2].name).to_pair(), folder / "earlier.onnx")
    window.second_model.open(folder / "earlier.onnx")
    wait(lambda: not window.busy)


def error_tile(window: MainWindow, folder: Path) -> None:
    """Unreadable images among readable ones."""
    place = folder / "Scans"
    place.mkdir()
    for number, path in enumerate(bundled.sample_images()[:7]):
        (place / f"{number}-{path.name}").write_bytes(path.read_bytes())
    data = bundled.sample_images()[0].read_bytes()
    (place / "1-half.png").write_bytes(data[: len(data) // 2])
    (place / "2-letter.jpg").write_bytes(b"Dear Sir or Madam")
    window.gallery.search.open_paths([place])
    wait(lambda: not window.busy)
    row = next(
        row
        for row in range(window.gallery_panel.images.rowCount())
        if window.gallery_panel.images.path_at(row).name == "2-letter.jpg"
    )
    window.gallery_panel.view.select_row(row)


def empty(window: MainWindow, folder: Path) -> None:
    """An empty folder."""
    (folder / "Empty").mkdir()
    window.gallery.search.open_paths([folder / "Empty"])


def faithfulness(window: MainWindow, _folder: Path) -> None:
    """Deletion and insertion curves of the map on show, beside those of a random map."""
    choose_known(window, 1)
    window.commands.measure.trigger()
    wait(lambda: not window.busy)


def brush(window: MainWindow, _folder: Path) -> None:
    """Part of the image covered, and the probabilities that remain."""
    choose_known(window, 1)
    window.commands.brush.setChecked(True)
    middle = QRectF(window.panels.panel_rects()[Panel.IMAGE]).center().toPoint()
    for step in range(0, 60, 6):
        QTest.mouseClick(
            window.panels, Qt.MouseButton.LeftButton, pos=middle + QPoint(10 + step // 2, step - 40)
        )
    wait(lambda: not window.busy)


def adopting(window: MainWindow, folder: Path) -> None:
    """A classifier of somebody else's, about to be adopted."""
    choose_known(window, 0)
    window.session.open_model(write_classifier(folder / "classifier.onnx", 224))
    wait(lambda: window.adopt_form.isVisible() and not window.busy)


def methods(window: MainWindow, _folder: Path) -> None:
    """All methods beside each other, while the slow ones still run."""
    choose_known(window, 1)
    window.commands.compare_methods.trigger()
    rise = window.compare_view.tiles["rise"]
    wait(lambda: any(each.isdigit() for each in rise.accessibleDescription()))


def keys(window: MainWindow, _folder: Path) -> None:
    """The list of all keys."""
    choose_known(window, 0)
    window.commands.keys.trigger()


def own(model: Path, images: Path, window: MainWindow, _folder: Path) -> None:
    """A model of one's own with its folder of class folders."""
    window.session.open_model(model)
    wait(lambda: not window.busy)
    window.gallery.search.open_paths([images])
    wait(lambda: not window.busy)
    choose_in_folder(window)


def choose_in_folder(window: MainWindow) -> None:
    """Select the fourth image of the folder."""
    window.gallery_panel.view.select_row(3)
    window.gallery_panel.view.scrollToTop()
    wait(lambda: not window.busy)


STATES = [
    State("window", samples),
    State("large-folder", large_folder, scheme="dark"),
    State("contrast", contrast, scheme="dark"),
    State("labelled", labelled),
    State("two-models", two_models, size="large", scheme="dark"),
    State("error-tile", error_tile),
    State("empty", empty, scheme="dark"),
    State("faithfulness", faithfulness),
    State("brush", brush),
    State("methods", methods),
    State("adopting", adopting),
    State("keys", keys),
    State("window-large", samples, size="large"),
]


def main() -> None:
    """Make the screenshots."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=DOCS)
    parser.add_argument("--all", action="store_true", help="every state in every size and scheme")
    parser.add_argument("--only", nargs="*", help="names of states")
    parser.add_argument(
        "--own", nargs=2, type=Path, metavar=("MODEL", "IMAGES"), help="also a model of one's own: own.png"
    )
    arguments = parser.parse_args()
    application = make_application(["whylight"])
    arguments.out.mkdir(parents=True, exist_ok=True)
    states = list(STATES)
    if arguments.own:
        states.append(State("own", partial(own, *arguments.own)))
    for state in states:
        if arguments.only and state.name not in arguments.only:
            continue
        wanted = product(SIZES, SCHEMES) if arguments.all else [(state.size, state.scheme)]
        for size, scheme in wanted:
            name = f"{state.name}-{size}-{scheme}" if arguments.all else state.name
            take(application, state, size, scheme, arguments.out / f"{name}.png")


def take(application: QApplication, state: State, size: str, scheme: str, path: Path) -> None:
    """Open a window, bring it into a state and write a screenshot."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "settings.ini")
        settings.save_theme(Theme(scheme))
        window = MainWindow(settings=settings)
        window.move(QPoint(0, 0))
        window.resize(*SIZES[size])
        window.columns.setSizes(column_widths(window.width()))
        window.show()
        wait(lambda: not window.busy)
        window.activateWindow()
        state.shows(window, Path(folder))
        if state.name != "large-folder":
            wait(lambda: not window.busy)
        application.processEvents()
        window.grab().save(str(path))
        window.close()
        window.deleteLater()
        application.processEvents()
    compress(path)
    sys.stdout.write(f"{path.name}  {path.stat().st_size / 1000:.0f} kB\n")


def compress(path: Path) -> None:
    """Rewrite a PNG, limited in size; with 256 colours if it is still too large."""
    with Image.open(path) as image:
        colours = image.convert("RGB")
    colours.thumbnail(WIDEST, Image.Resampling.LANCZOS)
    colours.save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        few = colours.quantize(256, kmeans=2)
        colours.quantize(palette=few, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


def wait(condition: Callable[[], bool]) -> None:
    """Process events until the condition holds."""
    application = QApplication.instance()
    assert application is not None
    while not condition():
        application.processEvents()
        time.sleep(0.002)


if __name__ == "__main__":
    main()
