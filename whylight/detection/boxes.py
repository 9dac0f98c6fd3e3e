"""Boxes that a detector found in an image, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from whylight.detection.description import CXCYWH, DetectorDescription
from whylight.detection.masks import MaskLogits
from whylight.view import View

LEAST_SCORE = 0.25
"""Score from which a box counts as found."""
MOST_OVERLAP = 0.45
"""Intersection over union above which the weaker of two boxes of a class is left out."""
MOST_BOXES = 300


@dataclass(frozen=True, slots=True)
class Box:
    """A thing that a detector found."""

    class_index: int
    class_name: str
    score: float
    """What the file answers for the class at this place, 0..1."""
    corners: tuple[float, float, float, float]
    """Left, top, right and bottom, in pixels of the image."""
    place: int
    """Index of the place among the P at which the detector answers."""
    mask_logits: MaskLogits | None = field(default=None, compare=False, repr=False)
    """Of a detector of masks."""

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """The mask of the thing, bool `[H, W]` of the image; None without masks."""
        return None if self.mask_logits is None else self.mask_logits.in_box(self.corners)

    def mask_outline(self) -> tuple[NDArray[np.float64], ...]:
        """Return the outlines of the mask, polygons `[n, 2]`.

        They are of x and y in pixels of the image. There are none without masks, or where the mask is empty.
        """
        return () if self.mask_logits is None else self.mask_logits.outline(self.corners)

    @property
    def position(self) -> str:
        """The corners in whole pixels: `12, 30 to 80, 190`."""
        left, top, right, bottom = (round(value) for value in self.corners)
        return f"{left}, {top} to {right}, {bottom}"


def boxes_in_image(
    boxes: NDArray[np.float32], description: DetectorDescription, view: View
) -> NDArray[np.float32]:
    """Convert boxes `[4, P]` of the input to corners `[P, 4]` in pixels of the image."""
    values = np.asarray(boxes, np.float64)
    if description.box_form == CXCYWH:
        middle, half = values[:2], values[2:] / 2
        values = np.concatenate([middle - half, middle + half])
    height, width = view.image_size
    scale = [view.image_size[axis] / view.resized[axis] for axis in (1, 0, 1, 0)]
    offset = [view.offset[axis] for axis in (1, 0, 1, 0)]
    corners = (values - np.array(offset)[:, None]) * np.array(scale)[:, None]
    limits = np.array([width, height, width, height])[:, None]
    return np.asarray(np.clip(corners, 0, limits).T, np.float32)


def find_boxes(
    answers: NDArray[np.float32],
    corners: NDArray[np.float32],
    class_names: tuple[str, ...],
    *,
    needs_nms: bool,
    least_score: float = LEAST_SCORE,
    most_overlap: float = MOST_OVERLAP,
) -> tuple[Box, ...]:
    """Return the boxes found, the highest score first.

    Args:
        answers: the file's answers `[K, P]` in 0..1; each place counts for its best class.
        corners: the box of each place, `[P, 4]` (`boxes_in_image`).
        class_names: names of the K classes.
        needs_nms: whether to leave out boxes that overlap a better one of their class.
        least_score: score from which a box counts.
        most_overlap: intersection over union that two boxes of a class may have.
    """
    classes = answers.argmax(axis=0)
    scores = answers.max(axis=0)
    order = [int(place) for place in np.argsort(-scores, kind="stable") if scores[place] >= least_score]
    kept: list[int] = []
    for place in order:
        rivals = [other for other in kept if classes[other] == classes[place]]
        if needs_nms and rivals and overlap(corners[place], corners[rivals]).max() > most_overlap:
            continue
        kept.append(place)
        if len(kept) == MOST_BOXES:
            break
    return tuple(
        Box(
            int(classes[place]),
            class_names[int(classes[place])],
            float(scores[place]),
            (
                float(corners[place][0]),
                float(corners[place][1]),
                float(corners[place][2]),
                float(corners[place][3]),
            ),
            place,
        )
        for place in kept
    )


def overlap(box: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the intersection over union of a box `[4]` with others `[n, 4]`."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    common = np.clip(high - low, 0, None).prod(axis=1)
    areas = [np.clip(each[..., 2:] - each[..., :2], 0, None).prod(axis=-1) for each in (box, others)]
    return np.asarray(common / np.maximum(areas[0] + areas[1] - common, 1e-9), np.float32)
