"""One explained image as the report holds it: panel files, HTML, a table row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.drawing.heatmap import colour, normalize_map, overlay, rgb_table, scale_by, to_uint8
from whylight.errors import WhylightError
from whylight.explanation import Explanation
from whylight.images.encode import encode_indexed_png, encode_png, write_bytes
from whylight.report.html_page import image_html
from whylight.report.sources import Source

PANEL_LONGEST = 2048
"""The longest side of a panel file in pixels. A map has some 28 x 28 values: nothing of it is lost."""

PAGE_LONGEST, SMALL_LONGEST = 320, 160
"""The longest side of the images embedded in the page: the panels, and the further classes' overlays."""

_SPARED = 1.2
"""Images up to so many times as large are embedded as they are: it takes longer to make them smaller."""


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """How an image's maps are drawn."""

    opacity: float
    colour_map: str
    strongest: NDArray[np.float32] | None
    """The evidence drawn as 1 in each of the maps; None scales each by itself."""


@dataclass(frozen=True, slots=True)
class RenderedImage:
    """All that a report holds of one image, encoded."""

    panels: Mapping[str, bytes]
    """The most likely class's `image`, `heatmap` and `overlay` as PNG files."""
    html: str
    row: Sequence[str]

    def write_panels(self, stem: Path) -> None:
        """Write the panels to `STEM.image.png` and so on; raises `WhylightError` where the disk refuses."""
        try:
            stem.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WhylightError(
                "{folder}: the folder cannot be made: {reason}", folder=stem.parent, reason=error.strerror
            ) from error
        for kind, data in self.panels.items():
            write_bytes(stem.with_name(f"{stem.name}.{kind}.png"), data)


def draw(
    source: Source,
    image: NDArray[np.uint8],
    explanation: Explanation,
    class_names: Sequence[str],
    look: RenderOptions,
) -> RenderedImage:
    """Draw and encode one explained image, RGB uint8 `[H, W, 3]`."""
    ranked = [(class_names[index], float(explanation.probabilities[index])) for index in explanation.classes]
    panel = reduced(image, PANEL_LONGEST)
    levels = _levels(explanation, 0, panel, look)
    heatmap = colour(levels, look.colour_map)
    blended = overlay(panel, heatmap, look.opacity)
    page = PAGE_LONGEST if max(panel.shape) > _SPARED * PAGE_LONGEST else PANEL_LONGEST
    shown = [
        (kind, reduced(pixels, page))
        for kind, pixels in (("image", panel), ("heatmap", heatmap), ("overlay", blended))
    ]
    texts = [text for name, probability in ranked for text in (name, f"{probability:.6f}")]
    return RenderedImage(
        panels={
            "image": encode_png(panel),
            "heatmap": encode_indexed_png(levels, rgb_table(look.colour_map)),
            "overlay": encode_png(blended),
        },
        html=image_html(
            source.name,
            (image.shape[0], image.shape[1]),
            source.panels,
            shown,
            ranked,
            _others(explanation, panel, look),
        ),
        row=[str(source.path), *texts, f"{sum(explanation.timings_ms.values()):.1f}"],
    )


def _others(
    explanation: Explanation, panel: NDArray[np.uint8], look: RenderOptions
) -> list[NDArray[np.uint8]]:
    """Small overlays of all classes but the first."""
    if len(explanation.classes) == 1:
        return []
    small = reduced(panel, SMALL_LONGEST)
    heatmaps = [
        colour(_levels(explanation, rank, small, look), look.colour_map)
        for rank in range(1, len(explanation.classes))
    ]
    return [overlay(small, heatmap, look.opacity) for heatmap in heatmaps]


def _levels(
    explanation: Explanation, rank: int, image: NDArray[np.uint8], look: RenderOptions
) -> NDArray[np.uint8]:
    """The heatmap of one of the maps over an image, as levels of the colour map: uint8 `[H, W]`."""
    map_, size = explanation.maps[rank], (image.shape[0], image.shape[1])
    if look.strongest is None:
        return to_uint8(normalize_map(map_, size))
    return to_uint8(scale_by(map_, float(look.strongest[rank]), size))


def reduced(image: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """RGB uint8 `[H, W, 3]` made smaller, if need be, so that no side is longer than `longest`."""
    height, width = image.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Down to a half no pixel is passed over between two; the mean over areas takes three times as long.
    interpolation = cv2.INTER_LINEAR if scale >= 0.5 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), np.uint8)
