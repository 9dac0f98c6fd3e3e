"""Frames of a video file, as images of a collection."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.errors import ImageError
from whylight.images.encode import encode_png
from whylight.images.limits import MAX_PIXELS

MOST_FRAMES = 300
"""Frames that are taken of a video; of a longer one every n-th second."""
_USUAL_FPS = 25.0


def read_frames(path: Path) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield a frame a second, or `MOST_FRAMES` at equal distances if there are more.

    Args:
        path: a video that FFmpeg inside of OpenCV can decode.

    Yields:
        The time as a name that sorts by it (`0007.000s`), and the frame, RGB uint8 `[H, W, 3]`.

    Raises:
        ImageError: the file cannot be read, or has no frames.
    """
    capture = cv2.VideoCapture(os.fspath(path))
    try:
        if not capture.isOpened():
            raise ImageError("{path}: OpenCV cannot read it as a video", path=path)
        rate = capture.get(cv2.CAP_PROP_FPS)
        fps = rate if np.isfinite(rate) and 0 < rate < 1000 else _USUAL_FPS
        count = max(capture.get(cv2.CAP_PROP_FRAME_COUNT), 0)
        distance = max(1.0, count / fps / MOST_FRAMES)
        number, due, found = 0, 0.0, 0
        while found < MOST_FRAMES and capture.grab():
            seconds = number / fps
            number += 1
            if seconds < due - 0.5 / fps:
                continue
            is_read, frame = capture.retrieve()
            if not is_read or frame is None:
                break
            if frame.shape[0] * frame.shape[1] > MAX_PIXELS:
                raise ImageError(
                    "{path}: its frames have more than {limit:,} pixels", path=path, limit=MAX_PIXELS
                )
            found += 1
            due += distance
            yield f"{seconds:08.3f}s", np.ascontiguousarray(frame[:, :, ::-1])
        if not found:
            raise ImageError("{path}: the video has no frame that can be read", path=path)
    finally:
        capture.release()


def frame_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the frames as PNG files: their names, and their bytes."""
    for name, frame in read_frames(path):
        yield f"{name}.png", encode_png(frame)
