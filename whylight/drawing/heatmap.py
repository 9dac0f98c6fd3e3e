"""From a map to what is shown: scaled, coloured, laid over the image.

Every number follows pytorch-grad-cam, so that its users see the images they know: `normalize_map` is its
`BaseCAM` after the map (ReLU, `scale_cam_image`, and both once more when layers are aggregated),
`apply_colormap` and `overlay` are its `show_cam_on_image`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.errors import QuestionError

COLOUR_MAPS: Mapping[str, int] = MappingProxyType(
    {
        "jet": cv2.COLORMAP_JET,
        "turbo": cv2.COLORMAP_TURBO,
        # These four are perceptually even: equal steps of evidence look equally large.
        "viridis": cv2.COLORMAP_VIRIDIS,
        "inferno": cv2.COLORMAP_INFERNO,
        "magma": cv2.COLORMAP_MAGMA,
        "cividis": cv2.COLORMAP_CIVIDIS,
    }
)
"""The colour maps by name, each as OpenCV's constant; `jet` is the field's habit and the default."""

# pytorch-grad-cam's guard against the map that is zero everywhere: it becomes zeros, not NaN.
_EPSILON = 1e-7


@dataclass(frozen=True, slots=True)
class Panels:
    """The three panels of one explained image, each RGB uint8 `[H, W, 3]` of the image's own size."""

    image: NDArray[np.uint8]
    heatmap: NDArray[np.uint8]
    overlay: NDArray[np.uint8]


def normalize_map(map_: NDArray[np.float32], size: tuple[int, int] | None = None) -> NDArray[np.float32]:
    """Scale a map `[h, w]` to 0..1 by itself and, given `size` (H, W), resize it bilinearly to `[H, W]`.

    Negative evidence is cut off first; a map without positive evidence, or constant, becomes zeros. The
    strongest place is red however weak its evidence is: to compare maps use `whylight.drawing.scales`.
    """
    return fuse([map_], size)


def fuse(maps: Sequence[NDArray[np.float32]], size: tuple[int, int] | None = None) -> NDArray[np.float32]:
    """Several maps, of several layers or methods, as one in 0..1: the mean of the maps each scaled by itself.

    As pytorch-grad-cam aggregates layers. The maps may be of different sizes; then, as for a heatmap over the
    image, `size` (H, W) is needed, to which each is resized bilinearly. Raises `QuestionError` for no
    maps, and for several sizes without `size`.
    """
    if not maps or (size is None and len({map_.shape for map_ in maps}) > 1):
        raise QuestionError(
            "{count} maps of shapes {shapes} cannot be fused: expected at least one, and a size "
            "where theirs differ",
            count=len(maps),
            shapes=sorted({map_.shape for map_ in maps}),
        )
    scaled = [_resized(_min_max(_positive(map_)), size) for map_ in maps]
    # Bilinear resizing makes nothing negative, so pytorch-grad-cam's second ReLU is left out.
    return _min_max(scaled[0] if len(scaled) == 1 else np.mean(scaled, axis=0, dtype=np.float32))


def max_evidence(maps: Iterable[NDArray[np.float32]]) -> float:
    """The strongest evidence in any of the maps; 0 where nothing speaks for anything."""
    return max((float(map_.max(initial=0)) for map_ in maps), default=0.0)


def scale_by(
    map_: NDArray[np.float32], strongest: float, size: tuple[int, int] | None = None
) -> NDArray[np.float32]:
    """Scale a map `[h, w]` on an absolute scale: 0 is no evidence, 1 is evidence of `strongest` or more.

    Maps of one method and one model drawn with the same `strongest` can be compared: of the images of a
    folder or of the classes of one image, where it is their common `max_evidence`. Resized bilinearly to
    `size` (H, W) where it is given. A `strongest` of 0, from maps without evidence, gives zeros.
    """
    if strongest <= 0:
        return np.zeros(map_.shape if size is None else size, np.float32)
    resized = _resized(_positive(map_) / np.float32(strongest), size)
    return np.asarray(np.clip(resized, 0, 1), np.float32)


def apply_colormap(scaled: NDArray[np.float32], colour_map: str = "jet") -> NDArray[np.uint8]:
    """Colour a scaled map `[H, W]` in 0..1: the heatmap, RGB uint8 `[H, W, 3]`.

    Raises `QuestionError` for a colour map that is not in `COLOUR_MAPS`.
    """
    return colour(to_uint8(scaled), colour_map)


def colour(levels: NDArray[np.uint8], colour_map: str = "jet") -> NDArray[np.uint8]:
    """The heatmap RGB uint8 `[H, W, 3]` of levels uint8 `[H, W]`; raises as `apply_colormap` does."""
    return np.asarray(cv2.applyColorMap(levels, rgb_table(colour_map)), np.uint8)


def to_uint8(scaled: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Which of a colour map's 256 colours each place of a scaled map `[H, W]` has: uint8 `[H, W]`."""
    return (255 * scaled).astype(np.uint8)


def overlay(image: NDArray[np.uint8], heatmap: NDArray[np.uint8], opacity: float = 0.5) -> NDArray[np.uint8]:
    """Blend a heatmap over an image, both RGB uint8 `[H, W, 3]`; `opacity` 0 to 1 is the heatmap's share.

    As in pytorch-grad-cam the blend is divided by its largest value, so its brightest point is always 255.
    """
    if not 0 <= opacity <= 1:
        raise QuestionError("the opacity is {opacity:g}; it must lie between 0 and 1", opacity=opacity)
    image_weight = 1 - opacity
    # Tables of 256 products round as the products of whole images do, and are several times faster.
    levels = np.arange(256, dtype=np.float32) / 255
    blend: NDArray[np.float32] = np.asarray(cv2.LUT(image, image_weight * levels), np.float32)
    cv2.add(blend, cv2.LUT(heatmap, (1 - image_weight) * levels), dst=blend)
    brightest = blend.max(initial=0)
    if brightest > 0:
        blend /= brightest
    blend *= 255
    return blend.astype(np.uint8)


def draw_panels(
    image: NDArray[np.uint8],
    map_: NDArray[np.float32],
    *,
    opacity: float = 0.5,
    colour_map: str = "jet",
    strongest: float | None = None,
) -> Panels:
    """Draw the three panels of an image RGB uint8 `[H, W, 3]` and one of its maps `[h, w]`.

    `strongest` is the evidence drawn as 1, from `whylight.drawing.scales.strongest`; None scales the map by
    itself.
    """
    height, width = image.shape[:2]
    size = (height, width)
    scaled = normalize_map(map_, size) if strongest is None else scale_by(map_, strongest, size)
    heatmap = apply_colormap(scaled, colour_map)
    return Panels(image, heatmap, overlay(image, heatmap, opacity))


def panels_strip(panels: Panels, gap: int = 8) -> NDArray[np.uint8]:
    """The three panels side by side with `gap` white pixels between: RGB uint8 `[H, 3 W + 2 gap, 3]`."""
    white = np.full((panels.image.shape[0], gap, 3), 255, np.uint8)
    return np.hstack([panels.image, white, panels.heatmap, white, panels.overlay])


def _positive(map_: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.maximum(map_.astype(np.float32, copy=False), 0)


def _resized(map_: NDArray[np.float32], size: tuple[int, int] | None) -> NDArray[np.float32]:
    if size is None:
        return map_
    height, width = size
    return np.asarray(cv2.resize(map_, (width, height)), np.float32)


def _min_max(values: NDArray[np.float32]) -> NDArray[np.float32]:
    values = values - values.min()
    return np.asarray(values / (_EPSILON + values.max()), np.float32)


@cache
def rgb_table(colour_map: str) -> NDArray[np.uint8]:
    """The 256 colours of a colour map, RGB uint8 `[256, 1, 3]`.

    Raises `QuestionError` for a colour map that is not in `COLOUR_MAPS`.
    """
    if colour_map not in COLOUR_MAPS:
        raise QuestionError(
            "there is no colour map '{colour_map}'; known are {known}",
            colour_map=colour_map,
            known=", ".join(COLOUR_MAPS),
        )
    levels = np.arange(256, dtype=np.uint8).reshape(256, 1)
    colours = cv2.applyColorMap(levels, COLOUR_MAPS[colour_map])
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_BGR2RGB), np.uint8)
