"""Frames of a video file, as images of a collection."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whylight.errors import ImageError
from whylight.images.decoder_process import frames_from_child
from whylight.images.encode import encode_png
from whylight.images.video_frames import read_frames as read_here
from whylight.sandbox.program import is_isolated

MOST_FRAMES = 300
"""Frames that are taken of a video; of a longer one every n-th second."""


def read_frames(path: Path) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield a frame a second, or `MOST_FRAMES` at equal distances if there are more.

    They are decoded in a child process, unless `WHYLIGHT_ISOLATION` is `off`.

    Args:
        path: a video that FFmpeg inside of OpenCV can decode.

    Yields:
        The time as a name that sorts by it (`0007.000s`), and the frame, RGB uint8 `[H, W, 3]`.

    Raises:
        ImageError: the file cannot be read, has no frames, or exceeds a limit of the child.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise ImageError("{path}: cannot be read: {reason}", path=path, reason=error) from error
    if not stat.S_ISREG(mode):  # a pipe would be waited for
        raise ImageError("{path}: is not a regular file", path=path)
    name = os.fspath(path)
    if is_isolated():
        yield from frames_from_child(name, MOST_FRAMES)
        return
    for time, frame in read_here(name, MOST_FRAMES):
        if frame is not None:
            yield time, frame


def frame_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the frames as PNG files: their names, and their bytes."""
    for name, frame in read_frames(path):
        yield f"{name}.png", encode_png(frame)
