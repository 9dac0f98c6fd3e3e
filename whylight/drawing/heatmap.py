"""Scale and colour maps, and blend them with the image.

All values follow pytorch-grad-cam, so that results look familiar: `normalize_map` is its `BaseCAM` after the
map (ReLU, `scale_cam_image`, and both again when layers are aggregated), `apply_colormap` and `overlay` are
its `show_cam_on_image`.
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
from whylight.placement import Placement
from whylight.view import View

COLOUR_MAPS: Mapping[str, int] = MappingProxyType(
    {
        "jet": cv2.COLORMAP_JET,
        "turbo": cv2.COLORMAP_TURBO,
        # Perceptually uniform colour maps.
        "viridis": cv2.COLORMAP_VIRIDIS,
        "inferno": cv2.COLORMAP_INFERNO,
        "magma": cv2.COLORMAP_MAGMA,
        "cividis": cv2.COLORMAP_CIVIDIS,
    }
)
"""Colour maps by name, as OpenCV constants; `jet`, customary in this field, is the default."""

# As in pytorch-grad-cam: constant maps become zeros, not NaN.
_EPSILON = 1e-7


UNSEEN = (40, 40, 40)
"""Colour of a heatmap where the image was not seen, RGB; no colour map has it."""

_DIMMED = 0.4
"""Brightness of the image there."""


@dataclass(frozen=True, slots=True)
class Panels:
    """Image, heatmap and overlay of an explained image.

    Each is RGB uint8 `[H, W, 3]` in the image's original size.
    """

    image: NDArray[np.uint8]
    heatmap: NDArray[np.uint8]
    overlay: NDArray[np.uint8]


def normalize_map(
    map_: NDArray[np.float32], size: tuple[int, int] | None = None, view: View | None = None
) -> NDArray[np.float32]:
    """Scale a map `[h, w]` to 0..1 and optionally resize it to `size` (H, W).

    Negative evidence is clipped first, and resizing is bilinear; a constant map, or one without positive
    evidence, becomes zeros. The maximum is always 1, however weak the evidence: to compare maps, use
    `whylight.drawing.scales`. With a `view`, the map lies on the part of the image that was seen, and is zero
    elsewhere.
    """
    if view is None or size is None:
        return fuse([map_], size)
    return _laid(_min_max(view.place(_positive(map_), size)), size, view)


def fuse(
    maps: Sequence[NDArray[np.float32]],
    size: tuple[int, int] | None = None,
    placements: Sequence[Placement | None] | None = None,
) -> NDArray[np.float32]:
    """Average several maps, each scaled to 0..1, and scale the mean to 0..1.

    This is how pytorch-grad-cam aggregates layers. `size` (H, W), to which each map is resized bilinearly, is
    required if the maps differ in size; `placements` say where the cells of each look, if `size` is the
    network's input. Raises `QuestionError` for no maps, and for several sizes without
    `size`.
    """
    if not maps or (size is None and len({map_.shape for map_ in maps}) > 1):
        raise QuestionError(
            "{count} maps of shapes {shapes} cannot be fused: expected at least one, and a size "
            "where theirs differ",
            count=len(maps),
            shapes=sorted({map_.shape for map_ in maps}),
        )
    where = placements or [None] * len(maps)
    scaled = [
        _resized(_min_max(_positive(map_)), size, placement)
        for map_, placement in zip(maps, where, strict=True)
    ]
    # pytorch-grad-cam's second ReLU is unnecessary: bilinear resizing keeps values positive.
    return _min_max(scaled[0] if len(scaled) == 1 else np.mean(scaled, axis=0, dtype=np.float32))


def max_evidence(maps: Iterable[NDArray[np.float32]]) -> float:
    """Return the strongest evidence in any of the maps; 0 without positive evidence."""
    return max((float(_positive(map_).max(initial=0)) for map_ in maps), default=0.0)


def scale_by(
    map_: NDArray[np.float32],
    strongest: float,
    size: tuple[int, int] | None = None,
    view: View | None = None,
) -> NDArray[np.float32]:
    """Scale a map `[h, w]` so that 0 is no evidence and 1 is `strongest` or more.

    Maps of one method and model drawn with the same `strongest` can be compared, for example over a folder or
    over the classes of an image, with their common `max_evidence`. The result is resized bilinearly to `size`
    (H, W) if given, on the part of the image in `view`, and zero elsewhere. A `strongest` of 0, from maps
    without evidence, gives zeros.
    """
    if strongest <= 0:
        return np.zeros(map_.shape if size is None else size, np.float32)
    scaled = _positive(map_) / np.float32(strongest)
    if view is not None and size is not None:
        return _laid(np.clip(view.place(scaled, size), 0, 1), size, view)
    resized = _resized(scaled, size)
    return np.asarray(np.clip(resized, 0, 1), np.float32)


def apply_colormap(scaled: NDArray[np.float32], colour_map: str = "jet") -> NDArray[np.uint8]:
    """Colour a scaled map `[H, W]` in 0..1, giving RGB uint8 `[H, W, 3]`.

    Raises `QuestionError` for a colour map that is not in `COLOUR_MAPS`.
    """
    return colour(to_uint8(scaled), colour_map)


def colour(levels: NDArray[np.uint8], colour_map: str = "jet") -> NDArray[np.uint8]:
    """Colour levels uint8 `[H, W]`, giving RGB uint8 `[H, W, 3]`.

    Raises as `apply_colormap` does.
    """
    return np.asarray(cv2.applyColorMap(levels, rgb_table(colour_map)), np.uint8)


def to_uint8(scaled: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Quantise a scaled map `[H, W]` to the 256 levels of a colour map, as uint8."""
    return (255 * scaled).astype(np.uint8)


def overlay(image: NDArray[np.uint8], heatmap: NDArray[np.uint8], opacity: float = 0.5) -> NDArray[np.uint8]:
    """Blend a heatmap over an image, both RGB uint8 `[H, W, 3]`.

    `opacity`, from 0 to 1, is the weight of the heatmap. As in pytorch-grad-cam, the blend is divided by its
    largest value, so its brightest point is always 255.
    """
    if not 0 <= opacity <= 1:
        raise QuestionError("the opacity is {opacity:g}; it must lie between 0 and 1", opacity=opacity)
    image_weight = 1 - opacity
    # Look-up tables give the same rounding as products and are several times faster.
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
    view: View | None = None,
) -> Panels:
    """Draw the three panels for an image RGB uint8 `[H, W, 3]` and a map `[h, w]`.

    `strongest` is the evidence drawn as 1 (see `whylight.drawing.scales.strongest`); None uses the map's own
    maximum. The heatmap covers what was seen of the image, `view`; the rest is dimmed.
    """
    height, width = image.shape[:2]
    size = (height, width)
    scaled = normalize_map(map_, size, view) if strongest is None else scale_by(map_, strongest, size, view)
    heatmap = apply_colormap(scaled, colour_map)
    return Panels(image, *blend(image, heatmap, opacity, view))


def blend(
    image: NDArray[np.uint8], heatmap: NDArray[np.uint8], opacity: float, view: View | None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return heatmap and overlay, dark and dimmed where the image was not seen.

    All are RGB uint8 `[H, W, 3]`. Raises as `overlay` does.
    """
    if view is None:
        return heatmap, overlay(image, heatmap, opacity)
    seen = view.in_image((image.shape[0], image.shape[1]))
    shown = np.empty_like(image)
    shown[:] = UNSEEN
    shown[seen] = heatmap[seen]
    blended = dimmed(image)
    blended[seen] = overlay(np.ascontiguousarray(image[seen]), np.ascontiguousarray(heatmap[seen]), opacity)
    return shown, blended


def dimmed(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image grey and dark, RGB uint8 `[H, W, 3]`."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32) * np.float32(_DIMMED)
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def panels_strip(panels: Panels, gap: int = 8) -> NDArray[np.uint8]:
    """Join the panels with `gap` white pixels, giving uint8 `[H, 3 W + 2 gap, 3]`."""
    white = np.full((panels.image.shape[0], gap, 3), 255, np.uint8)
    return np.hstack([panels.image, white, panels.heatmap, white, panels.overlay])


def _positive(map_: NDArray[np.float32]) -> NDArray[np.float32]:
    # fmax takes 0 in the place of what is no number.
    return np.minimum(np.fmax(map_.astype(np.float32, copy=False), 0), np.finfo(np.float32).max)


def _resized(
    map_: NDArray[np.float32], size: tuple[int, int] | None, placement: Placement | None = None
) -> NDArray[np.float32]:
    if size is None:
        return map_
    if placement is not None:
        return placement.resize(map_, size)
    height, width = size
    return np.asarray(cv2.resize(map_, (width, height)), np.float32)


def _laid(part: NDArray[np.float32], size: tuple[int, int], view: View) -> NDArray[np.float32]:
    """Return float32 `[H, W]`: `part` where the image was seen, and zero elsewhere."""
    whole = np.zeros(size, np.float32)
    whole[view.in_image(size)] = part
    return whole


def _min_max(values: NDArray[np.float32]) -> NDArray[np.float32]:
    values = values - values.min()
    return np.asarray(values / (_EPSILON + values.max()), np.float32)


@cache
def rgb_table(colour_map: str) -> NDArray[np.uint8]:
    """Return the 256 colours of a colour map, RGB uint8 `[256, 1, 3]`.

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
