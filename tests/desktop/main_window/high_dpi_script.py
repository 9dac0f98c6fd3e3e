r"""What is cut off or overlaps; a process of its own for `test_high_dpi`, since Qt reads the factor once.

    QT_SCALE_FACTOR=1.5 python tests/desktop/main_window/high_dpi_script.py \
        IMAGES MODEL FOLDER LANGUAGE:WIDTH ...

Prints JSON: for each language and width the device pixel ratio, the size of the largest thumbnail, and faults
in words.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import combinations
from pathlib import Path

from PySide6.QtCore import QLocale, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QSplitterHandle,
    QTabBar,
    QToolBar,
    QWidget,
)

from desktop.app import make_application
from desktop.main_window.window import MainWindow
from desktop.settings import Settings
from desktop.startup.translation import install_language
from desktop.widgets.shortcuts_overlay import ShortcutsOverlay
from desktop.widgets.status_bar import ElidedLabel

HEIGHT = 800
SETTLING_ROUNDS = 5
SLACK = 1
"""Device-independent pixels that rounding may cost."""


def inside(widget: QWidget, kind: type[QWidget]) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, kind):
            return True
        parent = parent.parentWidget()
    return False


def cut_off(window: MainWindow) -> list[str]:
    """Texts and controls with less room than they need, or beyond the window's edge."""
    faults = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or inside(widget, QAbstractScrollArea) or inside(widget, QComboBox):
            continue
        if isinstance(widget, ElidedLabel | QLineEdit):
            needed = widget.minimumSizeHint()
        elif isinstance(widget, QLabel) and widget.wordWrap():
            needed = widget.minimumSizeHint()
            needed.setHeight(max(0, widget.heightForWidth(widget.width())))
        elif isinstance(widget, QLabel | QAbstractButton | QTabBar):
            needed = widget.sizeHint()
        elif isinstance(widget, QComboBox):
            needed = widget.minimumSizeHint()
        else:
            continue
        words = getattr(widget, "text", str)() or widget.accessibleName()
        short = widget.width() + SLACK < needed.width() or widget.height() + SLACK < needed.height()
        if short and not widget.objectName().startswith("qt_"):
            faults.append(f"{type(widget).__name__} {words!r} has {widget.size()}, needs {needed}")
        place = QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())
        if not window.rect().contains(place):
            faults.append(f"{type(widget).__name__} {words!r} reaches out of the window: {place}")
    for bar in window.findChildren(QToolBar):
        extension = bar.findChild(QWidget, "qt_toolbar_ext_button")
        if extension is not None and extension.isVisible():
            faults.append(f"the toolbar needs {bar.sizeHint().width()}, has {bar.width()}")
    return faults


def overlapping(window: MainWindow) -> list[str]:
    """Visible siblings that lie on each other."""
    faults = []
    for parent in [window, *window.findChildren(QWidget)]:
        if (
            isinstance(parent, QComboBox | QLineEdit | QTabBar | QAbstractScrollArea)
            or not parent.isVisible()
        ):
            continue
        children = [
            child
            for child in parent.children()
            if isinstance(child, QWidget)
            and child.isVisible()
            and not child.isWindow()
            and not isinstance(child, ShortcutsOverlay | QSplitterHandle)
            and not child.objectName().startswith("qt_")
        ]
        for one, other in combinations(children, 2):
            common = one.geometry().intersected(other.geometry())
            if common.width() > SLACK and common.height() > SLACK:
                faults.append(
                    f"{type(one).__name__} lies on {type(other).__name__} in {type(parent).__name__}"
                )
    return faults


def look(application: QApplication, window: MainWindow) -> dict[str, object]:
    """Look at a window in two states and tell what is wrong."""

    def settle() -> None:
        while window.busy:
            application.processEvents()
            time.sleep(0.002)
        # A layout that changes another one's room is followed by that one's own, each by an event.
        for _ in range(SETTLING_ROUNDS):
            application.processEvents()

    settle()
    faults = [*cut_off(window), *overlapping(window)]
    window.commands.confusion.setChecked(True)
    window.message_bar.offer(
        "A message that says a little more than a few words do. " * 4, "OK", lambda: None
    )
    settle()
    faults += [*cut_off(window), *overlapping(window)]
    panel = window.gallery_panel
    thumbnails = [panel.loader.get(panel.images.path_at(row)) for row in panel.view.visible_rows()]
    edges = [max(t.pixmap.width(), t.pixmap.height()) for t in thumbnails if t is not None and t.pixmap]
    return {"ratio": window.devicePixelRatioF(), "thumbnail": max(edges), "faults": faults}


def main(images: str, model: str, folder: str, *looks: str) -> None:
    """Open a window for each of `looks`, a language and a width, and print what is wrong with each."""
    application = make_application(["whylight"])
    seen = {}
    for name in looks:
        language, width = name.split(":")
        translators = install_language(application, QLocale(language))
        window = MainWindow([Path(images)], Path(model), Settings(Path(folder) / f"{name}.ini"))
        window.resize(int(width), HEIGHT)
        window.show()
        seen[name] = look(application, window)
        window.close()
        window.deleteLater()
        application.processEvents()
        for translator in translators:
            application.removeTranslator(translator)
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
