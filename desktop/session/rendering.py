"""Reading, explaining and drawing images, all off the interface thread.

The engine and `desktop.common.qimage` are imported inside the functions, because OpenCV and ONNX Runtime
take longer to load than the window may take to appear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage

from .color_scale import Scale, Scales, supports_scale
from .question import Kind, Question

if TYPE_CHECKING:
    from whylight.errors import Message
    from whylight.explainer import Explainer
    from whylight.explanation import Explanation

MAX_SHOWN_EDGE = 4096
"""Longest side, in pixels, of what the panels show; saving and copying use every pixel."""

DRAFT_EDGE = 1400
"""An image with a longer side, in pixels, is first drawn within this, which fills a panel in no time."""

COLOUR_BAR_LENGTH = 256


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """How a map is drawn."""

    colour_map: str = "jet"
    opacity: float = 0.5
    """Of the heatmap over the image, 0 to 1."""
    scale: Scale = Scale.ITSELF


@dataclass(frozen=True, slots=True, eq=False)
class LoadedImage:
    """An image that has been read."""

    path: Path
    pixels: NDArray[np.uint8]
    """uint8 `[H, W, 3]`, RGB, every pixel of the file."""
    levels: Sequence[QImage]
    """What the panels show: the image, within `MAX_SHOWN_EDGE`, and its smaller levels."""
    notes: tuple[Message, ...] = ()
    """How the file was read, where that is to be known."""


@dataclass(frozen=True, slots=True, eq=False)
class RenderRequest:
    """All that it takes to draw one explained score of one image."""

    image: LoadedImage
    question: Question
    explanation: Explanation
    explainer: Explainer
    look: RenderOptions
    scales: Scales


@dataclass(frozen=True, slots=True)
class BrushDisc:
    """A disc that the occlusion brush covers, in pixels of the image's largest level."""

    centre: QPointF
    radius: float


@dataclass(frozen=True, slots=True, eq=False)
class RenderedMaps:
    """One explained score of one image, drawn."""

    image: LoadedImage
    question: Question
    heatmap: Sequence[QImage]
    """Levels, as those of the image; of a draft, without the largest."""
    overlay: Sequence[QImage]
    evidence: NDArray[np.float32]
    """The map scaled to 0..1, as large as the largest level, float32 `[h, w]`."""
    draft: bool
    """Whether the image has larger levels than were drawn."""
    peak: float
    """The map's largest value before scaling; not above zero means that nothing speaks for the class."""
    scale: Scale | None
    """None: the map has no absolute scale, which was wished for, and is drawn on its own."""
    strongest: float
    """The map's value that is drawn as 1; on the absolute scale, times its places: a density in logits."""
    colour_bar: QImage
    """The colours of 0 to 1, `COLOUR_BAR_LENGTH` x 1."""


def load_image(path: Path) -> LoadedImage:
    """Read and prepare an image; raises `ImageError`."""
    from whylight.images.decode import open_image

    from ..common.qimage import fit_within, half_size_levels

    image, notes = open_image(path).decode_noting()
    return LoadedImage(path, image, half_size_levels(fit_within(image, MAX_SHOWN_EDGE)), notes)


def ask(explainer: Explainer, explanation: Explanation, question: Question, method: str) -> Explanation:
    """Ask another question of an explained image through the gradient graph alone."""
    return explainer.map_for_weights(
        explanation, question.score_weights(len(explanation.probabilities)), method
    )


def explain_asked(explainer: Explainer, image: LoadedImage, question: Question, method: str) -> Explanation:
    """Explain an image for a question already known."""
    explanation = explainer.explain(image.pixels, classes=[question.class_index], method=method)
    return explanation if question.kind is Kind.WHY else ask(explainer, explanation, question, method)


def draw(sketch: RenderRequest, edge: int = MAX_SHOWN_EDGE) -> RenderedMaps:
    """Draw an explanation's first map from the image's largest level within `edge`."""
    from whylight.drawing.heatmap import apply_colormap, overlay

    from ..common.qimage import array_from_image, half_size_levels, image_from_array

    image, look = sketch.image, sketch.look
    fitting = (level for level in image.levels if max(level.width(), level.height()) <= edge)
    shown = next(fitting, image.levels[-1])
    height, width = shown.height(), shown.width()
    pixels = image.pixels if image.pixels.shape[:2] == (height, width) else array_from_image(shown)
    map_ = sketch.explanation.maps[0]
    scale = look.scale if supports_scale(sketch.explanation.method, look.scale) else None
    evidence, strongest = scaled_map(sketch, (height, width))
    heatmap = apply_colormap(evidence, look.colour_map)
    blended = overlay(pixels, heatmap, look.opacity)
    bar = np.linspace(0, 1, COLOUR_BAR_LENGTH, dtype=np.float32)[None]
    return RenderedMaps(
        image=image,
        question=sketch.question,
        heatmap=half_size_levels(heatmap),
        overlay=half_size_levels(blended),
        evidence=evidence,
        draft=shown is not image.levels[0],
        peak=float(map_.max()),
        scale=scale,
        strongest=strongest * map_.size if scale is Scale.ABSOLUTE else strongest,
        colour_bar=image_from_array(apply_colormap(bar, look.colour_map)),
    )


def scaled_map(sketch: RenderRequest, size: tuple[int, int]) -> tuple[NDArray[np.float32], float]:
    """Return the map scaled to 0..1, resized to `size` (H, W), and what became 1."""
    from whylight.drawing.heatmap import normalize_map, scale_by

    map_ = sketch.explanation.maps[0]
    scale = (
        sketch.look.scale if supports_scale(sketch.explanation.method, sketch.look.scale) else Scale.ITSELF
    )
    strongest = sketch.scales.strongest(sketch.explainer, sketch.explanation, scale)
    if scale is Scale.ITSELF:
        return normalize_map(map_, size), strongest
    return scale_by(map_, strongest, size), strongest
