"""Draw boxes on images, and rows of panels with a title above each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.detection.boxes import Box

_LINE = (255, 255, 255)
_CASING = (0, 0, 0)
_FADED = (190, 190, 190)
_PAPER, _INK = 255, (20, 20, 20)
_GAP = 8
_TITLE_PIXELS = 17
_TITLE_HEIGHT = 30
_HERSHEY = 0.5
"""Scale of OpenCV's font, which is about as high."""
_CUT = "..."

Corners = tuple[float, float, float, float]


def draw_boxes(
    image: NDArray[np.uint8],
    boxes: Sequence[Box],
    image_size: tuple[int, int],
    *,
    faded: Sequence[Box] = (),
) -> NDArray[np.uint8]:
    """Return a copy of an image with boxes drawn on it, white with a black casing.

    Such a line is visible on any image and on any colour map. Boxes with a mask get its outline, too.

    Args:
        image: RGB uint8 `[h, w, 3]`, in any size.
        boxes: the boxes.
        image_size: height and width of the image that the boxes' corners are in.
        faded: boxes drawn thinner and grey, below the others.
    """
    drawn = image.copy()
    width = max(1, round(min(image.shape[:2]) / 300))
    for box in faded:
        _outline(drawn, _pixels(box.corners, image_size, image), _FADED, 1)
    for box in boxes:
        _outline(drawn, _pixels(box.corners, image_size, image), _LINE, width)
        _mask_outline(drawn, box, image_size, width)
    return drawn


def _mask_outline(drawn: NDArray[np.uint8], box: Box, image_size: tuple[int, int], width: int) -> None:
    scale = np.array(drawn.shape[1::-1]) / np.array(image_size[::-1])
    polygons = [np.round(each * scale - 0.5).astype(np.int32) for each in box.mask_outline()]
    for colour, thickness in ((_CASING, width + 2), (_LINE, width)):
        cv2.polylines(drawn, polygons, True, colour, thickness)


def titled_rows(
    rows: Sequence[tuple[str, str, Sequence[NDArray[np.uint8]]]],
) -> NDArray[np.uint8]:
    """Return rows of panels below each other on white, RGB uint8 `[H, W, 3]`.

    Args:
        rows: for each row its title, what stands there if the font has no letters for the title, and its
            panels `[h, w, 3]`, which all have the same size.
    """
    parts = []
    for title, plain, panels in rows:
        gap = np.full((panels[0].shape[0], _GAP, 3), _PAPER, np.uint8)
        joined = [panel for each in panels for panel in (each, gap)][:-1]
        strip = np.hstack(joined)
        parts += [_title(title, plain, strip.shape[1]), strip]
    return np.vstack(parts)


def can_write(text: str) -> bool:
    """Return whether the font of titles has a letter for each character."""
    if _font() is None:
        return text.isascii()
    return all(_has_letter(character) for character in set(text))


def _title(text: str, plain: str, width: int) -> NDArray[np.uint8]:
    """Return a line of text, shortened to a width, RGB uint8 `[30, width, 3]`."""
    shown = text if can_write(text) else plain
    if _length(shown) > width - 8:
        while shown and _length(shown + _CUT) > width - 8:
            shown = shown[:-1]
        shown += _CUT
    line = np.full((_TITLE_HEIGHT, width, 3), _PAPER, np.uint8)
    if _font() is None:
        at = (4, (_TITLE_HEIGHT + _TITLE_PIXELS) // 2 - 2)
        cv2.putText(line, shown, at, cv2.FONT_HERSHEY_SIMPLEX, _HERSHEY, _INK, 1, cv2.LINE_AA)
        return line
    from PIL import Image, ImageDraw

    written = Image.fromarray(line)
    ImageDraw.Draw(written).text(
        (4, (_TITLE_HEIGHT - _TITLE_PIXELS) // 2 - 1), shown, fill=_INK, font=_font()
    )
    return np.asarray(written, np.uint8)


def _length(text: str) -> float:
    """Return the width of a text in pixels."""
    font = _font()
    if font is None:
        return float(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, _HERSHEY, 1)[0][0])
    return float(font.getlength(text))


@cache
def _font() -> Any:
    """Return Pillow's own font.

    None where Pillow has no FreeType, as in the bundled app, and OpenCV writes.
    """
    from PIL import ImageFont

    try:
        return ImageFont.load_default(_TITLE_PIXELS)
    except (ImportError, OSError):
        return None


@cache
def _has_letter(character: str) -> bool:
    if character.isspace():
        return True
    mask, missing = (_font().getmask(each) for each in (character, "\uffff"))
    return bytes(mask) != bytes(missing) or mask.size != missing.size


def _pixels(
    corners: Corners, image_size: tuple[int, int], image: NDArray[np.uint8]
) -> tuple[int, int, int, int]:
    """Return corners in whole pixels of an image drawn at another size, inside of it."""
    height, width = image.shape[:2]
    down, across = height / image_size[0], width / image_size[1]
    left, top, right, bottom = corners
    return (
        min(max(round(left * across), 0), width - 1),
        min(max(round(top * down), 0), height - 1),
        min(max(round(right * across) - 1, 0), width - 1),
        min(max(round(bottom * down) - 1, 0), height - 1),
    )


def _outline(
    image: NDArray[np.uint8], corners: tuple[int, int, int, int], colour: tuple[int, int, int], width: int
) -> None:
    left, top, right, bottom = corners
    cv2.rectangle(image, (left, top), (right, bottom), _CASING, width + 2)
    cv2.rectangle(image, (left, top), (right, bottom), colour, width)
