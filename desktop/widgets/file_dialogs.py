"""Non-modal file dialogs.

Each starts in the folder `start` (None: the system's default) and calls `use` with the selection, if any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

Use = Callable[[Path], None]


def choose_folder(parent: QWidget, start: Path | None, use: Use) -> None:
    """Ask for a folder of images."""
    dialog = _dialog(parent, QCoreApplication.translate("Dialogs", "Open folder"), start)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    _open(dialog, use)


def choose_images(parent: QWidget, start: Path | None, use: Callable[[Sequence[Path]], None]) -> None:
    """Ask for one or several images or videos."""
    from whylight.images.files import IMAGE_SUFFIXES, VIDEO_SUFFIXES  # imports OpenCV, which is loaded by now

    dialog = _dialog(parent, QCoreApplication.translate("Dialogs", "Open images"), start)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    suffixes = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in sorted(IMAGE_SUFFIXES | VIDEO_SUFFIXES))
    words = QCoreApplication.translate("Dialogs", "Images and videos ({suffixes})")
    dialog.setNameFilter(words.format(suffixes=suffixes))
    dialog.filesSelected.connect(lambda names: use([Path(name) for name in names]))
    dialog.open()


def choose_model(parent: QWidget, start: Path | None, use: Use) -> None:
    """Ask for the forward graph of a pair."""
    dialog = _dialog(parent, QCoreApplication.translate("Dialogs", "Open model"), start)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(QCoreApplication.translate("Dialogs", "Models (*.onnx)"))
    _open(dialog, use)


def choose_image_to_save(parent: QWidget, start: Path | None, name: str, use: Use) -> None:
    """Ask for a file to save an image; `name` is the suggestion."""
    dialog = _dialog(parent, QCoreApplication.translate("Dialogs", "Save panels"), start)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(QCoreApplication.translate("Dialogs", "Images (*.png *.jpg)"))
    dialog.setDefaultSuffix("png")
    dialog.selectFile(name)
    _open(dialog, use)


def choose_table_to_save(parent: QWidget, start: Path | None, name: str, use: Use) -> None:
    """Ask for a CSV file; `name` is the suggestion."""
    dialog = _dialog(parent, QCoreApplication.translate("Dialogs", "Save the marks"), start)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(QCoreApplication.translate("Dialogs", "Tables (*.csv)"))
    dialog.setDefaultSuffix("csv")
    dialog.selectFile(name)
    _open(dialog, use)


def choose_folder_for_copies(parent: QWidget, start: Path | None, use: Use) -> None:
    """Ask for the folder below which copies are put."""
    dialog = _dialog(
        parent, QCoreApplication.translate("Dialogs", "Copy marked images to this folder"), start
    )
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    _open(dialog, use)


def choose_labels(parent: QWidget, start: Path | None, use: Use) -> None:
    """Ask for a file of class names."""
    dialog = _dialog(parent, QCoreApplication.translate("Dialogs", "Class names"), start)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(
        QCoreApplication.translate("Dialogs", "Class names, a line each or JSON (*.txt *.json *.csv *.names)")
    )
    _open(dialog, use)


def choose_report_folder(parent: QWidget, start: Path | None, use: Use) -> None:
    """Ask for the folder of a report, proposing a new one in `start`."""
    from whylight.report.folder import new_report_folder

    dialog = _dialog(parent, QCoreApplication.translate("Dialogs", "Write the report to this folder"), start)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)  # to name a folder that is not there yet
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # nothing is replaced: `whylight.report.folder`
    dialog.setLabelText(QFileDialog.DialogLabel.Accept, QCoreApplication.translate("Dialogs", "Write here"))
    dialog.selectFile(new_report_folder(Path(dialog.directory().absolutePath())).name)
    _open(dialog, use)


def _dialog(parent: QWidget, title: str, start: Path | None) -> QFileDialog:
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if start is not None:
        dialog.setDirectory(str(start))
    return dialog


def _open(dialog: QFileDialog, use: Use) -> None:
    dialog.fileSelected.connect(lambda name: use(Path(name)))
    dialog.open()
