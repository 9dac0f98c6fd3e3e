"""Average drop and increase in confidence (Grad-CAM++, WACV 2018).

Chattopadhay, Sarkar, Howlader and Balasubramanian, arXiv 1710.11063.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whylight.drawing.heatmap import normalize_map
from whylight.explainer import Explainer
from whylight.faithfulness.pixel_ranking import class_probabilities
from whylight.perturbation.estimate import apply_masks, mean_colour
from whylight.perturbation.input_resize import at_input


def confidence_change(
    explainer: Explainer, image: NDArray[np.uint8], map_: NDArray[np.float32], class_index: int
) -> tuple[float, float]:
    """Measure the change of a class's probability when only evidence is visible.

    With Y the class's probability and O that of the image multiplied by the scaled map:

        drop     = max(0, Y - O) / Y   (section 5.1, for one image; its mean is the average drop)
        increase = 1 where Y < O, else 0   (section 5.2; its mean is the share of images)

    The normalised image is multiplied, so hidden areas have the card's mean colour and are not black, as in
    pytorch-grad-cam's metrics. `image` RGB uint8 `[H, W, 3]`, `map_` `[h, w]`, not normalised. Returns drop
    (lower is better) and increase (higher is better). Both favour maps that are bright everywhere.
    """
    at = at_input(explainer, image)
    scaled = normalize_map(map_, (at.image.shape[0], at.image.shape[1]))
    masks = at.without_padding(scaled[None].copy())
    seen = apply_masks(at.image, masks, mean_colour(explainer))[0]
    whole, explained = class_probabilities(at.model, np.stack([at.image, seen]), class_index)
    return float(max(0, whole - explained) / whole) if whole > 0 else 0.0, float(explained > whole)
