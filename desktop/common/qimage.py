"""Conversion between arrays and Qt images, for worker threads.

OpenCV is used, because PySide6 holds the GIL while a `QImage` is converted or scaled, which would block the
interface. Only workers import this module, since OpenCV loads slowly. `QImage` may be created on any thread,
`QPixmap` only on the interface thread (`desktop.viewer.mipmap`).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

SMALLEST_LEVEL = 256
"""Longer side in pixels below which no further half-size level is made."""


def image_from_array(array: NDArray[np.uint8]) -> QImage:
    """Convert an array uint8 `[H, W, 3]`, RGB, to an image in a pixmap's format.

    The image owns its pixels.
    """
    height, width, _ = array.shape
    image = QImage(width, height, QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.bits(), np.uint8).reshape(height, width, 4)
    cv2.cvtColor(np.ascontiguousarray(array), cv2.COLOR_RGB2BGRA, dst=rows)
    return image


def array_from_image(image: QImage) -> NDArray[np.uint8]:
    """Convert an image of `image_from_array` to an array uint8 `[H, W, 3]`, RGB."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return np.asarray(cv2.cvtColor(rows, cv2.COLOR_BGRA2RGB), np.uint8)


def array_over_white(image: QImage) -> NDArray[np.uint8]:
    """Convert any image to an array uint8 `[H, W, 3]`, RGB, composited over white."""
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.width(), 4)
    if not image.hasAlphaChannel():
        return np.asarray(cv2.cvtColor(rows, cv2.COLOR_RGBA2RGB), np.uint8)
    alpha = rows[:, :, 3:].astype(np.uint16)
    return np.asarray((rows[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255, np.uint8)


def fit_within(array: NDArray[np.uint8], edge: int) -> NDArray[np.uint8]:
    """Downscale an array `[H, W, 3]` if necessary so that no side exceeds `edge`."""
    height, width, _ = array.shape
    scale = edge / max(height, width)
    if scale >= 1:
        return array
    return _resized(array, max(1, round(height * scale)), max(1, round(width * scale)))


def half_size_levels(array: NDArray[np.uint8]) -> list[QImage]:
    """Return an array `[H, W, 3]`, its half, quarter, ... as images, largest first."""
    levels = [image_from_array(array)]
    while max(array.shape) > SMALLEST_LEVEL:
        array = _resized(array, max(1, array.shape[0] // 2), max(1, array.shape[1] // 2))
        levels.append(image_from_array(array))
    return levels


def _resized(array: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(array, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
