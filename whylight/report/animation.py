"""The overlays of a video's frames, as one animated image."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.common.atomic_file import write_bytes
from whylight.errors import ImageError
from whylight.images.decode import read_image
from whylight.images.resize import shrink_to
from whylight.report.folder import WORK
from whylight.report.replaced import ANIMATION, ReplacedFiles
from whylight.report.sources import PanelNames

LONGEST_EDGE = 480
"""Of the animated image, in pixels: all of its frames are held at once."""
FRAME_MS = 500
"""How long a frame is shown."""
_QUALITY = 80


def animate(report: Path, video: Path) -> Path:
    """Write the overlays of a video's frames into a report as `NAME.overlay.webp`.

    Args:
        report: the folder of a report with the frames' panels.
        video: the file that it explains.

    Returns:
        The path of the animated image.

    Raises:
        ImageError: there are no overlays of its frames.
    """
    folder = report / PanelNames().unused(video.name)
    files = sorted(folder.glob("*.overlay.png")) or sorted(folder.glob("*.boxes.png"))
    if not files:
        raise ImageError("{video}: the report holds no overlays of its frames", video=video.name)
    frames = [shrink_to(read_image(file), LONGEST_EDGE) for file in files]
    out = report / f"{folder.name}{ANIMATION}"
    write_bytes(out, encode_animation(frames, FRAME_MS))
    with suppress(OSError):  # then it stays when the report is replaced
        ReplacedFiles(report, report / WORK).note([out.name])
    return out


def encode_animation(frames: Sequence[NDArray[np.uint8]], milliseconds: int) -> bytes:
    """Return frames, RGB uint8 `[H, W, 3]` each, as an animated WebP that repeats."""
    animation = cv2.Animation()
    animation.frames = [np.ascontiguousarray(frame[:, :, ::-1]) for frame in frames]
    animation.durations = [milliseconds] * len(frames)
    animation.loop_count = 0
    done, data = cv2.imencodeanimation(".webp", animation, [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    assert done, "WebP is compiled into every OpenCV"
    return bytes(data)
