"""Decode frames of a video, in this process."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.errors import ImageError
from whylight.images.limits import MAX_PIXELS

_USUAL_FPS = 25.0

_VARIABLE = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,m4v,h264,hevc,ogg,asf,flv"
"""FFmpeg's names of the formats that are read: none is a list of other files (`concat`, `hls`, `dash`)."""

_SIGN_S = 2.0
"""Seconds after which a sign is given that frames are still being passed over."""


def read_frames(path: str, most: int) -> Iterator[tuple[str, NDArray[np.uint8] | None]]:
    """Yield a frame a second, or `most` at equal distances if there are more.

    Args:
        path: a video that FFmpeg inside of OpenCV can decode.
        most: frames at most.

    Yields:
        The time as a name that sorts by it (`0007.000s`), and the frame, RGB uint8 `[H, W, 3]`; None in its
        place is a sign that frames are still being passed over, once in two seconds.

    Raises:
        ImageError: the file cannot be read, or has no frames.
    """
    capture = _opened(path)
    try:
        if not capture.isOpened():
            raise ImageError("{path}: OpenCV cannot read it as a video", path=path)
        width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
        if width * height > MAX_PIXELS:
            raise _too_large(path)
        rate = capture.get(cv2.CAP_PROP_FPS)
        fps = rate if np.isfinite(rate) and 0 < rate < 1000 else _USUAL_FPS
        count = max(capture.get(cv2.CAP_PROP_FRAME_COUNT), 0)
        distance = max(1.0, count / fps / most)
        number, due, found, sign = 0, 0.0, 0, time.monotonic()
        while found < most and capture.grab():
            seconds = number / fps
            number += 1
            if seconds < due - 0.5 / fps:
                if time.monotonic() - sign > _SIGN_S:
                    sign = time.monotonic()
                    yield "", None
                continue
            is_read, frame = capture.retrieve()
            if not is_read or frame is None:
                break
            if frame.shape[0] * frame.shape[1] > MAX_PIXELS:
                raise _too_large(path)
            found += 1
            due += distance
            yield f"{seconds:08.3f}s", np.ascontiguousarray(frame[:, :, ::-1])
            sign = time.monotonic()
        if not found:
            raise ImageError("{path}: the video has no frame that can be read", path=path)
    finally:
        capture.release()


def _opened(path: str) -> cv2.VideoCapture:
    """Open a video by FFmpeg alone, which opens no other file or address for it."""
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = f"protocol_whitelist;file|format_whitelist;{_FORMATS}"
    try:
        return cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before


def _too_large(path: str) -> ImageError:
    return ImageError("{path}: its frames have more than {limit:,} pixels", path=path, limit=MAX_PIXELS)
