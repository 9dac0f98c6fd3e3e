"""Explain the masks of boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from whylight.asking.asked import AskedExplainer
from whylight.box_questions import one_hot_places, require_detector, split_mask_parts, spread_over_fields
from whylight.detection.boxes import Box
from whylight.detection.description import DetectorDescription
from whylight.detection.masks import cells_of_box
from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.methods import METHODS
from whylight.methods.availability import available_method, gradient_method
from whylight.region_questions import RegionLike, read_region
from whylight.segmentation.description import SegmenterDescription
from whylight.tensor_names import ACTIVATIONS, MASKS
from whylight.view import View


def explain_masks(
    explainer: AskedExplainer,
    pixels: NDArray[np.uint8],
    boxes: Sequence[Box],
    method: str | None,
    *,
    region: RegionLike | None = None,
    against: bool = False,
) -> Explanation:
    """Explain why boxes have their masks: the mean of a mask's logits over a region.

    Args:
        explainer: of a detector of masks.
        pixels: RGB uint8 `[H, W, 3]`.
        boxes: M boxes.
        method: of gradients; None for that of boxes.
        region: the part of the image whose logits are explained; None for each box's own mask, or the whole
            box where its mask is empty.
        against: explain what speaks against the region's being in the mask.

    Raises:
        ImageError: the file of a region cannot be read.
        QuestionError: the model makes no masks, has no gradients, there is no such method, or a box is not of
            this model.
    """
    description = require_detector(explainer.card)
    if not description.masks:
        raise QuestionError("'{model}' finds boxes without masks", model=explainer.card.name)
    one_hot_places(boxes, description.places)
    by = gradient_method(available_method(method or explainer.methods[0], explainer.methods, "masks"))
    at = explainer.box_explainer(boxes[0], part=MASKS)
    seen = at.forward_only(pixels, top=1)
    view = seen.view or View.whole(seen.image_size, explainer.card.input_size)
    found = [
        _mask_gradients(at, seen, box, _cells(seen, box, description, view, region), description)
        for box in boxes
    ]
    gradients = np.concatenate(found) * np.float32(-1 if against else 1)
    asked = explainer.box_explainer(boxes[0]).forward_only(pixels, [box.class_index for box in boxes])
    explained = replace(
        asked,
        maps=METHODS[by](seen.tensors[ACTIVATIONS][0], gradients),
        method=by,
        place_weights=one_hot_places(boxes, description.places),
        gradients=gradients,
    )
    spread = spread_over_fields(explained, explainer.card.input_size)
    return replace(spread, gradients=gradients)


def _mask_gradients(
    explainer: AskedExplainer,
    seen: Explanation,
    box: Box,
    cells: NDArray[np.float32],
    description: DetectorDescription,
) -> NDArray[np.float32]:
    """Return gradients `[1, C, h, w]` of the mean of a mask's logits over cells.

    The mean is k . q for the coefficients k of the box's place and the mean q of the prototypes: its
    gradient is that of k with q held, and that of q with k held.

    Args:
        explainer: of `mask_parts`.
        seen: the image, answered by this explainer.
        box: of this image.
        cells: weights of the prototypes' cells that add up to one, `[h w]`.
        description: of the detector.
    """
    parts = seen.tensors[MASKS][0]
    coefficients = parts[:, box.place]
    prototypes = np.asarray(parts[:, description.places :] @ cells, np.float32)
    places = np.zeros((2, parts.shape[1]), np.float32)
    places[0, box.place] = 1
    places[1, description.places :] = cells
    weights = np.stack([prototypes, coefficients])
    both = replace(seen, score_weights=weights, place_weights=places, gradients=None)
    found = explainer.gradients(both)
    return np.asarray(found.sum(axis=0, keepdims=True), np.float32)


def _cells(
    seen: Explanation,
    box: Box,
    description: DetectorDescription,
    view: View,
    region: RegionLike | None,
) -> NDArray[np.float32]:
    """Return weights of the prototypes' cells that add up to one, `[h w]`."""
    _, rows, columns = description.masks
    if region is not None:
        (cells,) = read_region(region, SegmenterDescription(grid=(rows, columns)), view)
        return np.asarray(cells, np.float32)
    coefficients, prototypes = split_mask_parts(seen.tensors[MASKS][0], description)
    inside = np.zeros((rows, columns), np.bool_)
    inside[cells_of_box(box.corners, (rows, columns), view)] = True
    logits = np.tensordot(coefficients[:, box.place], prototypes, axes=1)
    chosen = inside & (logits > 0)
    weights = (chosen if chosen.any() else inside).astype(np.float32).reshape(-1)
    return np.asarray(weights / weights.sum(), np.float32)
