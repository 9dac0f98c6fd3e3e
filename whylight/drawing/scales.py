"""Colour scales: the evidence drawn as 1.

`image`
    Each map has its own scale: its strongest evidence is 1, however weak. Shows *where*, not *how much*.

`compared`
    The strongest evidence in any of the given maps is 1, for example over the classes of an image or the
    images of a folder. Shows which has more, relative to the others.

`absolute`
    A fixed amount of evidence is 1: `full_scale` logits (`FULL_SCALE`). The value of a map at one of its h w
    positions is the contribution of that position to the score in logits (`Method.additive`); multiplied by
    h w it is a *density*, the score if the whole image were like this position. The mean density is the sum
    of the contributions and does not change with the resolution, so maps of different layers, images and
    classes are comparable. If the tail is average pooling and a linear layer, that sum is the score without
    its bias (Zhou et al., CVPR 2016, arXiv 1512.04150, equation 2), as it is for HiResCAM before any linear
    tail.

The absolute scale needs maps in the unit of the score. It is not available for Grad-CAM++ and the eigen
methods, nor for the scaled maps of `whylight.parallel.tta_smoothing`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whylight.drawing.heatmap import max_evidence, normalize_map, scale_by
from whylight.errors import QuestionError
from whylight.methods import METHODS

IMAGE, COMPARED, ABSOLUTE = SCALES = ("image", "compared", "absolute")
"""Names of the scales."""

FULL_SCALE = 30.0
"""Logits of density that the absolute scale draws as 1; the strongest places of the classes that the bundled
model names have 15 to 40 (the middle 90 % of its held-out images)."""


def strongest(
    maps: NDArray[np.float32],
    scale: str,
    *,
    method: str = "grad-cam",
    full_scale: float = FULL_SCALE,
    seen: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Return the evidence drawn as 1 in each map, in the maps' units: float32 `[M]`.

    This is the argument of `whylight.drawing.heatmap.scale_by`; 0 without positive evidence.

    Args:
        maps: float32 `[M, h, w]`, not normalised.
        scale: one of `SCALES`.
        method: the method that computed the maps.
        full_scale: logits of density drawn as 1 on the absolute scale.
        seen: the maps without padding (`Explanation.seen_maps`); None for all of `maps`.

    Raises:
        QuestionError: there is no such scale, or the method or `full_scale` does not permit the absolute one.
    """
    check_scale(scale, method, full_scale)
    seen = maps if seen is None else seen
    if scale == IMAGE:
        return np.asarray([max_evidence([map_]) for map_ in seen], np.float32)
    places = maps.shape[1] * maps.shape[2]
    common = max_evidence(seen) if scale == COMPARED else full_scale / places
    return np.full(len(maps), common, np.float32)


def scale_maps(
    maps: NDArray[np.float32],
    scale: str = IMAGE,
    size: tuple[int, int] | None = None,
    *,
    method: str = "grad-cam",
    full_scale: float = FULL_SCALE,
) -> NDArray[np.float32]:
    """Scale maps `[M, h, w]` to 0..1, optionally resized to `size` (H, W) bilinearly.

    Returns float32 `[M, H, W]`. Arguments and errors are those of `strongest`. On the scale `image` the
    weakest evidence is 0, as in pytorch-grad-cam; on the others 0 is no evidence.
    """
    tops = strongest(maps, scale, method=method, full_scale=full_scale)
    if scale == IMAGE:
        scaled = [normalize_map(map_, size) for map_ in maps]
    else:
        scaled = [scale_by(map_, float(top), size) for map_, top in zip(maps, tops, strict=True)]
    height, width = maps.shape[1:] if size is None else size
    return np.asarray(scaled, np.float32).reshape(len(maps), height, width)


def check_scale(scale: str, method: str, full_scale: float = FULL_SCALE) -> None:
    """Raise `QuestionError` if maps of a method cannot be drawn on a scale."""
    if scale not in SCALES:
        raise QuestionError(
            "there is no scale '{scale}'; there are {known}", scale=scale, known=", ".join(SCALES)
        )
    if scale != ABSOLUTE:
        return
    if not METHODS[method].additive:
        additive = [name for name, entry in METHODS.items() if entry.additive]
        raise QuestionError(
            "{method} maps are not additive contributions to the score, so scale '{scale}' is not "
            "available; use '{image}' or '{compared}', or one of the methods {methods}",
            method=method,
            scale=scale,
            image=IMAGE,
            compared=COMPARED,
            methods=", ".join(sorted(additive)),
        )
    if not 0 < full_scale < np.inf:
        raise QuestionError(
            "the full scale is {full_scale:g} logits; it must be a number above 0", full_scale=full_scale
        )
