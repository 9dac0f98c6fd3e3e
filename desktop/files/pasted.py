"""Images that come without a file, by clipboard or drop: each is kept in one while the window is open.

All else in the window goes by paths: thumbnails, predictions, reports. The files lie where the system has
what is temporary, so that nothing is left behind, and a home that cannot be written stops nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QImage

from ..common.error_text import error_text
from ..common.task_queue import TaskQueue

if TYPE_CHECKING:
    pass


def keep_image(image: QImage, path: Path) -> Path:
    """Write an image that has no file to `path` (PNG) and return it; raises `WhylightError`."""
    from whylight.images.encode import write_image

    from ..common.qimage import array_over_white

    write_image(path, array_over_white(image))
    return path


class PastedImages(QObject):
    """Keeps them; those of one window lie in one folder and are gone when it is closed."""

    kept = Signal(Path)
    """The file of an image that was taken."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane = TaskQueue("paste", parent=self)
        self._place: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    @property
    def busy(self) -> bool:
        """Whether an image is on its way into its file."""
        return not self._lane.idle

    def take(self, mime: QMimeData) -> bool:
        """Have `kept` or `failed` emitted for the image that is brought; False where there is none."""
        data = mime.imageData() if mime.hasImage() else None
        image = data if isinstance(data, QImage) else QImage()
        if image.isNull():
            return False
        self._count += 1
        number, folder = self._count, self.tr("Pasted")
        name = self.tr("Pasted image {number}").format(number=number)

        def keep() -> Path:
            if self._place is None:  # one thread: none other makes it meanwhile
                self._place = tempfile.TemporaryDirectory(prefix="whylight-", ignore_cleanup_errors=True)
            path = Path(self._place.name, folder, f"{name}.png")
            path.parent.mkdir(exist_ok=True)
            return keep_image(image, path)

        self._lane.run_task(keep, self.kept.emit, lambda error: self.failed.emit(error_text(error)))
        return True

    def lasting(self, paths: Sequence[Path]) -> list[Path]:
        """Return the files and folders that are still there once the window is closed."""
        place = None if self._place is None else Path(self._place.name)
        return [path for path in paths if place not in path.parents]

    def close(self) -> None:
        """Wait for the thread, and remove the images."""
        self._lane.close()
        if self._place is not None:
            self._place.cleanup()
