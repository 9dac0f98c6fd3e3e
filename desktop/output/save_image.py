"""The three panels side by side in full size, for copying and saving."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from ..session.regions import region_mask
from ..session.rendering import RenderRequest, scaled_map


def panels_strip(sketch: RenderRequest) -> NDArray[np.uint8]:
    """Join the three panels in full size, uint8 `[H, W', 3]`, with boxes or regions."""
    from whylight.drawing.boxes import draw_boxes
    from whylight.drawing.heatmap import Panels, apply_colormap, blend, panels_strip
    from whylight.drawing.regions import draw_region

    image, look = sketch.image.pixels, sketch.look
    evidence, _ = scaled_map(sketch, (image.shape[0], image.shape[1]))
    heatmap = apply_colormap(evidence, look.colour_map)
    heatmap, blended = blend(image, heatmap, look.opacity, sketch.explanation.map_view)
    box, size = sketch.question.box, (image.shape[0], image.shape[1])
    if box is not None:
        others = [other for other in sketch.explanation.boxes or () if other != box]
        image = draw_boxes(image, [box], size, faded=others)
        heatmap, blended = draw_boxes(heatmap, [box], size), draw_boxes(blended, [box], size)
    region = sketch.question.region
    if region is not None:
        mask = region_mask(region, sketch.explanation, sketch.explainer.card, size)
        image, heatmap, blended = (draw_region(panel, mask) for panel in (image, heatmap, blended))
    return panels_strip(Panels(image, heatmap, blended))


def copy_panels(sketch: RenderRequest) -> QImage:
    """Return `panels_strip` as an image for the clipboard."""
    from ..common.qimage import image_from_array

    return image_from_array(panels_strip(sketch))


def save_panels(sketch: RenderRequest, path: Path) -> Path:
    """Write `panels_strip` to `path` (PNG or JPEG) and return it.

    Raises `WhylightError`.
    """
    from whylight.images.encode import write_image

    write_image(path, panels_strip(sketch))
    return path
