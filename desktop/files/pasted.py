"""Pasted or dropped images without a file, saved as temporary files.

The rest of the window (thumbnails, predictions, reports) works with paths. The system's temporary folder is
used, so that nothing is left behind and the home directory may be read-only.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QImage

from ..common.feature import Feature


def keep_image(image: QImage, path: Path) -> Path:
    """Write an image to `path` (PNG) and return the path; raises `WhylightError`."""
    from whylight.images.encode import write_image

    from ..common.qimage import array_over_white

    write_image(path, array_over_white(image))
    return path


class PastedImages(Feature):
    """Writes pasted images to files in a temporary folder, which `close` removes."""

    kept = Signal(Path)
    """The file of a pasted image."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = self._add_queue("paste")
        self._place: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def take(self, mime: QMimeData) -> bool:
        """Save an image and emit `kept` or `failed`; return False if there is none."""
        data = mime.imageData() if mime.hasImage() else None
        image = data if isinstance(data, QImage) else QImage()
        if image.isNull():
            return False
        self._count += 1
        number, folder = self._count, self.tr("Pasted")
        name = self.tr("Pasted image {number}").format(number=number)

        def keep() -> Path:
            if self._place is None:  # only this thread creates it
                self._place = tempfile.TemporaryDirectory(prefix="whylight-", ignore_cleanup_errors=True)
            path = Path(self._place.name, folder, f"{name}.png")
            path.parent.mkdir(exist_ok=True)
            return keep_image(image, path)

        self._queue.run_task(keep, self.kept.emit, self._report)
        return True

    def lasting(self, paths: Sequence[Path]) -> list[Path]:
        """Return the paths that exist after the window is closed."""
        place = None if self._place is None else Path(self._place.name)
        return [path for path in paths if place not in path.parents]

    def close(self) -> None:
        """Wait for the thread, and remove the images."""
        super().close()
        if self._place is not None:
            self._place.cleanup()
