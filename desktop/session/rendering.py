"""Read, explain and draw images in background threads.

The engine and `desktop.common.qimage` are imported in functions, because OpenCV and ONNX Runtime load more
slowly than the window should appear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage

from whylight.answers import NO_SHARES, SIMILARITY

from . import regions
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

EQUAL = 0.99999
"""Cosine from which two embeddings are one, but for rounding."""


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
    all_answers: NDArray[np.float32]
    """Its answers for all classes, of a box or region those at its places, float32 `[K]`."""
    answers_kind: str
    """What these are, one of `whylight.answers.KINDS`."""
    place: tuple[Place, float] | None
    """Where most of the evidence lies, and the share of it; None if it is spread out."""
    is_equal: bool = False
    """Whether the image equals the reference, so that nothing raises the likeness."""
    in_box: float | None = None
    """Share of the evidence inside the box of the question, 0 to 1; None without a box."""
    in_region: float | None = None
    """Share of the evidence inside the region of the question, 0 to 1; None without a region."""


def load_image(path: Path) -> LoadedImage:
    """Read and prepare an image; raises `ImageError`."""
    from whylight.images.decode import open_image

    from ..common.qimage import fit_within, half_size_levels

    image, notes = open_image(path).decode_noting()
    return LoadedImage(path, image, half_size_levels(fit_within(image, MAX_SHOWN_EDGE)), notes)


def explain_first(explainer: Explainer, image: LoadedImage, method: str) -> Explanation:
    """Explain an image for its most likely class, best box or largest region."""
    if not has_places(explainer):
        return explainer.explain(image.pixels, top=1, method=method)
    answered = with_found(explainer, explainer.forward_only(image.pixels, top=1))
    asked = ask(explainer, answered, first_question(explainer, answered), method, image)
    return replace(asked, timings_ms={**asked.timings_ms, "forward": answered.timings_ms["forward"]})


def has_places(explainer: Explainer) -> bool:
    """Return whether a model answers at places: a detector or segmenter."""
    return explainer.is_detector or explainer.is_segmenter


def with_found(explainer: Explainer, explanation: Explanation) -> Explanation:
    """Return the explanation with the boxes or regions found, if the model finds any."""
    from whylight.region_questions import read_regions

    if explainer.is_detector:
        return replace(explanation, boxes=explainer.boxes_of(explanation))
    if explainer.is_segmenter:
        return replace(explanation, regions=read_regions(explanation, explainer.card))
    return explanation


def first_question(explainer: Explainer, explanation: Explanation) -> Question:
    """Return the question that an image is explained for at first."""
    if explanation.regions is not None:
        return regions.first_question(explanation, explainer.card)
    if explanation.boxes is None:
        return located(explainer, explanation, Question(explanation.classes[0]), None)
    likeliest = int(explanation.probabilities.argmax())
    index = explanation.boxes[0].class_index if explanation.boxes else likeliest
    return located(explainer, explanation, Question(index), None)


def located(
    explainer: Explainer, explanation: Explanation, question: Question, spot: tuple[float, float] | None
) -> Question:
    """Return a question with its box or region, of a model that answers at places.

    Of a detector it is the box of the class at a spot (x and y in pixels of the image), else the best one
    that was found, else the one at the place where the class scores highest. Of a segmenter it is the
    connected region at a spot, else all that was found of the class, else the place where it scores highest.
    """
    from whylight.box_questions import best_box, box_near

    if explanation.answers == SIMILARITY and explainer.card.references:
        return replace(question, is_likeness=True)
    if explanation.regions is not None:
        if question.region is not None:
            return question
        return regions.located(explanation, explainer.card, question, spot)
    if explanation.boxes is None:
        return replace(question, is_number=explanation.answers in NO_SHARES)
    if question.box is not None:
        return question
    card, index = explainer.card, question.class_index
    found = [box for box in explanation.boxes if box.class_index == index]
    if spot is not None:
        box = box_near(explanation, card, index, spot)
        return replace(question, box=box, is_found=box.place in [each.place for each in found])
    if found:
        return replace(question, box=found[0])
    return replace(question, box=best_box(explanation, card, index), is_found=False)


def ask(
    explainer: Explainer,
    explanation: Explanation,
    question: Question,
    method: str,
    image: LoadedImage | None = None,
) -> Explanation:
    """Answer another question about an explained image, with the gradient graph.

    A box of another grid than that of the explainer's layer needs a forward pass of the `image`.
    """
    weights = question.score_weights(len(explanation.probabilities))
    if question.box is None or image is None:
        places = None if question.region is None else question.region.weights[None]
        return explainer.map_for_weights(explanation, weights, method, place_weights=places)
    from whylight.box_questions import explain_boxes

    found = explain_boxes(explainer, image.pixels, [question.box], weights, method, explanation)
    # The tensors stay those of the explainer's own layer, since further questions start from them.
    return replace(
        found,
        tensors=explanation.tensors,
        probabilities=explanation.probabilities,
        logits=explanation.logits,
        boxes=explanation.boxes,
        gradients=None,
    )


def explain_asked(explainer: Explainer, image: LoadedImage, question: Question, method: str) -> Explanation:
    """Explain an image for a given question."""
    if has_places(explainer):
        answered = with_found(explainer, explainer.forward_only(image.pixels, top=1))
        return ask(explainer, answered, question, method, image)
    explanation = explainer.explain(image.pixels, classes=[question.class_index], method=method)
    return explanation if question.kind is Kind.WHY else ask(explainer, explanation, question, method)


def draw(sketch: RenderRequest, edge: int = MAX_SHOWN_EDGE) -> RenderedMaps:
    """Draw an explanation's first map from the image's largest level within `edge`."""
    from whylight.drawing.heatmap import apply_colormap, blend, max_evidence
    from whylight.methods import METHODS

    from ..common.qimage import array_from_image, half_size_levels, image_from_array

    image, look = sketch.image, sketch.look
    answers = asked_answers(sketch.explainer, sketch.explanation, sketch.question)
    fitting = (level for level in image.levels if max(level.width(), level.height()) <= edge)
    shown = next(fitting, image.levels[-1])
    height, width = shown.height(), shown.width()
    pixels = image.pixels if image.pixels.shape[:2] == (height, width) else array_from_image(shown)
    is_equal = sketch.question.is_likeness and float(answers[sketch.question.class_index]) > EQUAL
    if is_equal:  # its likeness cannot rise: what the map holds is rounding
        blank = np.zeros_like(sketch.explanation.maps)
        sketch = replace(sketch, explanation=replace(sketch.explanation, maps=blank))
    map_ = sketch.explanation.maps[0]
    scale = _scale(sketch)
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
        is_equal=is_equal,
        all_answers=answers,
        answers=tuple(float(answers[index]) for index in sketch.question.classes),
        answers_kind=sketch.explanation.answers,
        place=main_place(evidence),
        in_box=_share_in_box(sketch, evidence),
        in_region=regions.share_inside(
            sketch.question.region, sketch.explanation, sketch.explainer.card, evidence
        ),
    )


def _scale(sketch: RenderRequest) -> Scale | None:
    """Return the scale that can be had; None in place of the absolute one.

    Maps of boxes lie in several layers, and those of regions are means over as many places as each has, so
    that those of an image's classes have no common scale.
    """
    scale, question = sketch.look.scale, sketch.question
    if scale is Scale.CLASSES and (question.box is not None or question.region is not None):
        return Scale.ITSELF
    if supports_scale(sketch.explanation.method, scale):
        return scale
    return None if scale is Scale.ABSOLUTE else Scale.ITSELF


def asked_answers(explainer: Explainer, explanation: Explanation, question: Question) -> NDArray[np.float32]:
    """Return the answers `[K]` for the places in question, or for the image."""
    from whylight.box_questions import answers_at
    from whylight.region_questions import answers_over

    if question.region is not None:
        return answers_over(explanation, question.region.weights, explainer.card)
    if question.box is not None:
        return answers_at(explanation, question.box.place, explainer.card)
    return explanation.probabilities


def _share_in_box(sketch: RenderRequest, evidence: NDArray[np.float32]) -> float | None:
    """Return the share of the evidence `[h, w]` inside the box; None without either."""
    total = float(evidence.sum())
    if sketch.question.box is None or total <= 0:
        return None
    height, width = evidence.shape
    down, across = height / sketch.image.pixels.shape[0], width / sketch.image.pixels.shape[1]
    left, top, right, bottom = sketch.question.box.corners
    rows = slice(round(top * down), max(round(bottom * down), round(top * down) + 1))
    columns = slice(round(left * across), max(round(right * across), round(left * across) + 1))
    return float(evidence[rows, columns].sum()) / total


def scaled_map(sketch: RenderRequest, size: tuple[int, int]) -> tuple[NDArray[np.float32], float]:
    """Return the map scaled to 0..1 and resized to `size` (H, W), and the value of 1."""
    from whylight.drawing.heatmap import normalize_map, scale_by

    map_ = sketch.explanation.maps[0]
    scale = _scale(sketch) or Scale.ITSELF
    strongest = sketch.scales.strongest(sketch.explainer, sketch.explanation, scale)
    if scale is Scale.ITSELF:
        return normalize_map(map_, size, sketch.explanation.map_view), strongest
    return scale_by(map_, strongest, size, sketch.explanation.map_view), strongest
