"""Read, explain and draw images in background threads.

The engine and `desktop.common.qimage` are imported in functions, because OpenCV and ONNX Runtime load more
slowly than the window should appear.
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
from .place import Place, main_place
from .question import Kind, Question

if TYPE_CHECKING:
    from whylight.errors import Message
    from whylight.explainer import Explainer
    from whylight.explanation import Explanation

MAX_SHOWN_EDGE = 4096
"""Longest side of displayed images in pixels; saving and copying use the full size."""

DRAFT_EDGE = 1400
"""Longest side of drafts in pixels, which are drawn quickly; larger images are drawn again."""

COLOUR_BAR_LENGTH = 256


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """Appearance of a map."""

    colour_map: str = "jet"
    opacity: float = 0.5
    """Opacity of the heatmap over the image, 0 to 1."""
    scale: Scale = Scale.CLASSES


@dataclass(frozen=True, slots=True, eq=False)
class LoadedImage:
    """A decoded image."""

    path: Path
    pixels: NDArray[np.uint8]
    """uint8 `[H, W, 3]`, RGB, in full size."""
    levels: Sequence[QImage]
    """What the panels show: the image, within `MAX_SHOWN_EDGE`, and its smaller levels."""
    notes: tuple[Message, ...] = ()
    """How the file was read, where that is to be known."""


@dataclass(frozen=True, slots=True, eq=False)
class RenderRequest:
    """Input for drawing one explained score of an image."""

    image: LoadedImage
    question: Question
    explanation: Explanation
    explainer: Explainer
    look: RenderOptions
    scales: Scales


@dataclass(frozen=True, slots=True)
class BrushDisc:
    """A disc covered by the occlusion brush, in pixels of the image's largest level."""

    centre: QPointF
    radius: float


@dataclass(frozen=True, slots=True, eq=False)
class RenderedMaps:
    """Drawing of one explained score of an image."""

    image: LoadedImage
    question: Question
    heatmap: Sequence[QImage]
    """Levels like those of the image; drafts lack the largest ones."""
    overlay: Sequence[QImage]
    evidence: NDArray[np.float32]
    """The map scaled to 0..1, in the size of the largest level, float32 `[h, w]`."""
    seen: tuple[slice, slice] | None
    """Rows and columns of `evidence` that the model saw; None for all of them."""
    draft: bool
    """Whether the image has larger levels than drawn."""
    class_specific: bool
    """Whether the map depends on the question."""
    peak: float
    """The map's largest value before scaling; 0 or less means no positive evidence."""
    scale: Scale | None
    """The scale; None if the absolute one was requested but is not available."""
    strongest: float
    """The map's value drawn as 1; on the absolute scale a density in logits."""
    colour_bar: QImage
    """Colours from 0 to 1, `COLOUR_BAR_LENGTH` x 1."""
    colour_map: str
    method: str
    """Name of the method that made the map."""
    answers: tuple[float, ...]
    """The model's answers for the classes of the question."""
    shows_numbers: bool
    """Whether these are numbers and not probabilities."""
    place: tuple[Place, float] | None
    """Where most of the evidence lies, and the share of it; None if it is spread out."""


def load_image(path: Path) -> LoadedImage:
    """Read and prepare an image; raises `ImageError`."""
    from whylight.images.decode import open_image

    from ..common.qimage import fit_within, half_size_levels

    image, notes = open_image(path).decode_noting()
    return LoadedImage(path, image, half_size_levels(fit_within(image, MAX_SHOWN_EDGE)), notes)


def ask(explainer: Explainer, explanation: Explanation, question: Question, method: str) -> Explanation:
    """Answer another question about an explained image, with the gradient graph."""
    return explainer.map_for_weights(
        explanation, question.score_weights(len(explanation.probabilities)), method
    )


def explain_asked(explainer: Explainer, image: LoadedImage, question: Question, method: str) -> Explanation:
    """Explain an image for a given question."""
    explanation = explainer.explain(image.pixels, classes=[question.class_index], method=method)
    return explanation if question.kind is Kind.WHY else ask(explainer, explanation, question, method)


def draw(sketch: RenderRequest, edge: int = MAX_SHOWN_EDGE) -> RenderedMaps:
    """Draw an explanation's first map from the image's largest level within `edge`."""
    from whylight.drawing.heatmap import apply_colormap, blend, max_evidence
    from whylight.methods import METHODS

    from ..common.qimage import array_from_image, half_size_levels, image_from_array

    image, look = sketch.image, sketch.look
    fitting = (level for level in image.levels if max(level.width(), level.height()) <= edge)
    shown = next(fitting, image.levels[-1])
    height, width = shown.height(), shown.width()
    pixels = image.pixels if image.pixels.shape[:2] == (height, width) else array_from_image(shown)
    map_ = sketch.explanation.maps[0]
    scale = _scale_of(sketch)
    evidence, strongest = scaled_map(sketch, (height, width))
    heatmap = apply_colormap(evidence, look.colour_map)
    view = sketch.explanation.map_view
    heatmap, blended = blend(pixels, heatmap, look.opacity, view)
    bar = np.linspace(0, 1, COLOUR_BAR_LENGTH, dtype=np.float32)[None]
    return RenderedMaps(
        image=image,
        question=sketch.question,
        heatmap=half_size_levels(heatmap),
        overlay=half_size_levels(blended),
        evidence=evidence,
        seen=None if view is None else view.in_image((height, width)),
        draft=shown is not image.levels[0],
        peak=max_evidence(sketch.explanation.seen_maps[:1]),
        class_specific=METHODS[sketch.explanation.method].class_specific,
        scale=scale,
        strongest=strongest * map_.size if scale is Scale.ABSOLUTE else strongest,
        colour_bar=image_from_array(apply_colormap(bar, look.colour_map)),
        colour_map=look.colour_map,
        method=sketch.explanation.method,
        answers=tuple(float(sketch.explanation.probabilities[index]) for index in sketch.question.classes),
        shows_numbers=sketch.explanation.answers == "number",
        place=main_place(evidence),
    )


def _scale_of(sketch: RenderRequest) -> Scale | None:
    """Return the scale that can be had; None in place of the absolute one."""
    scale = sketch.look.scale
    if supports_scale(sketch.explanation.method, scale):
        return scale
    return None if scale is Scale.ABSOLUTE else Scale.ITSELF


def scaled_map(sketch: RenderRequest, size: tuple[int, int]) -> tuple[NDArray[np.float32], float]:
    """Return the map scaled to 0..1 and resized to `size` (H, W), and the value of 1."""
    from whylight.drawing.heatmap import normalize_map, scale_by

    map_ = sketch.explanation.maps[0]
    scale = _scale_of(sketch) or Scale.ITSELF
    strongest = sketch.scales.strongest(sketch.explainer, sketch.explanation, scale)
    if scale is Scale.ITSELF:
        return normalize_map(map_, size, sketch.explanation.map_view), strongest
    return scale_by(map_, strongest, size, sketch.explanation.map_view), strongest
